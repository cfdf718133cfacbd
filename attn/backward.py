"""The backward pass of attention, written by hand: what automatic differentiation computes."""

from math import sqrt
from typing import NamedTuple

import torch
from jaxtyping import Bool, Float
from torch import Tensor
from torch.autograd.function import once_differentiable

from attn.dot_product import dot_product_weights
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
    root = sqrt(Q.shape[-1])
    weights = dot_product_weights(Q, K, mask, temperature=root)
    dV = weights.transpose(-1, -2) @ dout
    dweights = dout @ V.transpose(-1, -2)
    dscores = softmax_backward(weights, dweights)
    dQ = dscores @ K / root
    dK = dscores.transpose(-1, -2) @ Q / root
    return Gradients(dQ, dK, dV)


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
