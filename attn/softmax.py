"""Softmax, with and without a mask: from scores to weights."""

import torch
from jaxtyping import Bool, Float
from torch import Tensor


def softmax(scores: Float[Tensor, "*B n"]) -> Float[Tensor, "*B n"]:
    """exp(s_i) / Σ_j exp(s_j) over the last axis, for scores of any size.

    The largest score is subtracted first: it changes nothing, and exp can no longer overflow.
    Half precision is summed in float32: its own largest number is 65504.

    >>> softmax(torch.tensor([1000.0, 1000.0]))
    tensor([0.5000, 0.5000])
    """
    wide = _wide(scores)
    powers = (wide - wide.amax(-1, keepdim=True).detach()).exp()
    return (powers / powers.sum(-1, keepdim=True)).to(scores.dtype)


def masked_softmax(
    scores: Float[Tensor, "*B n"], mask: Bool[Tensor, "*#B #n"]
) -> Float[Tensor, "*B n"]:
    """Softmax over the positions where ``mask`` is True; every other weight is exactly zero.

    A row in which nothing may be attended gets zeros, forward and backward, and never nan.

    >>> masked_softmax(torch.zeros(2, 2), torch.tensor([[True, False], [False, False]]))
    tensor([[1., 0.],
            [0., 0.]])
    """
    allowed = _wide(scores).masked_fill(~mask, -torch.inf)
    # An empty row has the maximum -inf, and -inf - (-inf) is nan: start from a finite number there.
    largest = allowed.amax(-1, keepdim=True).detach().clamp(min=torch.finfo(allowed.dtype).min)
    powers = (allowed - largest).exp()
    total = powers.sum(-1, keepdim=True)
    return (powers / total.masked_fill(total == 0, 1)).to(scores.dtype)


def _wide(scores: Tensor) -> Tensor:
    return scores.float() if scores.dtype in (torch.float16, torch.bfloat16) else scores


def softmax_jacobian(weights: Float[Tensor, "*B n"]) -> Float[Tensor, "*B n n"]:
    """∂w_i/∂s_j = w_i (δ_ij - w_j): how each weight moves with each score, given the weights.

    Symmetric; every row sums to zero, and all of it vanishes where one weight has everything.
    It is right for masked weights too: what is hidden neither moves nor moves others.

    >>> softmax_jacobian(torch.tensor([0.5, 0.5]))
    tensor([[ 0.2500, -0.2500],
            [-0.2500,  0.2500]])
    """
    return torch.diag_embed(weights) - weights[..., :, None] * weights[..., None, :]


def softmax_backward(
    weights: Float[Tensor, "*B n"], dweights: Float[Tensor, "*B n"]
) -> Float[Tensor, "*B n"]:
    """The gradient of the scores from that of the weights: w_i (g_i - Σ_j w_j g_j).

    The product with ``softmax_jacobian``, without its n² numbers.

    >>> softmax_backward(torch.tensor([0.5, 0.5]), torch.tensor([1.0, 0.0]))
    tensor([ 0.2500, -0.2500])
    """
    return weights * (dweights - (weights * dweights).sum(-1, keepdim=True))


def entropy(weights: Float[Tensor, "*B n"]) -> Float[Tensor, "*B"]:
    """H(p) = -Σ p ln p in nats, with 0 ln 0 = 0 (Shannon 1948): 0 for one key, ln n for all alike.

    >>> entropy(torch.tensor([0.5, 0.5, 0.0])).exp()
    tensor(2.)
    """
    return -torch.special.xlogy(weights, weights).sum(-1)
