"""Which query may see which key: True may attend.

PyTorch has this polarity in ``scaled_dot_product_attention`` and the other one in
``nn.MultiheadAttention`` and ``nn.Transformer``: ``may_not_attend`` turns ours into theirs.
"""

import torch
from jaxtyping import Bool, Float, Int
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


def combined_mask(real: Bool[Tensor, "*B Tk"], Tq: int) -> Bool[Tensor, "*B Tq Tk"]:
    """Query i sees key j when key j is ``real``, not padding, and j <= i + Tk - Tq.

    With padding on the left, as for decoding in a batch, the first queries see no key at all.

    >>> combined_mask(torch.tensor([True, True, False]), Tq=2)
    tensor([[ True,  True, False],
            [ True,  True, False]])
    """
    return real[..., None, :] & causal_mask(Tq, real.shape[-1], device=real.device)


def may_not_attend(mask: Bool[Tensor, "*B"]) -> Bool[Tensor, "*B"]:
    """The other polarity, True may *not* attend: what ``nn.MultiheadAttention`` takes.

    >>> may_not_attend(torch.tensor([True, False]))
    tensor([False,  True])
    """
    return ~mask


def additive_mask(
    mask: Bool[Tensor, "*B"], dtype: torch.dtype = torch.float32
) -> Float[Tensor, "*B"]:
    """Numbers to add to the scores: 0 where ``mask`` is True, -inf elsewhere.

    Both polarities of PyTorch take such a mask, and mean the same by it.

    >>> additive_mask(torch.tensor([True, False]))
    tensor([0., -inf])
    """
    return torch.zeros(mask.shape, dtype=dtype, device=mask.device).masked_fill(~mask, -torch.inf)
