"""What every answer to ``local_p_weights`` must satisfy."""

import torch

from attn import local
from attn.softmax import masked_softmax
from autograder import sample
from autograder.compare import agree, ensure
from autograder.spec import Answers, Case, Exercise, Rng


def looks(rng: Rng):
    yield Case(
        "equal scores",
        scores=torch.zeros(5),
        p=torch.tensor(1.0),
        D=1,
        mask=torch.ones(5, dtype=torch.bool),
    )
    yield Case("between two positions", **_look(rng, 1, T=7, D=2, at=3.4))
    yield Case("a wide window", **_look(rng, 1, T=9, D=4, at=4.25))
    yield Case("at the end", **_look(rng, 1, T=6, D=2, at=5.6))
    yield Case("a batch with padding", **_look(rng, 3, T=8, D=2, padded=True))
    yield Case("two leading axes", **_look(rng, 2, 2, T=7, D=1))
    yield Case("gradients", **_look(rng, 2, T=7, D=2)).backward(sample.seed(rng))


def _look(
    rng: Rng, *B: int, T: int, D: int, at: float | None = None, padded: bool = False
) -> dict[str, object]:
    lengths = T - 2 * torch.arange(B[0]) if padded else torch.full(B, T)
    # Never at a whole number, where a window gains a position and its last digit would decide.
    p = torch.from_numpy(rng.integers(1, 3, B) + rng.uniform(0.1, 0.9, B)).float()
    if padded:
        p = lengths - 0.6
    return {
        "scores": sample.tensor(rng, *B, T),
        "p": p if at is None else torch.full(B, at),
        "D": D,
        "mask": torch.arange(T) < lengths[..., None],
    }


local_p_weights = Exercise(
    "local_p_weights", points=3, reference=local.local_p_weights, cases=looks
)


def _window(case: Case) -> torch.Tensor:
    return case["mask"] & local.window_mask(case["p"], case["mask"].shape[-1], case["D"])


@local_p_weights.fact
def reads_nothing_outside_its_window(f: Answers, case: Case) -> None:
    """No position outside the window, and no padding, has any weight."""
    ensure((f(case)[~_window(case)] == 0).all(), "one has", f(case), f.expected(case))


@local_p_weights.fact
def sums_to_at_most_one(f: Answers, case: Case) -> None:
    """The weights sum to at most one: the Gaussian only takes away."""
    ensure((f(case).sum(-1) <= 1 + 1e-4).all(), "they sum to more", f(case), f.expected(case))


@local_p_weights.fact
def what_lies_outside_does_not_matter(f: Answers, case: Case) -> None:
    """Scores outside the window change nothing, however large."""
    scores = case["scores"].masked_fill(~_window(case), 50.0)
    agree(f(case.but(scores=scores)), f(case), what="the weights", rtol=1e-3, atol=1e-5)


def _bell(p, T, sigma):
    return (-((torch.arange(T, device=p.device) - p[..., None]) ** 2) / (2 * sigma**2)).exp()


def _align(scores, p, D, mask):
    return masked_softmax(scores, mask & local.window_mask(p, scores.shape[-1], D))


@local_p_weights.mistake(
    "no Gaussian",
    "Without it, p counts only where the window's edges fall, and no gradient reaches it. Multiply "
    "by exp(-(s - p)² / 2σ²).",
)
def flat(scores, p, D, mask):
    return _align(scores, p, D, mask)


@local_p_weights.mistake(
    "σ = D",
    "The paper sets σ = D/2, so that the Gaussian has fallen to .135 at the window's edge.",
)
def wide(scores, p, D, mask):
    return _align(scores, p, D, mask) * _bell(p, scores.shape[-1], D)


@local_p_weights.mistake(
    "normalised again",
    "The paper does not divide by the sum after the Gaussian, so that the weights sum to less than "
    "one. A Gaussian inside the softmax comes to the same mistake: multiply after it.",
)
def renormalised(scores, p, D, mask):
    weights = local.local_p_weights(scores, p, D, mask)
    return weights / weights.sum(-1, keepdim=True).clamp(min=1e-30)


@local_p_weights.mistake(
    "no window",
    "The Gaussian is cut off at p - D and p + D, and the softmax runs over the window alone.",
)
def endless(scores, p, D, mask):
    return masked_softmax(scores, mask) * _bell(p, scores.shape[-1], D / 2)


@local_p_weights.mistake(
    "the softmax runs over the whole sentence",
    "Only the window's positions are compared: hide the others before the softmax, not afterwards.",
)
def late(scores, p, D, mask):
    T = scores.shape[-1]
    inside = local.window_mask(p, T, D)
    return masked_softmax(scores, mask) * inside * _bell(p, T, D / 2)


@local_p_weights.mistake(
    "the 2 is missing in the exponent",
    "It is -(s - p)² / (2σ²).",
)
def without_two(scores, p, D, mask):
    return _align(scores, p, D, mask) * _bell(p, scores.shape[-1], D / 2 / 2**0.5)


@local_p_weights.mistake(
    "the centre rounded",
    "p stays a real number, in the window and in the Gaussian. Rounded, it has no gradient.",
)
def rounded(scores, p, D, mask):
    return local.local_p_weights(scores, p.round(), D, mask)


@local_p_weights.mistake(
    "the padding is read",
    "The window may reach beyond the sentence's end: it must respect the mask as well.",
)
def unmasked(scores, p, D, mask):
    return local.local_p_weights(scores, p, D, torch.ones_like(mask))
