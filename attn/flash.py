"""Exact attention, tile by tile: the table of scores is never whole (Dao et al. 2022).

A softmax can be computed in one pass over its scores if what was summed so far is corrected
whenever a larger score turns up (Milakov & Gimelshein 2018). So keys and values are read in tiles,
and beside the result only a few numbers a query are kept.
"""

from math import sqrt
from typing import NamedTuple

import torch
from jaxtyping import Bool, Float
from torch import Tensor
from torch.autograd.function import once_differentiable

TILE = (128, 512)  # queries and keys of a tile: the fastest of those tried on a CPU


class Running(NamedTuple):
    """What is known of a softmax average after some of its keys.

    ``largest`` (*B, Tq) is the largest score m, ``total`` (*B, Tq) is l = Σ exp(s_j - m), and
    ``mixed`` (*B, Tq, dv) is Σ exp(s_j - m) v_j. The average itself is mixed / total.
    """

    largest: Tensor
    total: Tensor
    mixed: Tensor


def nothing_read(Q: Float[Tensor, "*B Tq d"], dv: int) -> Running:
    """Before the first tile: no largest score, and nothing summed.

    >>> nothing_read(torch.zeros(1, 3), dv=1)
    Running(largest=tensor([-inf]), total=tensor([0.]), mixed=tensor([[0.]]))
    """
    rows = Q.shape[:-1]
    return Running(Q.new_full(rows, -torch.inf), Q.new_zeros(rows), Q.new_zeros(*rows, dv))


def read_tile(
    known: Running, scores: Float[Tensor, "*B Tq n"], V: Float[Tensor, "*B n dv"]
) -> Running:
    """One more tile: n scores a query, -inf where it may not see the key, and their values.

    >>> known = nothing_read(torch.zeros(1, 3), dv=1)
    >>> known = read_tile(known, torch.zeros(1, 2), torch.tensor([[3.0], [5.0]]))
    >>> read_tile(known, torch.full((1, 1), 99.0), torch.tensor([[7.0]]))
    Running(largest=tensor([99.]), total=tensor([1.]), mixed=tensor([[7.]]))
    """
    largest = torch.maximum(known.largest, scores.amax(-1))
    # While nothing was seen, the largest is -inf, and -inf - (-inf) is nan: any number will do.
    safe = largest.masked_fill(largest == -torch.inf, 0)
    powers = (scores - safe[..., None]).exp()
    correction = (known.largest - safe).exp()
    return Running(
        largest,
        known.total * correction + powers.sum(-1),
        known.mixed * correction[..., None] + powers @ V,
    )


def finished(known: Running) -> Float[Tensor, "*B Tq dv"]:
    """The average after the last tile; a query that saw nothing gets zeros.

    >>> finished(Running(torch.zeros(1), torch.tensor([2.0]), torch.tensor([[8.0]])))
    tensor([[4.]])
    """
    return known.mixed / known.total.masked_fill(known.total == 0, 1)[..., None]


def flash_attention(
    Q: Float[Tensor, "*B Tq d"],
    K: Float[Tensor, "*B Tk d"],
    V: Float[Tensor, "*B Tk dv"],
    real: Bool[Tensor, "*#B Tk"] | None = None,
    causal: bool = False,
    tile: tuple[int, int] = TILE,
) -> Float[Tensor, "*B Tq dv"]:
    """softmax(Q Kᵀ / √d) V in memory that grows with T, forwards and backwards.

    Where ``real`` is False, a key is padding; ``causal`` is ``attn.masks.causal_mask``, and tiles
    that it hides are not computed. Half precision is summed in float32. A query that may see
    nothing gets zeros.

    >>> Q = torch.tensor([[1.0, 0, 1]])
    >>> K = torch.tensor([[1.0, 0, 1], [0, 1, 0], [1, 1, 1]])
    >>> flash_attention(Q, K, torch.tensor([[10.0, 0], [0, 10], [5, 5]]), tile=(1, 2))
    tensor([[6.4791, 3.5209]])
    """
    return FlashAttention.apply(Q, K, V, real, causal, tile)


class FlashAttention(torch.autograd.Function):
    """Keeps the output and one number a query, and computes the weights again on the way back."""

    @staticmethod
    def forward(ctx, Q, K, V, real, causal, tile):
        tiles = Tiles(Q, K, real, causal, tile)
        out, norms = [], []
        for rows in tiles.rows():
            q = tiles.wide(Q[..., rows, :]) / tiles.root
            known = nothing_read(q, V.shape[-1])
            for columns in tiles.columns(rows):
                scores = tiles.scores(q, K, rows, columns)
                known = read_tile(known, scores, tiles.wide(V[..., columns, :]))
            out.append(finished(known).to(V.dtype))
            norms.append(log_norm(known))
        result = torch.cat(out, -2)
        ctx.save_for_backward(Q, K, V, real, result, torch.cat(norms, -1))
        ctx.causal, ctx.tile = causal, tile
        return result

    @staticmethod
    @once_differentiable
    def backward(ctx, dout):
        Q, K, V, real, out, norms = ctx.saved_tensors
        tiles = Tiles(Q, K, real, ctx.causal, ctx.tile)
        dQ, dK, dV = (torch.zeros_like(X, dtype=tiles.dtype) for X in (Q, K, V))
        for rows in tiles.rows():
            q, do, o = (tiles.wide(X[..., rows, :]) for X in (Q, dout, out))
            q, norm = q / tiles.root, norms[..., rows, None]
            # Σ_j w_j dw_j, which the softmax's gradient needs, is do · o: no pass over the keys.
            along = (do * o).sum(-1, keepdim=True)
            for columns in tiles.columns(rows):
                k, v = (tiles.wide(X[..., columns, :]) for X in (K, V))
                weights = (tiles.scores(q, K, rows, columns) - norm).exp()
                dscores = weights * (do @ v.transpose(-1, -2) - along)
                dV[..., columns, :] += weights.transpose(-1, -2) @ do
                dK[..., columns, :] += dscores.transpose(-1, -2) @ q
                dQ[..., rows, :] += dscores @ k / tiles.root
        return dQ.to(Q.dtype), dK.to(K.dtype), dV.to(V.dtype), None, None, None


def log_norm(known: Running) -> Float[Tensor, "*B Tq"]:
    """log Σ_j exp(s_j), so that a weight is exp(s - log_norm); +inf where nothing was seen.

    >>> log_norm(Running(torch.tensor([2.0]), torch.tensor([1.0]), torch.zeros(1, 1)))
    tensor([2.])
    """
    norm = known.largest + known.total.log()
    return norm.masked_fill(known.total == 0, torch.inf)


class Tiles:
    """Which tiles there are, and the scores of one."""

    def __init__(
        self, Q: Tensor, K: Tensor, real: Tensor | None, causal: bool, tile: tuple[int, int]
    ) -> None:
        self.Tq, self.Tk, self.root = Q.shape[-2], K.shape[-2], sqrt(Q.shape[-1])
        self.real, self.causal, self.tile = real, causal, tile
        self.dtype = torch.promote_types(Q.dtype, torch.float32)

    def wide(self, X: Tensor) -> Tensor:
        """In the precision in which sums are kept."""
        return X.to(self.dtype)

    def rows(self) -> list[slice]:
        """The queries, tile by tile."""
        n = self.tile[0]
        return [slice(i, min(i + n, self.Tq)) for i in range(0, self.Tq, n)]

    def columns(self, rows: slice) -> list[slice]:
        """The keys that these queries may see, tile by tile: causal ones need no later tile."""
        n = self.tile[1]
        end = min(self.Tk, rows.stop + self.Tk - self.Tq) if self.causal else self.Tk
        return [slice(j, min(j + n, end)) for j in range(0, max(end, 0), n)]

    def scores(self, q: Tensor, K: Tensor, rows: slice, columns: slice) -> Tensor:
        """The scores of one tile, from queries that are divided by √d; -inf where hidden."""
        scores = q @ self.wide(K[..., columns, :]).transpose(-1, -2)
        if self.real is not None:
            scores = scores.masked_fill(~self.real[..., None, columns], -torch.inf)
        if self.causal and columns.stop - 1 > rows.start + self.Tk - self.Tq:
            i = torch.arange(rows.start, rows.stop, device=q.device)[:, None] + self.Tk - self.Tq
            j = torch.arange(columns.start, columns.stop, device=q.device)
            scores = scores.masked_fill(j > i, -torch.inf)
        return scores
