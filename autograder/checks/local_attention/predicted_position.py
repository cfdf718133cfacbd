"""What every answer to ``predicted_position`` must satisfy."""

import torch

from autograder import sample
from autograder.compare import agree, ensure
from autograder.spec import Answers, Case, Exercise, Rng


def positions(rng: Rng):
    yield Case(
        "a state of zeros",
        state=torch.zeros(1, 2),
        lengths=torch.tensor([8]),
        W_p=torch.ones(3, 2),
        v_p=torch.ones(3),
    )
    yield Case("everything two wide", **_position(rng, 1, n=2, k=2))
    yield Case("sentences of different lengths", **_position(rng, 4, n=3, k=3))
    yield Case("more hidden units", **_position(rng, 3, n=2, k=5))
    yield Case("two leading axes", **_position(rng, 2, 3, n=3, k=4))
    yield Case("gradients", **_position(rng, 3, n=3, k=4)).backward(sample.seed(rng))


def _position(rng: Rng, *B: int, n: int, k: int) -> dict[str, torch.Tensor]:
    return {
        "state": sample.tensor(rng, *B, n),
        "lengths": torch.from_numpy(rng.integers(3, 15, B)),
        "W_p": sample.tensor(rng, k, n),
        "v_p": sample.tensor(rng, k),
    }


def predicted(state, lengths, W_p, v_p):
    """S · sigmoid(v_pᵀ tanh(W_p h_t))."""
    return lengths * ((state @ W_p.T).tanh() @ v_p).sigmoid()


predicted_position = Exercise("predicted_position", points=2, reference=predicted, cases=positions)


@predicted_position.fact
def lies_within_the_sentence(f: Answers, case: Case) -> None:
    """Every position lies between 0 and the sentence's length."""
    inside = (f(case) >= 0) & (f(case) <= case["lengths"])
    ensure(inside.all(), "a position lies outside", f(case), f.expected(case))


@predicted_position.fact
def grows_with_the_sentence(f: Answers, case: Case) -> None:
    """In a sentence twice as long, the same state points twice as far."""
    doubled = f(case.but(lengths=2 * case["lengths"]))
    agree(doubled, 2 * f(case), what="the positions", rtol=1e-3, atol=1e-4)


@predicted_position.mistake(
    "rounded to a whole position",
    "p_t stays a real number: rounding has no gradient, and nothing could be learned.",
)
def rounded(state, lengths, W_p, v_p):
    return predicted(state, lengths, W_p, v_p).round()


@predicted_position.mistake(
    "not scaled to the sentence",
    "The sigmoid gives a share of the sentence. Multiply it by the length S.",
)
def share(state, lengths, W_p, v_p):
    return predicted(state, torch.ones_like(lengths), W_p, v_p)


@predicted_position.mistake(
    "scaled by the length less one",
    "The paper multiplies by S, the number of words, so that p_t lies between 0 and S.",
)
def one_less(state, lengths, W_p, v_p):
    return predicted(state, lengths - 1, W_p, v_p)


@predicted_position.mistake(
    "no tanh",
    "Between W_p and v_p stands a tanh; without it the two matrices are one.",
)
def linear(state, lengths, W_p, v_p):
    return lengths * ((state @ W_p.T) @ v_p).sigmoid()


@predicted_position.mistake(
    "no sigmoid",
    "Without the sigmoid the position can lie anywhere, also outside the sentence.",
)
def unbounded(state, lengths, W_p, v_p):
    return lengths * ((state @ W_p.T).tanh() @ v_p)


@predicted_position.mistake(
    "the longest length for all",
    "Each sentence has its own length: multiply row by row.",
)
def longest(state, lengths, W_p, v_p):
    return predicted(state, lengths.max().expand(lengths.shape), W_p, v_p)
