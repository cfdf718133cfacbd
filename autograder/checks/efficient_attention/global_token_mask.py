"""What every answer to ``global_token_mask`` must satisfy."""

import torch

from attn import sparse
from autograder.compare import ensure
from autograder.spec import Answers, Case, Exercise, Rng


def masks(rng: Rng):
    yield Case("the example of the task", mask=_near(3, 0), is_global=_at(3, 0))
    yield Case("one token in the middle", mask=_near(5, 1), is_global=_at(5, 2))
    yield Case("two tokens", mask=_near(6, 1), is_global=_at(6, 0, 4))
    yield Case("none", mask=_near(4, 1), is_global=_at(4))
    yield Case("all of them", mask=_near(3, 0), is_global=_at(3, 0, 1, 2))
    drawn = torch.from_numpy(rng.random((6, 6)) < 0.3)
    yield Case("any mask", mask=drawn, is_global=_at(6, int(rng.integers(6))))


def _near(T: int, reach: int) -> torch.Tensor:
    return sparse.sliding_window_mask(T, reach, reach)


def _at(T: int, *places: int) -> torch.Tensor:
    return torch.tensor([i in places for i in range(T)])


global_token_mask = Exercise(
    "global_token_mask",
    points=1,
    reference=sparse.global_token_mask,
    cases=masks,
    keeps_dtype=True,
)


@global_token_mask.fact
def what_was_seen_is_seen(f: Answers, case: Case) -> None:
    """Every pair that the mask allowed is still allowed."""
    ensure(f(case)[case["mask"]].all(), "a pair is lost", f(case), f.expected(case))


@global_token_mask.fact
def a_global_token_sees_all(f: Answers, case: Case) -> None:
    """A global token sees every position."""
    ensure(f(case)[case["is_global"]].all(), "its row has a gap", f(case), f.expected(case))


@global_token_mask.fact
def all_see_a_global_token(f: Answers, case: Case) -> None:
    """Every position sees a global token."""
    ensure(f(case)[:, case["is_global"]].all(), "its column has a gap", f(case), f.expected(case))


@global_token_mask.mistake(
    "global tokens see, and are not seen",
    "Their rows are filled and their columns are not. Then nobody can read what they gathered.",
)
def rows_only(mask, is_global):
    return mask | is_global[:, None]


@global_token_mask.mistake(
    "global tokens are seen, and do not see",
    "Their columns are filled and their rows are not. Then they have nothing to tell.",
)
def columns_only(mask, is_global):
    return mask | is_global[None, :]


@global_token_mask.mistake(
    "only global tokens see one another",
    "“and” leaves the pairs of two global tokens. One of the two is enough: “or”.",
)
def both_global(mask, is_global):
    return mask | (is_global[:, None] & is_global[None, :])


@global_token_mask.mistake(
    "the window is lost",
    "This is the cross of the global tokens alone. Keep what the mask allowed too, with |.",
)
def cross_alone(mask, is_global):
    return is_global[:, None] | is_global[None, :]


@global_token_mask.mistake(
    "hides in place of showing",
    "A global token adds pairs. With “and”, the mask loses all the others.",
)
def intersected(mask, is_global):
    return mask & (is_global[:, None] | is_global[None, :])


@global_token_mask.mistake(
    "either global or not",
    "^ is True when exactly one of the two is. Where both the row and the column are global, the "
    "pair is hidden: use |.",
)
def exclusive(mask, is_global):
    return (mask & ~(is_global[:, None] & is_global)) | (is_global[:, None] ^ is_global[None, :])


@global_token_mask.mistake(
    "numbers in place of booleans",
    "+ of two masks counts; a mask of booleans was asked for: |.",
)
def added(mask, is_global):
    return mask.float() + is_global[:, None].float() + is_global.float()
