"""What every answer to ``rotary_embedding`` must satisfy."""

import torch

from attn import positions
from autograder import sample
from autograder.compare import agree
from autograder.spec import Answers, Case, Exercise, Rng


def vectors(rng: Rng):
    yield Case("one position", X=sample.tensor(rng, 1, 2))
    yield Case("one pair", X=sample.tensor(rng, 3, 2))
    yield Case("two pairs", X=sample.tensor(rng, 3, 4))
    yield Case("the same vector everywhere", X=sample.tensor(rng, 1, 4).repeat(5, 1))
    yield Case("a batch", X=sample.tensor(rng, 2, 4, 6))
    yield Case("a batch of heads", X=sample.tensor(rng, 2, 3, 5, 8))
    yield Case("gradients", X=sample.tensor(rng, 2, 3, 4)).backward(sample.seed(rng))


def _reference(X):
    return positions.rotary_embedding(X)


rotary_embedding = Exercise(
    "rotary_embedding", points=3, reference=_reference, cases=vectors, keeps_dtype=True
)


@rotary_embedding.fact
def lengths_stay(f: Answers, case: Case) -> None:
    """Every vector keeps its length: it was turned, not stretched."""
    lengths = case["X"].norm(dim=-1)
    agree(f(case).norm(dim=-1), lengths, what="the lengths", rtol=1e-3, atol=1e-4)


@rotary_embedding.fact
def position_zero_stays(f: Answers, case: Case) -> None:
    """The vector at position 0 stays as it is."""
    agree(f(case)[..., 0, :], case["X"][..., 0, :], what="position 0", rtol=1e-3, atol=1e-4)


@rotary_embedding.fact
def only_the_difference_counts(f: Answers, case: Case) -> None:
    """With one vector at all positions, the score of two positions depends on their difference."""
    first = case["X"][..., :1, :]
    turned = f(case.but(X=first.expand_as(case["X"]).contiguous()))
    scores = turned @ turned.mT
    agree(
        scores[..., 1:, 1:], scores[..., :-1, :-1], what="the scores, one position on",
        rtol=1e-3, atol=1e-3,
    )  # fmt: skip


def angles(X, start=0, step=1.0):
    T, d = X.shape[-2:]
    frequencies = 10000.0 ** (-torch.arange(0, d, 2, device=X.device) / d)
    return step * torch.arange(start, start + T, device=X.device)[:, None] * frequencies


def turned(X, angle):
    a, b, cos, sin = X[..., 0::2], X[..., 1::2], angle.cos(), angle.sin()
    return torch.stack([a * cos - b * sin, a * sin + b * cos], -1).flatten(-2)


@rotary_embedding.mistake(
    "pairs i with i + d/2",
    "Here the pairs are neighbours: columns 2i and 2i + 1. Some libraries pair the halves, which "
    "is the same up to the order of the columns; but queries and keys must agree on it.",
)
def halves(X):
    a, b = X.chunk(2, -1)
    angle = angles(X)
    return torch.cat([a * angle.cos() - b * angle.sin(), a * angle.sin() + b * angle.cos()], -1)


@rotary_embedding.mistake(
    "turns the other way",
    "The new pair is (a cos − b sin, a sin + b cos). With both signs exchanged it turns backwards.",
)
def backwards(X):
    return turned(X, angles(X, step=-1.0))


@rotary_embedding.mistake(
    "counts positions from one",
    "Position 0 is not turned at all. The scores would not show it, since they depend on "
    "differences; but the task counts from 0.",
)
def from_one(X):
    return turned(X, angles(X, start=1))


@rotary_embedding.mistake(
    "all pairs turn alike",
    "Pair i turns by 1 / 10000^(2i/d) a position. With one speed for all, positions 6.28 apart "
    "look nearly the same.",
)
def one_speed(X):
    return turned(X, angles(X)[:, :1])


@rotary_embedding.mistake(
    "the exponent is i / d",
    "The exponent is 2i / d for pair i.",
)
def half_exponent(X):
    T, d = X.shape[-2:]
    speeds = 10000.0 ** (-torch.arange(d // 2, device=X.device) / d)
    return turned(X, torch.arange(T, device=X.device)[:, None] * speeds)


@rotary_embedding.mistake(
    "the second line uses what the first has overwritten",
    "Both new numbers are made from the *old* pair. Keep a and b before you write either.",
)
def overwritten(X):
    angle = angles(X)
    a = X[..., 0::2] * angle.cos() - X[..., 1::2] * angle.sin()
    b = a * angle.sin() + X[..., 1::2] * angle.cos()
    return torch.stack([a, b], -1).flatten(-2)


@rotary_embedding.mistake(
    "a sign is lost",
    "A rotation has one minus: (a cos − b sin, a sin + b cos). With none, lengths change.",
)
def no_minus(X):
    a, b, angle = X[..., 0::2], X[..., 1::2], angles(X)
    pair = [a * angle.cos() + b * angle.sin(), a * angle.sin() + b * angle.cos()]
    return torch.stack(pair, -1).flatten(-2)


@rotary_embedding.mistake(
    "adds positions instead of turning",
    "That is the sinusoidal encoding. Here each pair is multiplied by a rotation.",
)
def added(X):
    angle = angles(X)
    return X + torch.stack([angle.sin(), angle.cos()], -1).flatten(-2)


@rotary_embedding.mistake(
    "columns come back in another order",
    "Put the turned pairs back where they came from: 2i and 2i + 1, side by side. torch.cat of the "
    "two halves moves the columns.",
)
def reordered(X):
    out = turned(X, angles(X))
    return torch.cat([out[..., 0::2], out[..., 1::2]], -1)


@rotary_embedding.mistake(
    "the frequencies are multiplied up",
    "Later pairs should turn more slowly: divide by 10000^(2i/d).",
)
def faster(X):
    T, d = X.shape[-2:]
    speeds = 10000.0 ** (torch.arange(0, d, 2, device=X.device) / d)
    return turned(X, torch.arange(T, device=X.device)[:, None] * speeds)
