"""RMSNorm: every position's numbers are divided by their root mean square; no mean is taken off.

LayerNorm without its mean and without its bias: T5's norm, and that of many later models.
"""

import torch
from jaxtyping import Float
from torch import Tensor, nn


def rms_norm(
    X: Float[Tensor, "*B D"], gain: Float[Tensor, " D"], eps: float = 1e-6
) -> Float[Tensor, "*B D"]:
    """gain * x / √(Σ x_d² / D + ε), over the D numbers of one position.

    Zhang and Sennrich 2019; ε under the root, as T5 has it.

    >>> rms_norm(torch.tensor([[1.0, 7.0]]), torch.ones(2))
    tensor([[0.2000, 1.4000]])
    """
    return gain * X / torch.sqrt(X.square().mean(-1, keepdim=True) + eps)


class RMSNorm(nn.Module):
    """``rms_norm`` with a learned gain, which starts at 1.

    >>> RMSNorm(4)(torch.randn(2, 3, 4)).shape
    torch.Size([2, 3, 4])
    """

    def __init__(self, D: int, eps: float = 1e-6) -> None:
        super().__init__()
        self.gain = nn.Parameter(torch.ones(D))
        self.eps = eps

    def forward(self, X: Float[Tensor, "*B D"]) -> Float[Tensor, "*B D"]:
        return rms_norm(X, self.gain, self.eps)
