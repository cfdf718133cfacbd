"""The backward pass of attention, written by hand: what automatic differentiation computes."""

from math import sqrt
from typing import NamedTuple

import torch
from jaxtyping import Bool, Float
from torch import Tensor
from torch.autograd.function import once_differentiable

from attn.dot_product import biased_dot_product_weights, dot_product_weights
from attn.softmax import softmax_backward


class Gradients(NamedTuple):
    """The loss's gradient with respect to queries, keys and values, each of its input's shape."""

    Q: Tensor
    K: Tensor
    V: Tensor


def attention_backward(
    Q: Float[Tensor, "*B Tq d"],
    K: Float[Tensor, "*B Tk d"],
    V: Float[Tensor, "*B Tk dv"],
    dout: Float[Tensor, "*B Tq dv"],
    mask: Bool[Tensor, "*#B #Tq #Tk"] | None = None,
) -> Gradients:
    """From ``dout``, the loss's gradient with respect to the output, to those of Q, K and V.

    For ``scaled_dot_product_attention``; a query that may see nothing gives and gets zeros.

    >>> one = torch.ones(1, 1)  # a single key has all the weight, whatever its score
    >>> attention_backward(one, one, one, dout=one)
    Gradients(Q=tensor([[0.]]), K=tensor([[0.]]), V=tensor([[1.]]))
    """
    weights = dot_product_weights(Q, K, mask, temperature=sqrt(Q.shape[-1]))
    return _back(weights, Q, K, V, dout)[0]


def biased_attention_backward(
    Q: Float[Tensor, "*B Tq d"],
    K: Float[Tensor, "*B Tk d"],
    V: Float[Tensor, "*B Tk dv"],
    dout: Float[Tensor, "*B Tq dv"],
    bias: Float[Tensor, "*#B #Tq #Tk"],
) -> tuple[Gradients, Float[Tensor, "..."]]:
    """``attention_backward`` for ``biased_dot_product_attention``, and the bias's own gradient.

    The bias is added to the scores, so it gets theirs, summed where it was broadcast.

    >>> one, two = torch.ones(1, 1), torch.tensor([[1.0], [3.0]])
    >>> biased_attention_backward(one, torch.zeros(2, 1), two, dout=one, bias=torch.zeros(1, 2))[1]
    tensor([[-0.5000,  0.5000]])
    """
    gradients, dscores = _back(biased_dot_product_weights(Q, K, bias), Q, K, V, dout)
    return gradients, dscores.sum_to_size(bias.shape)


def _back(
    weights: Tensor, Q: Tensor, K: Tensor, V: Tensor, dout: Tensor
) -> tuple[Gradients, Tensor]:
    """From the output back to Q, K and V, and to the scores after their division by √d."""
    root = sqrt(Q.shape[-1])
    dV = weights.transpose(-1, -2) @ dout
    dscores = softmax_backward(weights, dout @ V.transpose(-1, -2))
    dQ = dscores @ K / root
    dK = dscores.transpose(-1, -2) @ Q / root
    return Gradients(dQ, dK, dV), dscores


class HandmadeAttention(torch.autograd.Function):
    """Scaled dot-product attention whose backward pass is ``attention_backward``.

    ``HandmadeAttention.apply(Q, K, V, mask)`` keeps no weights for the way back: it computes them
    again, as FlashAttention does (Dao et al. 2022).
    """

    @staticmethod
    def forward(ctx, Q: Tensor, K: Tensor, V: Tensor, mask: Tensor | None = None) -> Tensor:
        ctx.save_for_backward(Q, K, V, mask)
        return dot_product_weights(Q, K, mask, temperature=sqrt(Q.shape[-1])) @ V

    @staticmethod
    @once_differentiable
    def backward(ctx, dout: Tensor) -> tuple[Tensor, Tensor, Tensor, None]:
        Q, K, V, mask = ctx.saved_tensors
        dQ, dK, dV = attention_backward(Q, K, V, dout, mask)
        return dQ, dK, dV, None
