"""A history, read from where a candidate stands: weights that need not sum to one."""

import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn


def activated_sum(
    weights: Float[Tensor, "*B T"], history: Float[Tensor, "*B T d"], mask: Bool[Tensor, "*B T"]
) -> Float[Tensor, "*B d"]:
    """Σ_j w_j e_j over the items that are there: no division, so two items count twice.

    >>> items = torch.ones(3, 2)
    >>> activated_sum(torch.tensor([0.5, 0.5, 0.5]), items, torch.tensor([True, True, False]))
    tensor([1., 1.])
    """
    return ((weights * mask)[..., None, :] @ history)[..., 0, :]


class ActivationUnit(nn.Module):
    """w_j = vᵀ relu(W [e_j; c; e_j ⊙ c] + b) + a: how much item j says about candidate c.

    The local activation unit of Zhou et al. (2018), with one hidden layer, a plain ReLU and the
    product taken element by element. W (k, 3d), v (k).

    >>> unit = ActivationUnit(d=4, k=8)
    >>> unit(torch.ones(1, 4), torch.ones(1, 6, 4)).shape
    torch.Size([1, 6])
    """

    def __init__(self, d: int, k: int) -> None:
        super().__init__()
        self.W = nn.Linear(3 * d, k)
        self.v = nn.Linear(k, 1)

    def forward(
        self, candidate: Float[Tensor, "*B d"], history: Float[Tensor, "*B T d"]
    ) -> Float[Tensor, "*B T"]:
        c = candidate[..., None, :].expand_as(history)
        return self.v(self.W(torch.cat([history, c, history * c], -1)).relu())[..., 0]
