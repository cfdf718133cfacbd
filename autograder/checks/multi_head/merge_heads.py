"""What every answer to ``merge_heads`` must satisfy."""

import torch

from attn import multi_head
from autograder import sample
from autograder.compare import agree
from autograder.spec import Answers, Case, Exercise, Rng


def heads(rng: Rng):
    yield Case("two heads, two positions", X=torch.arange(8.0).reshape(2, 2, 2))
    yield Case("one head", X=sample.tensor(rng, 1, 3, 2))
    yield Case("heads of one number", X=sample.tensor(rng, 3, 2, 1))
    yield Case("more positions than heads", X=sample.tensor(rng, 2, 4, 3))
    yield Case("a batch", X=sample.tensor(rng, 2, 2, 4, 3))
    yield Case("two axes in front", X=sample.tensor(rng, 2, 3, 4, 2, 3))


merge_heads = Exercise("merge_heads", points=2, reference=multi_head.merge_heads, cases=heads)


@merge_heads.fact
def positions_stay_apart(f: Answers, case: Case) -> None:
    """Changing the last position in every head changes the last position, and no other."""
    changed = case["X"].clone()
    changed[..., -1, :] += 1
    before, after = f(case), f(case.but(X=changed))
    agree(after[..., :-1, :], before[..., :-1, :], what="the other positions")


@merge_heads.fact
def head_0_stands_first(f: Answers, case: Case) -> None:
    """The first d numbers of every position are what head 0 has there."""
    d = case["X"].shape[-1]
    agree(f(case)[..., :d], case["X"][..., 0, :, :], what="the first d numbers")


@merge_heads.mistake(
    "reshapes without transposing back",
    "In (..., H, T, d) the numbers lie head by head, and reshape keeps that order: the first rows "
    "are then all of head 0. Let heads and positions change places first.",
)
def unturned(X):
    *B, H, T, d = X.shape
    return X.reshape(*B, T, H * d)


@merge_heads.mistake(
    "the numbers of the heads alternate",
    "Here number 0 of each head comes first, then number 1 of each. The d numbers of a head stand "
    "together: transpose to (..., T, H, d), and join the last two axes.",
)
def alternating(X):
    return X.movedim(-3, -1).flatten(-2)


@merge_heads.mistake(
    "averages the heads",
    "A mean mixes what the heads have read before anyone could tell it apart. Put them side by "
    "side; the matrix after them decides how to mix.",
)
def averaged(X):
    return X.mean(-3)


@merge_heads.mistake(
    "adds the heads up",
    "A sum mixes what the heads have read before anyone could tell it apart. Put them side by "
    "side; the matrix after them decides how to mix.",
)
def added(X):
    return X.sum(-3)


@merge_heads.mistake(
    "puts the heads below each other",
    "There are T positions, before and after. The heads of a position stand side by side, which "
    "makes it wider: (..., T, H d).",
)
def below(X):
    return X.flatten(-3, -2)


@merge_heads.mistake(
    "leaves the heads apart",
    "Transposed, but not yet joined: the last two axes, (H, d), become one of H d numbers.",
)
def apart(X):
    return X.transpose(-3, -2)
