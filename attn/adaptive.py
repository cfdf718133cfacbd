"""Attention that adapts how much it reads: sparsemax, 1.5-entmax, and a learned span."""

from math import sqrt

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from attn.dot_product import dot_product_scores


def sparsemax(
    scores: Float[Tensor, "*B n"], mask: Bool[Tensor, "*#B #n"] | None = None
) -> Float[Tensor, "*B n"]:
    """The point of the simplex that lies nearest to the scores (Martins & Astudillo 2016).

    max(s_i - τ, 0) with the τ that makes the sum 1: unlike the softmax's, low weights are exactly
    zero. Where ``mask`` is False the weight is zero too; a row that may see nothing gets zeros.

    >>> sparsemax(torch.tensor([1.0, 0.5, -1.0]))
    tensor([0.7500, 0.2500, 0.0000])
    """
    scores, shown = _shifted(scores, mask)
    with torch.no_grad():
        largest_first, count = _sorted(scores, shown)
        support = 1 + count * largest_first > largest_first.cumsum(-1)
    chosen = _chosen(scores, shown, largest_first, support)
    size = chosen.sum(-1, keepdim=True).clamp(min=1)
    threshold = ((scores * chosen).sum(-1, keepdim=True) - 1) / size
    return (scores - threshold).masked_fill(~chosen, 0)


def entmax15(
    scores: Float[Tensor, "*B n"], mask: Bool[Tensor, "*#B #n"] | None = None
) -> Float[Tensor, "*B n"]:
    """α-entmax with α = 1.5, half-way from softmax to sparsemax (Peters et al. 2019), exactly.

    max(s_i / 2 - τ, 0)² with the τ that makes the sum 1.

    >>> entmax15(torch.tensor([2.0, 2.0, -1.0]))
    tensor([0.5000, 0.5000, 0.0000])
    """
    scores, shown = _shifted(scores / 2, mask)
    with torch.no_grad():
        largest_first, count = _sorted(scores, shown)
        thresholds = _entmax_threshold(
            largest_first.cumsum(-1), largest_first.square().cumsum(-1), count
        )
        support = thresholds < largest_first
    chosen = _chosen(scores, shown, largest_first, support)
    size = chosen.sum(-1, keepdim=True).clamp(min=1)
    total, squares = ((x * chosen).sum(-1, keepdim=True) for x in (scores, scores.square()))
    threshold = _entmax_threshold(total, squares, size)
    return (scores - threshold).square().masked_fill(~chosen, 0)


def _entmax_threshold(total: Tensor, squares: Tensor, count: Tensor) -> Tensor:
    """The smaller root τ of Σ (x_i - τ)² = 1 over ``count`` numbers, from their sums."""
    mean = total / count
    return mean - ((1 - squares) / count + mean.square()).clamp(min=0).sqrt()


def _shifted(scores: Tensor, mask: Tensor | None) -> tuple[Tensor, Tensor]:
    """Scores whose largest is 0, as no threshold minds; hidden ones are 0 too, and not shown."""
    finite = scores > -torch.inf
    shown = finite if mask is None else finite & mask
    lowest = torch.finfo(scores.dtype).min
    largest = scores.detach().masked_fill(~shown, lowest).amax(-1, keepdim=True)
    return (scores - largest).masked_fill(~shown, 0), shown


def _sorted(scores: Tensor, shown: Tensor) -> tuple[Tensor, Tensor]:
    """The scores that are shown, the largest first and -2 for each other; and 1, 2, 3, …

    Neither function gives weight to a score that lies 2 or more below the largest.
    """
    low = scores.clamp(min=-2).masked_fill(~shown, -2)
    return low.sort(-1, descending=True).values, torch.arange(
        1, scores.shape[-1] + 1, device=scores.device, dtype=scores.dtype
    )


def _chosen(scores: Tensor, shown: Tensor, largest_first: Tensor, support: Tensor) -> Tensor:
    """Which scores, in their own order, are at least as large as the last one of the support."""
    last = support.sum(-1, keepdim=True).clamp(min=1) - 1
    return shown & (scores >= largest_first.gather(-1, last))


def span_mask(
    distance: Float[Tensor, "..."], span: Float[Tensor, "..."], ramp: float
) -> Float[Tensor, "..."]:
    """min(max((ramp + span - distance) / ramp, 0), 1): 1 within ``span``, 0 beyond span + ramp.

    Between the two it falls in a straight line, which gives ``span`` a gradient (Sukhbaatar et al.
    2019). Distances and spans broadcast.

    >>> span_mask(torch.tensor([0.0, 2.0, 3.0, 4.0]), span=torch.tensor(2.0), ramp=2.0)
    tensor([1.0000, 1.0000, 0.5000, 0.0000])
    """
    return ((ramp + span - distance) / ramp).clamp(0, 1)


def adaptive_span_weights(
    scores: Float[Tensor, "*B T T"], span: Float[Tensor, "*#B"], ramp: float
) -> Float[Tensor, "*B T T"]:
    """Causal weights in proportion to m(i - j) exp(s_ij), with the span's mask m.

    ``span`` has one number a leading index, so one a head. A span of z needs the keys i - j < z +
    ramp alone: with it, ``attn.sparse.window_attention`` says what the layer costs.

    >>> adaptive_span_weights(torch.zeros(3, 3), span=torch.tensor(0.0), ramp=2.0)[2]
    tensor([0.0000, 0.3333, 0.6667])
    """
    at = torch.arange(scores.shape[-1], device=scores.device, dtype=scores.dtype)
    behind = at[:, None] - at
    soft = span_mask(behind, span[..., None, None], ramp) * (behind >= 0)
    # Where nothing may be read, a score says nothing either, and must not be the largest.
    largest = scores.detach().masked_fill(soft == 0, -torch.inf).amax(-1, keepdim=True)
    powers = soft * (scores.masked_fill(soft == 0, -torch.inf) - largest).exp()
    return powers / powers.sum(-1, keepdim=True)


def adaptive_span_attention(
    Q: Float[Tensor, "*B T d"],
    K: Float[Tensor, "*B T d"],
    V: Float[Tensor, "*B T dv"],
    span: Float[Tensor, "*#B"],
    ramp: float,
) -> Float[Tensor, "*B T dv"]:
    """Causal scaled dot-product attention whose reach ``span`` is learned with everything else.

    >>> X = torch.tensor([[3.0], [6.0]])
    >>> adaptive_span_attention(torch.zeros(2, 1), X, X, span=torch.tensor(0.0), ramp=2.0)
    tensor([[3.],
            [5.]])
    """
    scores = dot_product_scores(Q / sqrt(Q.shape[-1]), K)
    return adaptive_span_weights(scores, span, ramp) @ V
