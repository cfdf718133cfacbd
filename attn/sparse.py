"""Attention to fewer keys: a sliding window, and a few global tokens (Beltagy et al. 2020).

The masks say what is read; the two attentions compute these scores and no others, so that time and
memory grow with T and not with T².
"""

from math import sqrt

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor
from torch.nn.functional import pad

from attn.dot_product import scaled_dot_product_attention
from attn.softmax import masked_softmax


def sliding_window_mask(
    T: int, before: int, after: int, device: torch.device | str = "cpu"
) -> Bool[Tensor, "T T"]:
    """Query i sees the keys i - before … i + after, as far as they exist; ``after=0`` is causal.

    Beltagy et al. 2020 write w for before + after, with w/2 on each side.

    >>> sliding_window_mask(3, before=1, after=0)
    tensor([[ True, False, False],
            [ True,  True, False],
            [False,  True,  True]])
    """
    at = torch.arange(T, device=device)
    ahead = at - at[:, None]
    return (-before <= ahead) & (ahead <= after)


def global_token_mask(
    mask: Bool[Tensor, "*#B T T"], is_global: Bool[Tensor, "*#B T"]
) -> Bool[Tensor, "*B T T"]:
    """``mask``, and besides: a global token sees every position, and every position sees it.

    >>> global_token_mask(torch.eye(3, dtype=torch.bool), torch.tensor([True, False, False]))
    tensor([[ True,  True,  True],
            [ True,  True, False],
            [ True, False,  True]])
    """
    return mask | is_global[..., :, None] | is_global[..., None, :]


def window_attention(
    Q: Float[Tensor, "*B T d"],
    K: Float[Tensor, "*B T d"],
    V: Float[Tensor, "*B T dv"],
    before: int,
    after: int,
    real: Bool[Tensor, "*#B T"] | None = None,
) -> Float[Tensor, "*B T dv"]:
    """Scaled dot-product attention under ``sliding_window_mask``, in T (before + after) steps.

    Where ``real`` is False, a key is padding and nobody sees it; a query that sees nothing gets
    zeros. A block of queries is compared with the stretch of keys that its windows cover, so about
    half of the scores that are computed are used, instead of one in T.

    >>> X = torch.tensor([[1.0], [2.0], [3.0]])
    >>> window_attention(torch.zeros(3, 1), X, X, before=1, after=0)
    tensor([[1.0000],
            [1.5000],
            [2.5000]])
    """
    stretches = Stretches(Q.shape[-2], before, after)
    scores = stretches.queries(Q / sqrt(Q.shape[-1])) @ stretches.keys(K).transpose(-1, -2)
    weights = masked_softmax(scores, stretches.mask(Q.device, real))
    return stretches.joined(weights @ stretches.keys(V))


def window_and_global_attention(
    Q: Float[Tensor, "*B T d"],
    K: Float[Tensor, "*B T d"],
    V: Float[Tensor, "*B T dv"],
    before: int,
    after: int,
    at: Int[Tensor, " G"],
) -> Float[Tensor, "*B T dv"]:
    """The same with global tokens at the positions ``at``, all different: T (before + after + 2G).

    Every query weighs its window and the global keys in one softmax; a global query reads all keys.
    (Beltagy et al. give global tokens projections of their own, which is the caller's business.)

    >>> X = torch.tensor([[1.0], [2.0], [6.0]])
    >>> window_and_global_attention(torch.zeros(3, 1), X, X, 0, 0, at=torch.tensor([0]))
    tensor([[3.0000],
            [1.5000],
            [3.5000]])
    """
    stretches = Stretches(Q.shape[-2], before, after)
    blocks = stretches.queries(Q / sqrt(Q.shape[-1]))
    Kg, Vg = K[..., at, :], V[..., at, :]
    near = blocks @ stretches.keys(K).transpose(-1, -2)
    far = blocks @ Kg[..., None, :, :].transpose(-1, -2)
    ordinary = torch.ones(Q.shape[-2], dtype=torch.bool, device=Q.device).index_fill(0, at, False)
    seen = stretches.mask(Q.device, ordinary)  # a global key near by must not count twice
    everything = torch.ones(1, 1, len(at), dtype=torch.bool, device=Q.device)
    mask = torch.cat([seen, everything.expand(*seen.shape[:-1], -1)], -1)
    weights = masked_softmax(torch.cat([near, far], -1), mask)
    w_near, w_far = weights.split([near.shape[-1], far.shape[-1]], -1)
    out = stretches.joined(w_near @ stretches.keys(V) + w_far @ Vg[..., None, :, :])
    return out.index_copy(-2, at, scaled_dot_product_attention(Q[..., at, :], K, V))


class Stretches:
    """Queries in blocks of ``block``, each with the stretch of keys that its windows cover.

    Block b holds the queries b·block … (b + 1)·block - 1, its stretch the ``width`` keys from
    b·block - before on; what lies outside the sequence is filled with zeros and masked.
    """

    def __init__(self, T: int, before: int, after: int) -> None:
        self.T, self.before, self.after = T, before, after
        # As wide as the window: half of a block's scores are used, and products stay large.
        self.block = max(before + after, 1)
        self.width = self.block + before + after
        self.filled = -T % self.block

    def queries(self, X: Float[Tensor, "*B T d"]) -> Float[Tensor, "*B n block d"]:
        """The queries, block by block."""
        return pad(X, (0, 0, 0, self.filled)).unflatten(-2, (-1, self.block))

    def keys(self, X: Float[Tensor, "*B T d"]) -> Float[Tensor, "*B n width d"]:
        """For each block its stretch of keys or values: overlapping views, not copies."""
        padded = pad(X, (0, 0, self.before, self.after + self.filled))
        return padded.unfold(-2, self.width, self.block).transpose(-1, -2)

    def mask(
        self, device: torch.device, real: Bool[Tensor, "*#B T"] | None = None
    ) -> Bool[Tensor, "*B n block width"]:
        """Which key of its stretch each query of a block may see."""
        real = torch.ones(self.T, dtype=torch.bool, device=device) if real is None else real
        there = pad(real, (self.before, self.after + self.filled))
        there = there.unfold(-1, self.width, self.block)[..., None, :]
        place = torch.arange(self.width, device=device)
        ahead = place - place[: self.block, None] - self.before
        return there & (-self.before <= ahead) & (ahead <= self.after)

    def joined(self, blocks: Float[Tensor, "*B n block dv"]) -> Float[Tensor, "*B T dv"]:
        """The blocks as one sequence again."""
        return blocks.flatten(-3, -2)[..., : self.T, :]
