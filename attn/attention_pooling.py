"""Attention pooling: one learned query reads a whole sequence into one vector."""

import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn

from attn.softmax import masked_softmax


def attention_pool(
    query: Float[Tensor, " k"],
    keys: Float[Tensor, "*B T k"],
    values: Float[Tensor, "*B T m"],
    mask: Bool[Tensor, "*B T"],
) -> tuple[Float[Tensor, "*B m"], Float[Tensor, "*B T"]]:
    """The values, averaged with softmax(keys · query), and these weights; True may be read.

    A sequence in which nothing may be read gives zeros.

    >>> keys, values = torch.tensor([[0.0], [9.0]]), torch.tensor([[1.0], [5.0]])
    >>> attention_pool(torch.tensor([0.0]), keys, values, torch.tensor([True, True]))
    (tensor([3.]), tensor([0.5000, 0.5000]))
    """
    weights = masked_softmax(keys @ query, mask)
    return (weights[..., None, :] @ values)[..., 0, :], weights


def query_gradient(
    query: Float[Tensor, " k"],
    keys: Float[Tensor, "*B T k"],
    values: Float[Tensor, "*B T m"],
    mask: Bool[Tensor, "*B T"],
    slope: Float[Tensor, "*B m"],
) -> Float[Tensor, " k"]:
    """∂L/∂q of ``attention_pool``, where ``slope`` is ∂L/∂out: Σ_t α_t (slope · (v_t - out)) k_t.

    A position moves the query by its key, as much as its value differs from what was read.
    Every sequence adds to the one gradient.

    >>> keys, values = torch.tensor([[0.0], [1.0]]), torch.tensor([[1.0], [5.0]])
    >>> both = torch.tensor([True, True])
    >>> query_gradient(torch.tensor([0.0]), keys, values, both, torch.tensor([1.0]))
    tensor([1.])
    """
    out, weights = attention_pool(query, keys, values, mask)
    better = ((values - out[..., None, :]) @ slope[..., None])[..., 0]
    return ((weights * better)[..., None] * keys).flatten(0, -2).sum(0)


class AttentionPooling(nn.Module):
    """u_t = tanh(W h_t + b), α = softmax(u_tᵀ q), s = Σ_t α_t h_t (Yang et al. 2016, eq. 5 to 7).

    ``m``: width of an annotation h_t, ``k``: of a key u_t. Parameters: ``W.weight`` (k, m) and
    ``W.bias`` (k) of a linear map, and the query ``q`` (k), which starts at zero: every position
    is read alike until training has found what to ask. (The paper calls it u_w and draws it.)

    >>> pool = AttentionPooling(m=2, k=3)
    >>> h, mask = torch.tensor([[1.0, 0.0], [3.0, 2.0]]), torch.tensor([True, True])
    >>> pool(h, mask).tolist(), pool.weights(h, mask).tolist()
    ([2.0, 1.0], [0.5, 0.5])
    """

    def __init__(self, m: int, k: int) -> None:
        super().__init__()
        self.W = nn.Linear(m, k)
        self.q = nn.Parameter(torch.zeros(k))

    def weights(
        self, annotations: Float[Tensor, "*B T m"], mask: Bool[Tensor, "*B T"]
    ) -> Float[Tensor, "*B T"]:
        """How much each position is read; True in ``mask`` may be read."""
        return masked_softmax(self.W(annotations).tanh() @ self.q, mask)

    def forward(
        self, annotations: Float[Tensor, "*B T m"], mask: Bool[Tensor, "*B T"]
    ) -> Float[Tensor, "*B m"]:
        """The annotations, averaged with their weights; zeros where nothing may be read."""
        return (self.weights(annotations, mask)[..., None, :] @ annotations)[..., 0, :]
