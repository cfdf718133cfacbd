"""Attention rollout: what reaches a token, through all layers, if values were what is handed on.

Abnar and Zuidema 2020. It multiplies the weights of the layers, half of each for the residual
stream, and is exact for a model that has nothing else in it: no values, no norms, no feed-forward.
"""

import torch
from jaxtyping import Float
from torch import Tensor


def rollout(weights: Float[Tensor, "*B depth H T T"]) -> Float[Tensor, "*B T T"]:
    """How much of each input token (columns) there is in each output token (rows); rows sum to 1.

    Ã = A_L … A_2 A_1 with A_l = (mean over the heads of W_l + I) / 2. The first layer stands on
    the right: it reads the inputs.

    >>> looks_left = torch.tensor([[1.0, 0.0], [1.0, 0.0]])
    >>> rollout(torch.stack([looks_left, looks_left])[:, None])
    tensor([[1.0000, 0.0000],
            [0.7500, 0.2500]])
    """
    heads = weights.mean(-3)
    itself = torch.eye(heads.shape[-1], dtype=heads.dtype, device=heads.device)
    reached = itself.expand(*heads.shape[:-3], *itself.shape)
    for layer in heads.unbind(-3):
        reached = (layer + itself) / 2 @ reached
    return reached


def class_token_reads(
    weights: Float[Tensor, "*B depth H T T"],
) -> Float[Tensor, "*B N"]:
    """The rollout of the class token over the N patches, scaled to sum to 1.

    >>> uniform = torch.full((2, 1, 3, 3), 1 / 3)
    >>> class_token_reads(uniform)
    tensor([0.5000, 0.5000])
    """
    read = rollout(weights)[..., 0, 1:]
    return read / read.sum(-1, keepdim=True)
