"""What every answer to ``add_alibi`` must satisfy."""

import torch

from attn import positions
from autograder import sample
from autograder.compare import agree
from autograder.spec import Answers, Case, Exercise, Rng


def scores(rng: Rng):
    yield Case("one head, two positions", scores=sample.tensor(rng, 1, 2, 2))
    yield Case("two heads", scores=sample.tensor(rng, 2, 3, 3))
    yield Case("eight heads", scores=sample.tensor(rng, 8, 4, 4))
    yield Case("as many heads as positions", scores=sample.tensor(rng, 4, 4, 4))
    yield Case("three heads", scores=sample.tensor(rng, 3, 5, 5))
    yield Case("a batch", scores=sample.tensor(rng, 2, 4, 6, 6))
    yield Case("gradients", scores=sample.tensor(rng, 2, 2, 3, 3)).backward(sample.seed(rng))


def _reference(scores):
    H, T = scores.shape[-3:-1]
    return scores + positions.alibi_bias(positions.alibi_slopes(H, device=scores.device), T, T)


add_alibi = Exercise("add_alibi", points=2, reference=_reference, cases=scores, keeps_dtype=True)


@add_alibi.fact
def what_is_added_does_not_depend_on_the_scores(f: Answers, case: Case) -> None:
    """What is added is the same whatever the scores are."""
    given = case["scores"]
    at_zero = f(case.but(scores=torch.zeros_like(given)))
    agree(f(case) - given, at_zero, what="what was added", rtol=1e-3, atol=1e-4)


@add_alibi.fact
def a_position_is_not_far_from_itself(f: Answers, case: Case) -> None:
    """The score of a position with itself stays as it is."""
    diagonal = case["scores"].diagonal(dim1=-2, dim2=-1)
    agree(f(case).diagonal(dim1=-2, dim2=-1), diagonal, what="the diagonal")


@add_alibi.fact
def farther_is_lower(f: Answers, case: Case) -> None:
    """Each step away from the query, to either side, costs a head the same."""
    added = f(case.but(scores=torch.zeros_like(case["scores"])))
    T = added.shape[-1]
    step = added[..., 0, 1][..., None]
    agree(added[..., 0, :], step * torch.arange(T), what="what is added for query 0")
    agree(added[..., -1, :].flip(-1), step * torch.arange(T), what="for the last query")


def biased(scores, slopes, distance):
    """The right line, for wrong slopes and distances."""
    return scores + slopes.to(scores.dtype)[:, None, None] * -distance.to(scores.dtype)


def parts(scores):
    H, T = scores.shape[-3:-1]
    h = torch.arange(1, H + 1, device=scores.device)
    t = torch.arange(T, device=scores.device)
    return H, h, t[:, None] - t


@add_alibi.mistake(
    "rewards distance",
    "The bias is negative: a key that is far away gets a *lower* score.",
)
def rewarded(scores):
    H, h, away = parts(scores)
    return biased(scores, 2.0 ** (-8 * h / H), -away.abs())


@add_alibi.mistake(
    "the heads are counted from zero",
    "The first head's slope is 2^(-8/H), not 2⁰ = 1: count h from 1 to H.",
)
def from_zero(scores):
    H, h, away = parts(scores)
    return biased(scores, 2.0 ** (-8 * (h - 1) / H), away.abs())


@add_alibi.mistake(
    "the slopes are 2^-h, whatever H",
    "That is right for eight heads. For H heads the exponent is -8h/H, so that the last slope is "
    "always 2^-8.",
)
def for_eight(scores):
    _, h, away = parts(scores)
    return biased(scores, 2.0**-h, away.abs())


@add_alibi.mistake(
    "one slope for all heads",
    "Each head has a slope of its own, so that some look near and some far.",
)
def one_slope(scores):
    H, h, away = parts(scores)
    return biased(scores, 2.0 ** (-8 * torch.ones_like(h) / H), away.abs())


@add_alibi.mistake(
    "the heads' slopes are in reverse",
    "The first head has the steepest slope, 2^(-8/H), and the last the flattest, 2^-8.",
)
def reversed_slopes(scores):
    H, h, away = parts(scores)
    return biased(scores, 2.0 ** (-8 * h.flip(0) / H), away.abs())


@add_alibi.mistake(
    "later keys are rewarded",
    "i - j is negative for a key behind the query. The distance is |i - j|.",
)
def signed(scores):
    H, h, away = parts(scores)
    return biased(scores, 2.0 ** (-8 * h / H), away)


@add_alibi.mistake(
    "the distance is squared",
    "ALiBi is linear: the bias is -m |i - j|.",
)
def squared(scores):
    H, h, away = parts(scores)
    return biased(scores, 2.0 ** (-8 * h / H), away**2)


@add_alibi.mistake(
    "multiplies the scores",
    "The bias is added. A product would turn negative scores the wrong way.",
)
def multiplied(scores):
    H, h, away = parts(scores)
    return scores * (1 - (2.0 ** (-8 * h / H))[:, None, None] * away.abs())


@add_alibi.mistake(
    "the slope is 1/h",
    "The slopes are a geometric sequence, each 2^(-8/H) times the one before.",
)
def harmonic(scores):
    _, h, away = parts(scores)
    return biased(scores, 1 / h, away.abs())


@add_alibi.mistake(
    "hides the later keys as well",
    "Hiding is the mask's work. This task adds a number to every score and hides none.",
)
def causal(scores):
    H, h, away = parts(scores)
    out = biased(scores, 2.0 ** (-8 * h / H), away.abs())
    return out.masked_fill(away < 0, -torch.inf)
