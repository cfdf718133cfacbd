"""What every answer to ``draw_write`` must satisfy."""

import torch

from attn import glimpse
from autograder import sample
from autograder.compare import agree
from autograder.spec import Answers, Case, Exercise, Rng


def strokes(rng: Rng):
    one = torch.ones(1, 1, 1)
    yield Case("one pixel", patch=3 * one, F_x=one, F_y=one, gamma=torch.tensor([2.0]))
    yield _stroke("a square canvas", rng, 1, Y=3, X=3, N=2)
    yield _stroke("two square canvases", rng, 2, Y=4, X=4, N=3)
    yield _stroke("wider than high", rng, 2, Y=3, X=5, N=2)
    yield _stroke("higher than wide", rng, 3, Y=6, X=4, N=3)
    yield _stroke("gradients", rng, 2, Y=3, X=4, N=2).backward(sample.seed(rng))


def _stroke(name: str, rng: Rng, B: int, Y: int, X: int, N: int) -> Case:
    centres = torch.arange(N).float() * (min(Y, X) - 1) / (N - 1) + 0.2 * sample.tensor(rng, B, N)
    variance = torch.from_numpy(rng.uniform(0.2, 0.5, size=B)).float()
    return Case(
        name,
        patch=sample.tensor(rng, B, N, N),
        F_x=glimpse.filter_bank(centres, variance, X),
        F_y=glimpse.filter_bank(centres.flip(0), variance, Y),
        gamma=torch.from_numpy(rng.uniform(0.4, 0.8, size=B)).float(),
    )


draw_write = Exercise("draw_write", points=2, reference=glimpse.write, cases=strokes)


@draw_write.fact
def no_ink_is_lost(f: Answers, case: Case) -> None:
    """What is written sums to the sum of the patch divided by γ; each filter only spreads it."""
    total = case["patch"].sum((1, 2)) / case["gamma"]
    agree(f(case).sum((1, 2)), total, what="the sum", rtol=1e-3, atol=1e-3)


@draw_write.fact
def twice_the_patch_is_twice_the_ink(f: Answers, case: Case) -> None:
    """Twice the patch writes twice as much everywhere, and a patch of zeros writes nothing."""
    agree(
        f(case.but(patch=2 * case["patch"])),
        2 * f(case),
        what="twice the patch",
        rtol=1e-3,
        atol=1e-4,
    )
    nothing = f(case.but(patch=0 * case["patch"]))
    agree(nothing, torch.zeros_like(nothing), what="no patch")


@draw_write.fact
def more_gamma_writes_less(f: Answers, case: Case) -> None:
    """Twice the γ writes half as much."""
    agree(
        f(case.but(gamma=2 * case["gamma"])),
        f(case) / 2,
        what="with twice the γ",
        rtol=1e-3,
        atol=1e-4,
    )


draw_write.mistake(
    "multiplied by γ",
    "Reading multiplies by γ; writing divides by it.",
)(lambda patch, F_x, F_y, gamma: glimpse.write(patch, F_x, F_y, 1 / gamma))

draw_write.mistake(
    "γ is missing",
    "The window that writes has a γ of its own; divide by it.",
)(lambda patch, F_x, F_y, gamma: glimpse.write(patch, F_x, F_y, gamma**0))

draw_write.mistake(
    "divided by γ twice",
    "There is one γ for both filters, not one for each.",
)(lambda patch, F_x, F_y, gamma: glimpse.write(patch, F_x, F_y, gamma**2))

draw_write.mistake(
    "the filters change places",
    "Rows of the canvas come from F_Y: F_Yᵀ w F_X. With the two exchanged, the canvas is drawn on "
    "its side, and with another shape.",
)(lambda patch, F_x, F_y, gamma: glimpse.write(patch, F_y, F_x, gamma))

draw_write.mistake(
    "the patch lies on its side",
    "Row j of the patch belongs to row filter j: F_Yᵀ w F_X, with w as it is.",
)(lambda patch, F_x, F_y, gamma: glimpse.write(patch.transpose(-1, -2), F_x, F_y, gamma))

draw_write.mistake(
    "the inverse of reading",
    "A pseudo-inverse would undo the read. DRAW writes with the transposed filters, which spread "
    "each number of the patch over a Gaussian blot.",
)(
    lambda patch, F_x, F_y, gamma: (
        torch.linalg.pinv(F_y)
        @ patch
        @ torch.linalg.pinv(F_x).transpose(-1, -2)
        / gamma[:, None, None]
    )
)

draw_write.mistake(
    "normalised again",
    "The rows of F sum to one: transposed, they spread each number of the patch over the pixels. "
    "Do not divide the columns by their sums as well.",
)(
    lambda patch, F_x, F_y, gamma: glimpse.write(
        patch, F_x / F_x.sum(-2, keepdim=True), F_y / F_y.sum(-2, keepdim=True), gamma
    )
)

draw_write.mistake(
    "squashed on the way",
    "write gives what is *added to the canvas*, any number. The σ comes later, when the canvas is "
    "looked at.",
)(lambda patch, F_x, F_y, gamma: glimpse.write(patch, F_x, F_y, gamma).sigmoid())
