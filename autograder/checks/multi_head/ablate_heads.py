"""What every answer to ``ablate_heads`` must satisfy."""

import torch
from torch import Tensor

from attn.multi_head import merge_heads
from autograder import sample
from autograder.compare import agree
from autograder.spec import Answers, Case, Exercise, Rng


def layers(rng: Rng):
    two = torch.tensor([[[[1.0, 2.0]], [[3.0, 4.0]]]])  # B = 1, H = 2, T = 1, d = 2
    yield Case("two heads, one off", read=two, W_o=torch.eye(4), b_o=torch.zeros(4), off=[1])
    yield _layer("none off", rng, 1, 2, 2, 2, off=[])
    yield _layer("the first of two", rng, 1, 2, 2, 2, off=[0])
    yield _layer("the last of three", rng, 2, 3, 4, 2, off=[2])
    yield _layer("two of four", rng, 2, 4, 3, 3, off=[3, 0])
    yield _layer("as many positions as heads", rng, 3, 3, 3, 2, off=[1])
    yield _layer("all off", rng, 2, 2, 3, 2, off=[0, 1])
    yield _layer("gradients", rng, 2, 3, 2, 2, off=[1]).backward(sample.seed(rng))


def _layer(name: str, rng: Rng, B: int, H: int, T: int, d: int, off: list[int]) -> Case:
    return Case(
        name,
        read=sample.tensor(rng, B, H, T, d),
        W_o=sample.tensor(rng, H * d, H * d),
        b_o=sample.tensor(rng, H * d),
        off=off,
    )


def _gated(read: Tensor, off: list[int], value: float = 0.0) -> Tensor:
    """What the heads have read, with ``value`` in place of what those in ``off`` have."""
    gone = torch.zeros(read.shape[1], dtype=torch.bool, device=read.device)
    gone[off] = True
    return read.masked_fill(gone[:, None, None], value)


def _reference(read, W_o, b_o, off):
    return merge_heads(_gated(read, off)) @ W_o.T + b_o


ablate_heads = Exercise("ablate_heads", points=3, reference=_reference, cases=layers)


@ablate_heads.fact
def nobody_hears_them(f: Answers, case: Case) -> None:
    """Whatever the heads that are off have read, the output is the same."""
    agree(f(case.but(read=_gated(case["read"], case["off"], 7.0))), f(case), what="the output")


@ablate_heads.fact
def what_is_missing_is_their_share(f: Answers, case: Case) -> None:
    """With nothing but the heads that are off, the output is the bias."""
    others = [h for h in range(case["read"].shape[1]) if h not in case["off"]]
    silent = f(case.but(read=_gated(case["read"], others)))
    agree(silent, case["b_o"].expand_as(silent), what="the output")


def _outputs(read: Tensor, off: list[int]) -> Tensor:
    """True at the d output numbers that have the same places as the heads in ``off``."""
    H, d = read.shape[1], read.shape[-1]
    gone = torch.zeros(H, d, dtype=torch.bool, device=read.device)
    gone[off] = True
    return gone.flatten()


@ablate_heads.mistake(
    "silences output numbers, not heads",
    "After W_o, every number of the output is made of all heads: the first d numbers are not head "
    "0's any more. Silence the head before W_o.",
)
def after(read, W_o, b_o, off):
    out = merge_heads(read) @ W_o.T + b_o
    return out.masked_fill(_outputs(read, off), 0)


@ablate_heads.mistake(
    "zeroes the rows of W_o",
    "In nn.Linear, a row of the weight makes one number of the output. What a head passes on goes "
    "through d *columns* of W_o.",
)
def rows(read, W_o, b_o, off):
    W = W_o.masked_fill(_outputs(read, off)[:, None], 0)
    return merge_heads(read) @ W.T + b_o


@ablate_heads.mistake(
    "makes the other heads louder",
    "Rescaling is dropout's habit, which has to keep a mean in training. An ablation asks what is "
    "lost when nothing else changes.",
)
def louder(read, W_o, b_o, off):
    H = read.shape[1]
    factor = H / max(H - len(off), 1)
    return factor * merge_heads(_gated(read, off)) @ W_o.T + b_o


@ablate_heads.mistake(
    "keeps the wrong ones",
    "`off` names the heads that fall silent; the others stay.",
)
def inverted(read, W_o, b_o, off):
    return _reference(read, W_o, b_o, [h for h in range(read.shape[1]) if h not in off])


@ablate_heads.mistake(
    "silences positions, not heads",
    "The axes of `read` are (B, H, T, d): the heads are axis 1, the positions axis 2.",
)
def positions(read, W_o, b_o, off):
    gone = torch.zeros(read.shape[2], dtype=torch.bool, device=read.device)
    gone[off] = True
    return merge_heads(read.masked_fill(gone[:, None], 0)) @ W_o.T + b_o


@ablate_heads.mistake(
    "the bias falls silent too",
    "b_o belongs to the layer and to no head: it is there with all heads off.",
)
def no_bias(read, W_o, b_o, off):
    return merge_heads(_gated(read, off)) @ W_o.T + (b_o if not off else 0)


@ablate_heads.mistake(
    "puts the others' mean in its place",
    "That is another experiment, which asks what is special about the head. Here it contributes "
    "nothing: zeros.",
)
def mean(read, W_o, b_o, off):
    left = [h for h in range(read.shape[1]) if h not in off]
    filled = [
        read[:, left].mean(1) if left and h in off else read[:, h] * (h not in off)
        for h in range(read.shape[1])
    ]
    return merge_heads(torch.stack(filled, 1)) @ W_o.T + b_o


@ablate_heads.mistake(
    "W_o is not transposed",
    "nn.Linear keeps its weight as (out, in), so what is merged is multiplied by W_o.T.",
)
def untransposed(read, W_o, b_o, off):
    return merge_heads(_gated(read, off)) @ W_o + b_o


@ablate_heads.mistake(
    "merges without transposing back",
    "In (B, H, T, d) the numbers lie head by head. Transpose to (B, T, H, d) before the last two "
    "axes become one.",
)
def unturned(read, W_o, b_o, off):
    B, H, T, d = read.shape
    return _gated(read, off).reshape(B, T, H * d) @ W_o.T + b_o


@ablate_heads.mistake(
    "changes what it was given",
    "read[:, off] = 0 writes into the caller's tensor, and the next head to be tried is tried with "
    "this one still off. Work on a copy: read.clone(), or multiply by gates.",
)
def in_place(read, W_o, b_o, off):
    with torch.no_grad():
        read[:, off] = 0
    return merge_heads(read) @ W_o.T + b_o
