"""Which query may see which key: True may attend."""

import torch
from jaxtyping import Bool, Int
from torch import Tensor


def padding_mask(lengths: Int[Tensor, "*B"], T: int) -> Bool[Tensor, "*B T"]:
    """True at the first ``lengths`` positions of T, False at the padding after them.

    >>> padding_mask(torch.tensor([1, 2]), 2)
    tensor([[ True, False],
            [ True,  True]])
    """
    return torch.arange(T, device=lengths.device) < lengths[..., None]


def causal_mask(Tq: int, Tk: int, device: torch.device | str = "cpu") -> Bool[Tensor, "Tq Tk"]:
    """Query i sees key j when j <= i + Tk - Tq, so that the last query sees every key.

    Aligning the *last* corner is what decoding with cached keys needs; for Tq = Tk it is the usual
    lower triangle.

    >>> causal_mask(2, 3)
    tensor([[ True,  True, False],
            [ True,  True,  True]])
    """
    return torch.ones(Tq, Tk, dtype=torch.bool, device=device).tril(diagonal=Tk - Tq)
