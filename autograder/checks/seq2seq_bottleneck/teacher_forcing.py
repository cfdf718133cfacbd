"""What every answer to ``teacher_forcing`` must satisfy."""

import torch

from attn.data.batch import BOS
from attn.seq2seq import shift_right
from autograder import sample
from autograder.compare import agree
from autograder.fixtures import toy_decoder
from autograder.spec import Answers, Case, Exercise, Rng
from autograder.values import Fixture


def targets(rng: Rng):
    yield _drawn("one sequence of two", rng, [[5, 2]])
    yield _drawn("one sequence of four", rng, [[5, 3, 6, 2]])
    yield _drawn("two sequences, one padded", rng, [[4, 6, 3, 2], [3, 2, 0, 0]])
    drawn = rng.integers(3, 7, size=(3, 5)).tolist()
    yield _drawn("three sequences", rng, [[*row, 2] for row in drawn])
    yield _drawn("gradients", rng, [[4, 6, 2], [3, 5, 2]]).backward(sample.seed(rng))


def _drawn(name: str, rng: Rng, target: list[list[int]]) -> Case:
    return Case(
        name,
        step=Fixture("toy_decoder"),
        state=sample.tensor(rng, len(target), 4),
        target=torch.tensor(target),
    )


def _feed(step, state, fed):
    """The scores of every step that is fed these tokens."""
    scores = []
    for token in fed.unbind(1):
        score, state = step(token, state)
        scores.append(score)
    return torch.stack(scores, 1)


def forced(step, state, target):
    """The scores of every target token, given the true tokens before it."""
    return _feed(step, state, shift_right(target))


teacher_forcing = Exercise("teacher_forcing", points=3, reference=forced, cases=targets)


@teacher_forcing.fact
def no_step_sees_its_answer(f: Answers, case: Case) -> None:
    """Changing the last target token changes no score, for no step has read it."""
    target = case["target"]
    last = torch.where(target[:, -1:] == 6, 5, 6)
    changed = torch.cat([target[:, :-1], last], 1)
    agree(f(case.but(target=changed)), f(case), what="the scores after the change")


@teacher_forcing.fact
def the_first_step_is_fed_bos(f: Answers, case: Case) -> None:
    """The first scores are those after BOS, whatever the target is."""
    begin = torch.full_like(case["target"][:, 0], BOS)
    agree(f(case)[:, 0], toy_decoder(begin, case["state"])[0], what="the first scores")


@teacher_forcing.mistake(
    "the targets are not shifted",
    "Step i was fed token i and asked for token i: it can copy its answer, and learns nothing "
    "else. Feed BOS first, then the target without its last token.",
)
def unshifted(step, state, target):
    return _feed(step, state, target)


@teacher_forcing.mistake(
    "shifted to the wrong side",
    "Step i was fed token i + 1, which lies in its future. The target moves to the *right*, behind "
    "BOS.",
)
def shifted_left(step, state, target):
    return _feed(step, state, torch.cat([target[:, 1:], target[:, -1:]], 1))


@teacher_forcing.mistake(
    "feeds back its own guesses",
    "This is how a decoder writes when nobody knows the answer. In teacher forcing the next step "
    "is fed the *true* token, whatever was guessed.",
)
def free_running(step, state, target):
    token = torch.full_like(target[:, 0], BOS)
    scores = []
    for _ in range(target.shape[1]):
        score, state = step(token, state)
        token = score.argmax(-1)
        scores.append(score)
    return torch.stack(scores, 1)


@teacher_forcing.mistake(
    "the state stands still",
    "step returns the scores *and* the new state. Hand that state to the next step, or the decoder "
    "remembers nothing but the last token.",
)
def still(step, state, target):
    return torch.stack([step(token, state)[0] for token in shift_right(target).unbind(1)], 1)


@teacher_forcing.mistake(
    "begins with PAD",
    "The first step is fed BOS, which is 1. PAD, 0, means that there is nothing here.",
)
def pad_first(step, state, target):
    return _feed(step, state, torch.cat([torch.zeros_like(target[:, :1]), target[:, :-1]], 1))


@teacher_forcing.mistake(
    "BOS at every step",
    "Only the first step is fed BOS; step i is fed target token i − 1.",
)
def always_bos(step, state, target):
    return _feed(step, state, torch.full_like(target, BOS))


@teacher_forcing.mistake(
    "begins with the first target token",
    "torch.roll or a doubled first token feeds the first answer to the first step. It must be BOS.",
)
def doubled(step, state, target):
    return _feed(step, state, torch.cat([target[:, :1], target[:, :-1]], 1))


@teacher_forcing.mistake(
    "probabilities instead of scores",
    "The loss takes the softmax itself. Return the scores as step gives them.",
)
def probabilities(step, state, target):
    return forced(step, state, target).softmax(-1)


@teacher_forcing.mistake(
    "time before batch",
    "Each step gives (B, V); stack the steps along the second axis, dim=1, to get (B, T, V).",
)
def time_first(step, state, target):
    return forced(step, state, target).transpose(0, 1)
