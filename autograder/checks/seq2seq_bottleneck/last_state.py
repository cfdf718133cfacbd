"""What every answer to ``last_state`` must satisfy."""

import torch
from torch import Tensor

from autograder import sample
from autograder.compare import agree
from autograder.spec import Answers, Case, Exercise, Rng


def padded_states(rng: Rng):
    two = torch.tensor([[[1.0], [2.0], [3.0]], [[4.0], [5.0], [6.0]]])
    yield Case("two short rows", states=two, lengths=torch.tensor([3, 1]))
    yield _drawn("a width of two", rng, 3, 4, 2, lengths=[2, 4, 1])
    yield _drawn("as many rows as positions", rng, 3, 3, 3, lengths=[1, 2, 3])
    yield _drawn("no row fills the width", rng, 2, 5, 3, lengths=[2, 3])
    yield _drawn("one row", rng, 1, 4, 3, lengths=[2])
    yield _drawn("gradients", rng, 2, 4, 3, lengths=[2, 4]).backward(sample.seed(rng))


def _drawn(name: str, rng: Rng, *shape: int, lengths: list[int]) -> Case:
    return Case(name, states=sample.tensor(rng, *shape), lengths=torch.tensor(lengths))


def last_states(states: Tensor, lengths: Tensor) -> Tensor:
    """states[b, lengths[b] - 1] for every b."""
    return states[torch.arange(len(states), device=states.device), lengths - 1]


last_state = Exercise("last_state", points=2, reference=last_states, cases=padded_states)


@last_state.fact
def padding_does_not_matter(f: Answers, case: Case) -> None:
    """Changing the states at the padding changes nothing."""
    states, lengths = case["states"], case["lengths"]
    padding = torch.arange(states.shape[1]) >= lengths[:, None]
    changed = states.masked_fill(padding[..., None], 1e3)
    agree(f(case.but(states=changed)), f(case), what="the last states after the change")


@last_state.mistake(
    "takes the last column",
    "states[:, -1] is the last real state only in a row without padding. Row b ends at position "
    "lengths[b] - 1.",
)
def last_column(states, lengths):
    return states[:, -1].clone()


@last_state.mistake(
    "counts from one",
    "Positions begin at 0, so a row of 3 tokens ends at position 2: lengths - 1.",
)
def one_too_far(states, lengths):
    rows = torch.arange(len(states), device=states.device)
    return states[rows, lengths.clamp(max=states.shape[1] - 1)]


@last_state.mistake(
    "the longest row's end for all",
    "lengths.max() - 1 is where the longest row ends. Each row has an end of its own.",
)
def longest_end(states, lengths):
    return states[:, int(lengths.max()) - 1].clone()


@last_state.mistake(
    "the mean of the states",
    "The last state was asked for. A mean over positions is another summary, and the padding may "
    "not enter it.",
)
def mean(states, lengths):
    return states.mean(1)


@last_state.mistake(
    "one position too early",
    "lengths - 2 leaves out the last token (and wraps round for a row of one).",
)
def too_early(states, lengths):
    return states[torch.arange(len(states), device=states.device), lengths - 2]


@last_state.mistake(
    "every row with every length",
    "states[:, lengths - 1] takes all B ends from each of the B rows, a tensor of shape (B, B, m). "
    "Give an index for the rows too: torch.arange(B).",
)
def all_pairs(states, lengths):
    return states[:, lengths - 1]
