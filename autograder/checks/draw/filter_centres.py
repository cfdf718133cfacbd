"""What every answer to ``filter_centres`` must satisfy."""

import torch

from attn import glimpse
from autograder import sample
from autograder.compare import agree, ensure
from autograder.spec import Answers, Case, Exercise, Rng


def grids(rng: Rng):
    yield _grid("two filters", torch.tensor([3.0]), torch.tensor([2.0]), N=2)
    yield _grid("three filters", torch.tensor([4.0]), torch.tensor([1.5]), N=3)
    yield _grid("a single filter", torch.tensor([2.25]), torch.tensor([3.0]), N=1)
    for N in (4, 5):
        centre, stride = 10 * sample.tensor(rng, 3), sample.tensor(rng, 3).abs() + 0.3
        yield _grid(f"three windows of {N} filters", centre, stride, N)
    yield _grid("gradients", sample.tensor(rng, 2), sample.tensor(rng, 2).abs() + 1, N=4).backward(
        sample.seed(rng)
    )


def _grid(name: str, centre: torch.Tensor, stride: torch.Tensor, N: int) -> Case:
    return Case(name, centre=centre, stride=stride, N=N)


filter_centres = Exercise("filter_centres", points=2, reference=glimpse.filter_centres, cases=grids)


@filter_centres.fact
def the_centre_is_in_the_middle(f: Answers, case: Case) -> None:
    """The mean of a window's N places is its centre, for even N and for odd N."""
    agree(f(case).mean(-1), case["centre"], what="the mean place", rtol=1e-3, atol=1e-4)


@filter_centres.fact
def neighbours_are_a_stride_apart(f: Answers, case: Case) -> None:
    """From each place to the next is one stride, to the right."""
    steps = f(case).diff(dim=-1)
    agree(steps, case["stride"][:, None].expand_as(steps), what="the steps", rtol=1e-3, atol=1e-4)


@filter_centres.fact
def the_window_moves_as_a_whole(f: Answers, case: Case) -> None:
    """Half a pixel more of centre moves every place by half a pixel."""
    moved = f(case.but(centre=case["centre"] + 0.5)) - f(case)
    ensure(
        torch.allclose(moved, torch.full_like(moved, 0.5), atol=1e-3),
        "some places moved by something else",
        moved,
    )


def _mistaken(place):
    """Places g + place(i, N) δ, for i from 0."""

    def answer(centre, stride, N):
        i = torch.arange(N, device=centre.device, dtype=centre.dtype)
        return centre[:, None] + place(i, N) * stride[:, None]

    return answer


filter_centres.mistake(
    "the paper's formula, with i from 0",
    "i − N/2 − ½ is for i = 1 … N. Counted from 0, as Python does, this puts the whole window one "
    "stride too far left.",
)(_mistaken(lambda i, N: i - N / 2 - 0.5))

filter_centres.mistake(
    "the half is missing",
    "i = 0 … N − 1 has its middle at (N − 1)/2, not at N/2: add ½.",
)(_mistaken(lambda i, N: i - N / 2))

filter_centres.mistake(
    "a whole number of filters to the left",
    "N // 2 is the middle of an odd number of filters. With an even number the centre lies between "
    "two of them.",
)(_mistaken(lambda i, N: i - N // 2))

filter_centres.mistake(
    "begins at the centre",
    "g is where the *middle* of the window lies; half of the filters stand before it.",
)(_mistaken(lambda i, N: i))

filter_centres.mistake(
    "from right to left",
    "The first filter is the leftmost: the places grow with i. Mirrored, the patch is too.",
)(_mistaken(lambda i, N: (N - 1) / 2 - i))

filter_centres.mistake(
    "the stride is taken for the width",
    "δ is the step from one filter to the next. Here all N share it, and the window is N − 1 times "
    "too small.",
)(_mistaken(lambda i, N: (i - N / 2 + 0.5) / max(N - 1, 1)))


@filter_centres.mistake(
    "the stride is forgotten",
    "The filters here are a pixel apart, whatever δ is. Multiply the step by the stride.",
)
def unstrided(centre, stride, N):
    return glimpse.filter_centres(centre, torch.ones_like(stride), N)


@filter_centres.mistake(
    "the centre is multiplied too",
    "Only the step from the middle is in strides; g is in pixels already.",
)
def all_in_strides(centre, stride, N):
    return stride[:, None] * glimpse.filter_centres(centre, torch.ones_like(stride), N)


@filter_centres.mistake(
    "rounded to whole pixels",
    "A filter may stand between two pixels: that is what makes its place something that gradients "
    "can move.",
)
def rounded(centre, stride, N):
    return glimpse.filter_centres(centre, stride, N).round()
