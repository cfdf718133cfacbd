"""What every answer to ``decoder_step`` must satisfy."""

import torch

from autograder import sample
from autograder.compare import agree
from autograder.fixtures import toy_attention
from autograder.spec import Answers, Case, Exercise, Rng
from autograder.values import Fixture


def steps(rng: Rng):
    yield _case("one sentence", rng, B=1, T=2, d=2)
    yield _case("three rows, two wide", rng, B=3, T=4, d=2)
    yield _case("a longer sentence", rng, B=2, T=6, d=4)
    yield _case("embeddings as wide as states", rng, B=2, T=3, d=3)
    yield _case("gradients", rng, B=2, T=3, d=2).backward(sample.seed(rng))


def _case(name: str, rng: Rng, B: int, T: int, d: int) -> Case:
    return Case(
        name,
        attend=Fixture("toy_attention"),
        cell=Fixture("toy_cell"),
        embedded=sample.tensor(rng, B, d),
        state=sample.tensor(rng, B, 3),
        annotations=sample.tensor(rng, B, T, 3),
        mask=torch.arange(T) < torch.from_numpy(rng.integers(1, T + 1, size=(B, 1))),
    )


def step(attend, cell, embedded, state, annotations, mask):
    """Look with the old state, move with what was seen: (new state, context, weights)."""
    context, weights = attend(state, annotations, mask)
    return cell(torch.cat([embedded, context], -1), state), context, weights


decoder_step = Exercise("decoder_step", points=3, reference=step, cases=steps)


@decoder_step.fact
def it_looks_with_the_old_state(f: Answers, case: Case) -> None:
    """The weights are those of the state *before* this step."""
    names = ("state", "annotations", "mask")
    weights = toy_attention(*(case[name] for name in names))[1]
    agree(f(case)[2], weights, what="the weights")


@decoder_step.fact
def the_last_word_does_not_change_where_it_looks(f: Answers, case: Case) -> None:
    """Another last word changes the new state, and neither weights nor context."""
    other = case.but(embedded=case["embedded"] + 1)
    for place, what in ((1, "the context"), (2, "the weights")):
        agree(f(other)[place], f(case)[place], what=f"{what} after another word")


@decoder_step.mistake(
    "looks with the new state",
    "This moves first, with no context, and then looks: s_i in place of s_{i−1}. It is the order "
    "of chapter 6. Here attend comes first, with the state as it was handed in.",
)
def luongs_order(attend, cell, embedded, state, annotations, mask):
    nothing = torch.zeros_like(annotations[..., 0, :])
    moved = cell(torch.cat([embedded, nothing], -1), state)
    context, weights = attend(moved, annotations, mask)
    return moved, context, weights


@decoder_step.mistake(
    "looks again after the move",
    "The new state is right, but context and weights are those of the *new* state. Return those "
    "that the state was made with.",
)
def looks_twice(attend, cell, embedded, state, annotations, mask):
    moved, _, _ = step(attend, cell, embedded, state, annotations, mask)
    return moved, *attend(moved, annotations, mask)


@decoder_step.mistake(
    "the context does not reach the cell",
    "s_i is made of s_{i−1}, the last word *and* c_i. Without the context the decoder looks and "
    "does not see.",
)
def blind(attend, cell, embedded, state, annotations, mask):
    context, weights = attend(state, annotations, mask)
    return cell(torch.cat([embedded, 0 * context], -1), state), context, weights


@decoder_step.mistake(
    "the context comes before the word",
    "The cell's input is the word's embedding, then the context: cat([embedded, context], -1).",
)
def wrong_order(attend, cell, embedded, state, annotations, mask):
    context, weights = attend(state, annotations, mask)
    return cell(torch.cat([context, embedded], -1), state), context, weights


@decoder_step.mistake(
    "the state stands still",
    "The step must return the state that the cell gives, not the one that came in.",
)
def still(attend, cell, embedded, state, annotations, mask):
    _, context, weights = step(attend, cell, embedded, state, annotations, mask)
    return state.clone(), context, weights


@decoder_step.mistake(
    "the mask is not passed on",
    "With a mask of ones, padding is read. Hand the mask to attend as it came in.",
)
def unmasked(attend, cell, embedded, state, annotations, mask):
    return step(attend, cell, embedded, state, annotations, torch.ones_like(mask))


@decoder_step.mistake(
    "starts from an empty state",
    "The cell is given zeros in place of s_{i−1}, so that the decoder forgets all it has written.",
)
def forgetful(attend, cell, embedded, state, annotations, mask):
    context, weights = attend(state, annotations, mask)
    moved = cell(torch.cat([embedded, context], -1), torch.zeros_like(state))
    return moved, context, weights


@decoder_step.mistake(
    "reads the mean of the annotations",
    "The context is what attend returns. The mean of all annotations is the same at every step.",
)
def mean_context(attend, cell, embedded, state, annotations, mask):
    _, weights = attend(state, annotations, mask)
    context = annotations.mean(-2)
    return cell(torch.cat([embedded, context], -1), state), context, weights
