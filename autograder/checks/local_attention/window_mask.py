"""What every answer to ``window_mask`` must satisfy."""

import torch

from attn import local
from autograder.compare import ensure
from autograder.spec import Answers, Case, Exercise, Rng


def windows(rng: Rng):
    yield Case("a whole position", p=torch.tensor([2.0]), T=6, D=1)
    yield Case("between two positions", p=torch.tensor([2.5]), T=6, D=1)
    yield Case("at the start", p=torch.tensor([0.25]), T=5, D=2)
    yield Case("at the end", p=torch.tensor([4.75]), T=5, D=2)
    drawn = rng.integers(0, 8, 4) + rng.choice([0.0, 0.25, 0.75], 4)
    yield Case("several sentences", p=torch.from_numpy(drawn).float(), T=8, D=2)
    grid = rng.integers(4, 8, (2, 3)) + rng.choice([0.0, 0.4, 0.6], (2, 3))
    yield Case("two leading axes", p=torch.from_numpy(grid).float(), T=12, D=3)


window_mask = Exercise("window_mask", points=2, reference=local.window_mask, cases=windows)


@window_mask.fact
def a_whole_position_holds_one_more(f: Answers, case: Case) -> None:
    """Away from the ends, a window holds 2D + 1 positions if p is whole, and else 2D."""
    p, D = case["p"], case["D"]
    inside = (p >= D) & (p <= case["T"] - 1 - D)
    held = f(case).sum(-1)
    due = 2 * D + (p == p.round()).long()
    ensure((held == due)[inside].all(), "a window holds another number", f(case), f.expected(case))


@window_mask.fact
def moves_with_its_centre(f: Answers, case: Case) -> None:
    """A centre one further on gives the window one further on."""
    moved = f(case.but(p=case["p"] + 1))
    ensure(
        (moved[..., 1:] == f(case)[..., :-1]).all(), "the window does not follow", moved, f(case)
    )


def _offsets(p, T):
    return torch.arange(T, device=p.device) - p[..., None]


@window_mask.mistake(
    "a window one short",
    "The window is closed on both sides: p - D <= s <= p + D. A slice, or <, leaves out the last.",
)
def open_above(p, T, D):
    return (_offsets(p, T) >= -D) & (_offsets(p, T) < D)


@window_mask.mistake(
    "open on both sides",
    "Positions at a distance of exactly D belong to the window: <=, not <.",
)
def open_both(p, T, D):
    return _offsets(p, T).abs() < D


@window_mask.mistake(
    "D as the whole width",
    "D reaches to *each* side: the window is 2D wide.",
)
def halved(p, T, D):
    return _offsets(p, T).abs() <= D / 2


@window_mask.mistake(
    "the centre rounded",
    "The window lies around the real number p, not around the nearest position: half-way between "
    "two, it holds 2D positions.",
)
def rounded(p, T, D):
    return local.window_mask(p.round(), T, D)


@window_mask.mistake(
    "the centre cut off",
    "int() and floor() move the window to the left. Compare with the real number p.",
)
def floored(p, T, D):
    return local.window_mask(p.floor(), T, D)


@window_mask.mistake(
    "pushed back into the sentence",
    "At the ends the window is cut off, and holds fewer positions; it is not moved.",
)
def pushed(p, T, D):
    return local.window_mask(p.clamp(D, T - 1 - D), T, D)


@window_mask.mistake(
    "upside down",
    "True means “may be read”: inside the window, not outside.",
)
def inverted(p, T, D):
    return ~local.window_mask(p, T, D)


@window_mask.mistake(
    "positions counted from one",
    "Here the first position is 0.",
)
def from_one(p, T, D):
    return local.window_mask(p - 1, T, D)
