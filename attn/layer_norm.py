"""LayerNorm: every position's numbers are brought to mean 0 and variance 1, by themselves."""

import torch
from jaxtyping import Float
from torch import Tensor, nn


def layer_norm(
    X: Float[Tensor, "*B D"],
    gain: Float[Tensor, " D"],
    bias: Float[Tensor, " D"],
    eps: float = 1e-5,
) -> Float[Tensor, "*B D"]:
    """gain * (x - μ) / √(σ² + ε) + bias, with μ and σ² over the D numbers of one position.

    Ba, Kiros and Hinton 2016. σ² divides by D, not by D - 1; ε stands under the root, as PyTorch
    has it, so that a position whose numbers are all alike gives the bias and no nan.

    >>> layer_norm(torch.tensor([[1.0, 3.0], [5.0, 5.0]]), torch.ones(2), torch.zeros(2))
    tensor([[-1.0000,  1.0000],
            [ 0.0000,  0.0000]])
    """
    centred = X - X.mean(-1, keepdim=True)
    variance = centred.square().mean(-1, keepdim=True)
    return gain * centred / torch.sqrt(variance + eps) + bias


class LayerNorm(nn.Module):
    """``layer_norm`` with a learned gain, which starts at 1, and bias, which starts at 0.

    >>> LayerNorm(4)(torch.randn(2, 3, 4)).shape
    torch.Size([2, 3, 4])
    """

    def __init__(self, D: int, eps: float = 1e-5) -> None:
        super().__init__()
        self.gain = nn.Parameter(torch.ones(D))
        self.bias = nn.Parameter(torch.zeros(D))
        self.eps = eps

    def forward(self, X: Float[Tensor, "*B D"]) -> Float[Tensor, "*B D"]:
        return layer_norm(X, self.gain, self.bias, self.eps)

    @classmethod
    def from_torch(cls, theirs: nn.LayerNorm) -> "LayerNorm":
        """A ``LayerNorm`` with a copy of the weights of PyTorch's module.

        >>> LayerNorm.from_torch(nn.LayerNorm(3)).gain.shape
        torch.Size([3])
        """
        ours = cls(theirs.normalized_shape[-1], theirs.eps).to(theirs.weight)
        with torch.no_grad():
            ours.gain.copy_(theirs.weight)
            if theirs.bias is not None:
                ours.bias.copy_(theirs.bias)
        return ours
