"""Grouped heads: several query heads read the keys and values of one."""

from jaxtyping import Bool, Float
from torch import Tensor

from attn.dot_product import scaled_dot_product_attention


def grouped_query_attention(
    Q: Float[Tensor, "*B H Tq d"],
    K: Float[Tensor, "*B Hkv Tk d"],
    V: Float[Tensor, "*B Hkv Tk dv"],
    mask: Bool[Tensor, "*#M #Tq #Tk"] | None = None,
) -> Float[Tensor, "*B H Tq dv"]:
    """Head h reads the keys and values of head h // (H / Hkv) (Ainslie et al. 2023).

    With Hkv = 1 all heads share one (multi-query, Shazeer 2019); with Hkv = H each has its own.
    Raises ``ValueError`` when Hkv does not divide H.

    >>> import torch
    >>> Q, K, V = torch.zeros(4, 1, 3), torch.zeros(2, 5, 3), torch.ones(2, 5, 1)
    >>> grouped_query_attention(Q, K, V).shape
    torch.Size([4, 1, 1])
    """
    H, Hkv = Q.shape[-3], K.shape[-3]
    if H % Hkv:
        raise ValueError(f"{H} query heads cannot share {Hkv} heads of keys evenly")
    # The queries of a group become more queries of one head: keys and values are read as they
    # are, not copied once a head, which would cost the memory that sharing saves.
    groups = (Hkv, H // Hkv)
    if mask is not None:
        mask = _for_groups(mask, groups, Tq=Q.shape[-2])
    out = scaled_dot_product_attention(Q.unflatten(-3, groups).flatten(-3, -2), K, V, mask)
    return out.unflatten(-2, (groups[1], -1)).flatten(-4, -3)


def _for_groups(
    mask: Bool[Tensor, "*#M #Tq #Tk"], groups: tuple[int, int], Tq: int
) -> Bool[Tensor, "*L nTq #Tk"]:
    if mask.ndim > 2 and mask.shape[-3] > 1:
        mask = mask.unflatten(-3, groups)
    else:
        mask = mask[..., None, :, :]
    return mask.expand(*mask.shape[:-3], groups[1], Tq, -1).flatten(-3, -2)
