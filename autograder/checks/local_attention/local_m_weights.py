"""What every answer to ``local_m_weights`` must satisfy."""

import torch

from attn import local
from attn.softmax import masked_softmax
from autograder import sample
from autograder.compare import agree, ensure
from autograder.spec import Answers, Case, Exercise, Rng


def steps(rng: Rng):
    yield Case(
        "equal scores", scores=torch.zeros(5), t=1, D=1, mask=torch.ones(5, dtype=torch.bool)
    )
    yield Case("in the middle", **_step(rng, T=7, t=3, D=1))
    yield Case("at the start", **_step(rng, T=6, t=0, D=2))
    yield Case("a batch with padding", **_step(rng, 3, T=7, t=4, D=2, padded=True))
    yield Case("after the end of one sentence", **_step(rng, 3, T=8, t=7, D=1, padded=True))
    yield Case("two leading axes", **_step(rng, 2, 2, T=6, t=2, D=1))
    yield Case("gradients", **_step(rng, 2, T=6, t=3, D=2)).backward(sample.seed(rng))


def _step(rng: Rng, *B: int, T: int, t: int, D: int, padded: bool = False) -> dict[str, object]:
    lengths = torch.full(B, T)
    if padded:
        lengths = T - 2 * torch.arange(B[0])
    return {
        "scores": sample.tensor(rng, *B, T),
        "t": t,
        "D": D,
        "mask": torch.arange(T) < lengths[..., None],
    }


local_m_weights = Exercise(
    "local_m_weights", points=2, reference=local.local_m_weights, cases=steps
)


def _window(case: Case) -> torch.Tensor:
    return case["mask"] & ((torch.arange(case["mask"].shape[-1]) - case["t"]).abs() <= case["D"])


@local_m_weights.fact
def reads_nothing_outside_its_window(f: Answers, case: Case) -> None:
    """No position outside the window, and no padding, has any weight."""
    ensure((f(case)[~_window(case)] == 0).all(), "one has", f(case), f.expected(case))


@local_m_weights.fact
def sums_to_one(f: Answers, case: Case) -> None:
    """The weights sum to one; to zero where the window holds no word."""
    due = _window(case).any(-1).float()
    agree(f(case).sum(-1), due, what="the sums", rtol=1e-4, atol=1e-4)


@local_m_weights.fact
def what_lies_outside_does_not_matter(f: Answers, case: Case) -> None:
    """Scores outside the window change nothing, however large."""
    scores = case["scores"].masked_fill(~_window(case), 50.0)
    agree(f(case.but(scores=scores)), f(case), what="the weights", rtol=1e-3, atol=1e-5)


@local_m_weights.mistake(
    "cuts the window after the softmax",
    "What lies outside has already taken its share. Hide its scores before the softmax.",
)
def late(scores, t, D, mask):
    p = scores.new_tensor(float(t)).expand(scores.shape[:-1])
    return masked_softmax(scores, mask) * local.window_mask(p, scores.shape[-1], D)


@local_m_weights.mistake(
    "a Gaussian in local-m",
    "The Gaussian belongs to local-p. Local-m is a plain softmax over its window.",
)
def bell(scores, t, D, mask):
    p = scores.new_tensor(float(t)).expand(scores.shape[:-1])
    return local.local_p_weights(scores, p, D, mask)


@local_m_weights.mistake(
    "a window one short",
    "scores[t - D : t + D] leaves out t + D. The window holds 2D + 1 positions.",
)
def short(scores, t, D, mask):
    s = torch.arange(scores.shape[-1], device=scores.device)
    return masked_softmax(scores, mask & (s >= t - D) & (s < t + D))


@local_m_weights.mistake(
    "the padding is read",
    "The window may reach beyond the sentence's end: it must respect the mask as well.",
)
def unmasked(scores, t, D, mask):
    return local.local_m_weights(scores, t, D, torch.ones_like(mask))


@local_m_weights.mistake(
    "no window",
    "This is global attention. Local-m reads the positions from t - D to t + D.",
)
def everywhere(scores, t, D, mask):
    return masked_softmax(scores, mask)


@local_m_weights.mistake(
    "an empty window becomes nan",
    "Where the sentence ended before t - D, every score is -inf and the softmax is 0 / 0. Such a "
    "row gets zeros.",
)
def nan_row(scores, t, D, mask):
    p = scores.new_tensor(float(t)).expand(scores.shape[:-1])
    inside = mask & local.window_mask(p, scores.shape[-1], D)
    return scores.masked_fill(~inside, -torch.inf).softmax(-1)
