"""One digit somewhere on a canvas of 32 by 32 pixels, among scraps of others."""

from functools import cache
from typing import NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Generator, Tensor

from attn.data.digits import SIDE, Digits, digits

SIZE = 32  # of a cluttered canvas, in pixels
SCRAPS, SCRAP, PALE = 4, 3, 0.8  # how many, their side, and how much of their ink is left


class Canvases(NamedTuple):
    """Pictures, which digit each holds, and the row and column of its middle, in pixels."""

    images: Float[Tensor, "n s s"]
    labels: Int[Tensor, " n"]
    centres: Float[Tensor, "n 2"]


def cluttered(source: Digits, n: int, generator: Generator, scraps: int = SCRAPS) -> Canvases:
    """n canvases of 32 by 32: a whole digit, and the middles of four others, all by chance.

    >>> some = cluttered(digits()[1], 2, Generator().manual_seed(0))
    >>> tuple(some.images.shape), some.labels.tolist()
    ((2, 32, 32), [4, 8])
    """
    images = torch.zeros(n, SIZE, SIZE)
    for _ in range(scraps):
        torn = source.images[_some(source, n, generator)][:, 2 : 2 + SCRAP, 3 : 3 + SCRAP]
        _paste(images, PALE * torn, generator)
    chosen = _some(source, n, generator)
    corners = _paste(images, source.images[chosen], generator)
    return Canvases(images, source.labels[chosen], corners + (SIDE - 1) / 2)


@cache
def held_out(n: int = 2000) -> Canvases:
    """Cluttered canvases of digits that no training saw, always the same."""
    return cluttered(digits()[1], n, Generator().manual_seed(7))


def _some(source: Digits, n: int, generator: Generator) -> Int[Tensor, " n"]:
    return torch.randint(len(source.images), (n,), generator=generator)


def _paste(
    images: Float[Tensor, "n s s"], pieces: Float[Tensor, "n k k"], generator: Generator
) -> Int[Tensor, "n 2"]:
    """Lays each piece somewhere on its image, where the darker of the two stays; says where."""
    (n, s, _), k = images.shape, pieces.shape[-1]
    corners = torch.randint(s - k + 1, (n, 2), generator=generator)
    rows, columns = (corners[:, axis, None] + torch.arange(k) for axis in (0, 1))
    place = torch.arange(n)[:, None, None], rows[:, :, None], columns[:, None, :]
    images[place] = torch.maximum(images[place], pieces)
    return corners
