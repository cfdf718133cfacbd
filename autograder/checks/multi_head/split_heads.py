"""What every answer to ``split_heads`` must satisfy."""

import torch

from attn import multi_head
from autograder import sample
from autograder.compare import agree
from autograder.spec import Answers, Case, Exercise, Rng


def positions(rng: Rng):
    yield Case("two positions, two heads", X=torch.arange(8.0).reshape(2, 4), H=2)
    yield Case("one head", X=sample.tensor(rng, 3, 2), H=1)
    yield Case("as many heads as numbers", X=sample.tensor(rng, 2, 3), H=3)
    yield Case("more positions than heads", X=sample.tensor(rng, 4, 6), H=2)
    yield Case("a batch", X=sample.tensor(rng, 2, 4, 6), H=2)
    yield Case("a batch as large as the heads are many", X=sample.tensor(rng, 3, 3, 6), H=3)
    yield Case("two axes in front", X=sample.tensor(rng, 2, 3, 4, 8), H=4)


split_heads = Exercise("split_heads", points=2, reference=multi_head.split_heads, cases=positions)


@split_heads.fact
def positions_stay_apart(f: Answers, case: Case) -> None:
    """Changing one position changes that position in every head, and no other."""
    changed = case["X"].clone()
    changed[..., -1, :] += 1
    before, after = f(case), f(case.but(X=changed))
    agree(after[..., :-1, :], before[..., :-1, :], what="the other positions")


@split_heads.fact
def a_head_is_a_run_of_numbers(f: Answers, case: Case) -> None:
    """Head 0 holds the first d numbers of every position."""
    d = case["X"].shape[-1] // case["H"]
    agree(f(case)[..., 0, :, :], case["X"][..., :d], what="head 0")


@split_heads.mistake(
    "reshapes without transposing",
    "reshape and view keep the numbers in their old order, position by position, and cut the rows "
    "elsewhere: head 0 then holds whole early positions in pieces. Cut the last axis into (H, d) "
    "first, then let heads and positions change places.",
)
def unturned(X, H):
    *B, T, D = X.shape
    return X.reshape(*B, H, T, D // H)


@split_heads.mistake(
    "deals the numbers out in turn",
    "Here head h gets numbers h, h + H, h + 2H … of a position. A head is a *run* of d numbers "
    "side by side, so the last axis is cut into (H, d), not into (d, H).",
)
def dealt(X, H):
    return X.unflatten(-1, (-1, H)).movedim(-1, -3)


@split_heads.mistake(
    "the heads stand behind the positions",
    "The last axis is cut, but heads and positions still have to change places: attention runs "
    "over the last two axes, and these must be (T, d).",
)
def behind(X, H):
    return X.unflatten(-1, (H, -1))


@split_heads.mistake(
    "the heads stand in front of the batch",
    "The axes in front of the positions stay in front: (..., H, T, d), not (H, ..., T, d).",
)
def in_front(X, H):
    return X.unflatten(-1, (H, -1)).movedim(-2, 0)


@split_heads.mistake(
    "positions and numbers change places",
    "A head is (T, d), a row a position. Keys are transposed later, where the scores are computed.",
)
def transposed(X, H):
    return multi_head.split_heads(X, H).transpose(-1, -2)


@split_heads.mistake(
    "every head gets all the numbers",
    "The heads share the width among them: each has d = D / H numbers of every position.",
)
def copied(X, H):
    return torch.stack([X] * H, -3)


@split_heads.mistake(
    "cuts the positions, not the numbers",
    "Each head sees *all* positions, and a part of the numbers of each. Cut the last axis.",
)
def positions_cut(X, H):
    return X.unflatten(-2, (H, -1))
