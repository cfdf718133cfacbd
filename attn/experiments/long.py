"""Six ways to attend over T positions, and how long they take."""

from collections.abc import Callable
from math import sqrt

import torch
from torch import Tensor
from torch.nn.functional import scaled_dot_product_attention

from attn.experiments.timing import milliseconds
from attn.flash import flash_attention
from attn.linear import linear_attention
from attn.sparse import window_and_global_attention, window_attention

WIDTH = 64
REACH = 32  # keys to each side of a window
GLOBALS = 4

Attention = Callable[[Tensor, Tensor, Tensor], Tensor]


def whole_table(Q: Tensor, K: Tensor, V: Tensor) -> Tensor:
    """softmax(Q Kᵀ / √d) V in three steps, each through memory.

    >>> whole_table(torch.zeros(1, 1), torch.zeros(2, 1), torch.tensor([[3.0], [5.0]]))
    tensor([[4.]])
    """
    return (Q / sqrt(Q.shape[-1]) @ K.transpose(-1, -2)).softmax(-1) @ V


def with_globals(Q: Tensor, K: Tensor, V: Tensor) -> Tensor:
    """A window, and global tokens at the first positions."""
    at = torch.arange(GLOBALS, device=Q.device)
    return window_and_global_attention(Q, K, V, REACH, REACH, at)


CONTENDERS: dict[str, Attention] = {
    "whole table": whole_table,
    "torch's fused": scaled_dot_product_attention,
    "tiles (ours)": flash_attention,
    "window": lambda Q, K, V: window_attention(Q, K, V, REACH, REACH),
    "window + globals": with_globals,
    "linear": linear_attention,
}


def inputs(
    T: int, *shape: int, device: str = "cpu", dtype: torch.dtype = torch.float32
) -> list[Tensor]:
    """Q, K and V of unit normals, (*shape, T, 64), seeded.

    >>> [x.shape for x in inputs(5, 2)][0]
    torch.Size([2, 5, 64])
    """
    rng = torch.Generator().manual_seed(T)
    drawn = [torch.randn(*shape, T, WIDTH, generator=rng) for _ in range(3)]
    return [x.to(device, dtype) for x in drawn]


def times(T: int, repeats: int = 3) -> dict[str, float]:
    """Milliseconds of processor time of each, for one sequence of T."""
    Q, K, V = inputs(T, 1, 1)
    with torch.no_grad():
        return {
            name: milliseconds(lambda f=f: f(Q, K, V), repeats) for name, f in CONTENDERS.items()
        }


def reach(layers: int, T: int, before: int, after: int, at: list[int], place: int) -> Tensor:
    """How far position ``place`` looks through a stack of windows: |∂ output / ∂ input| a position.

    Every layer is a window attention with global tokens at ``at`` (none: an empty list) and a
    residual connection, on random inputs; returns (T,), the norm of the gradient at each input.

    >>> reach(1, 5, before=1, after=1, at=[], place=2).nonzero().flatten().tolist()
    [1, 2, 3]
    """
    rng = torch.Generator().manual_seed(0)
    start = torch.randn(T, 8, generator=rng, dtype=torch.float64, requires_grad=True)
    X, globals_at = start, torch.tensor(at)
    for _ in range(layers):
        if at:
            X = X + window_and_global_attention(X, X, X, before, after, globals_at)
        else:
            X = X + window_attention(X, X, X, before, after)
    (gradient,) = torch.autograd.grad(X[place].sum(), start)
    return gradient.norm(dim=-1)
