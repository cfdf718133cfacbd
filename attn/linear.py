"""Linear attention: no softmax, so the values can be summed up before any query is known.

Katharopoulos et al. 2020 replace exp(q · k) by φ(q) · φ(k) with a positive φ. Then
Σ_j (φ(q) · φ(k_j)) v_j = φ(q) (Σ_j φ(k_j) v_jᵀ): the sum in brackets is d × dv numbers, for any T.
"""

from typing import NamedTuple

import torch
from jaxtyping import Bool, Float
from torch import Tensor
from torch.nn.functional import elu

from attn.masks import causal_mask


def positive_features(X: Float[Tensor, "*B T d"]) -> Float[Tensor, "*B T d"]:
    """φ(x) = elu(x) + 1: x + 1 above 0 and exp(x) below, so that no weight is negative.

    >>> positive_features(torch.tensor([[0.0, 1.0]]))
    tensor([[1., 2.]])
    """
    return elu(X) + 1


class Memory(NamedTuple):
    """All that linear attention keeps of the keys and values it has read, for any number of them.

    ``values`` (*B, d, dv) is Σ_j φ(k_j) v_jᵀ, ``total`` (*B, d) is Σ_j φ(k_j).
    """

    values: Tensor
    total: Tensor

    def plus(self, other: "Memory") -> "Memory":
        """What is remembered after both."""
        return Memory(self.values + other.values, self.total + other.total)


def written(
    K: Float[Tensor, "*B T d"],
    V: Float[Tensor, "*B T dv"],
    real: Bool[Tensor, "*#B T"] | None = None,
) -> Memory:
    """The memory of these keys and values; where ``real`` is False, nothing is written.

    >>> written(torch.zeros(2, 1), torch.tensor([[3.0], [5.0]]))
    Memory(values=tensor([[8.]]), total=tensor([2.]))
    """
    features = positive_features(K)
    if real is not None:
        features = features * real[..., None]
    return Memory(features.transpose(-1, -2) @ V, features.sum(-2))


def read(Q: Float[Tensor, "*B T d"], memory: Memory) -> Float[Tensor, "*B T dv"]:
    """φ(q)ᵀ values / φ(q)ᵀ total for every query; zeros where nothing was written.

    >>> read(torch.zeros(1, 1), Memory(torch.tensor([[8.0]]), torch.tensor([2.0])))
    tensor([[4.]])
    """
    features = positive_features(Q)
    return _share(features @ memory.values, features @ memory.total[..., None])


def linear_attention(
    Q: Float[Tensor, "*B Tq d"],
    K: Float[Tensor, "*B Tk d"],
    V: Float[Tensor, "*B Tk dv"],
    real: Bool[Tensor, "*#B Tk"] | None = None,
) -> Float[Tensor, "*B Tq dv"]:
    """Σ_j w_j v_j with w_j = φ(q) · φ(k_j) / Σ_i φ(q) · φ(k_i), in (Tq + Tk) d dv steps.

    The weights are never computed. No 1/√d: there is no softmax to saturate.

    >>> linear_attention(torch.zeros(1, 1), torch.zeros(2, 1), torch.tensor([[3.0], [5.0]]))
    tensor([[4.]])
    """
    return read(Q, written(K, V, real))


def causal_linear_attention(
    Q: Float[Tensor, "*B T d"],
    K: Float[Tensor, "*B T d"],
    V: Float[Tensor, "*B T dv"],
    block: int = 64,
) -> Float[Tensor, "*B T dv"]:
    """Query i reads the keys 0 … i, in T d (dv + block) steps.

    Within a block by a masked table of block × block, from what lies before it by the memory: a
    recurrent network's loop, T / block steps long.

    >>> V = torch.tensor([[3.0], [5.0]])
    >>> causal_linear_attention(torch.zeros(2, 1), torch.zeros(2, 1), V)
    tensor([[3.],
            [4.]])
    """
    memory = written(K[..., :0, :], V[..., :0, :])
    out = []
    for q, k, v in zip(*(X.split(block, dim=-2) for X in (Q, K, V)), strict=True):
        phi = positive_features(q)
        table = phi @ positive_features(k).transpose(-1, -2)
        table = table * causal_mask(*table.shape[-2:], device=Q.device)
        values = phi @ memory.values + table @ v
        total = phi @ memory.total[..., None] + table.sum(-1, keepdim=True)
        out.append(_share(values, total))
        memory = memory.plus(written(k, v))
    return torch.cat(out, -2)


def linear_attention_step(
    q: Float[Tensor, "*B d"], k: Float[Tensor, "*B d"], v: Float[Tensor, "*B dv"], memory: Memory
) -> tuple[Float[Tensor, "*B dv"], Memory]:
    """One token of a recurrent network: writes k and v, then reads; d × dv numbers of state.

    >>> nothing = Memory(torch.zeros(1, 1), torch.zeros(1))
    >>> linear_attention_step(torch.zeros(1), torch.zeros(1), torch.ones(1), nothing)[0]
    tensor([1.])
    """
    memory = memory.plus(written(k[..., None, :], v[..., None, :]))
    return read(q[..., None, :], memory)[..., 0, :], memory


def _share(values: Tensor, total: Tensor) -> Tensor:
    """values / total, and zeros where there is no total."""
    return values / total.masked_fill(total == 0, 1)
