"""Handwritten digits of eight by eight pixels, grids of nine of them, and canvases with clutter.

The digits are scikit-learn's: 1,797 of the test set of the "Optical Recognition of Handwritten
Digits" of the UCI repository (Alpaydin and Kaynak 1998).
"""

from functools import cache
from typing import NamedTuple

import torch
from jaxtyping import Bool, Float, Int
from torch import Generator, Tensor

SIDE = 8  # of a digit, in pixels
CELLS = 9  # of a grid, three by three, row by row


class Digits(NamedTuple):
    """Images with ink from 0 to 1, and which digit each one is."""

    images: Float[Tensor, "n 8 8"]
    labels: Int[Tensor, " n"]


class Grids(NamedTuple):
    """Grids of nine digits, which digits they are, and the cell that is asked for."""

    cells: Float[Tensor, "n 9 8 8"]
    labels: Int[Tensor, "n 9"]
    asked: Int[Tensor, " n"]

    @property
    def answer(self) -> Int[Tensor, " n"]:
        """The digit in the cell that is asked for."""
        return self.labels.gather(-1, self.asked[:, None])[:, 0]

    def to(self, device: torch.device) -> "Grids":
        """The same on another device."""
        return Grids(*(part.to(device) for part in self))


@cache
def digits() -> tuple[Digits, Digits]:
    """Those to learn from, three in four, and those to be tested on; the same split every time.

    >>> train, test = digits()
    >>> tuple(train.images.shape), tuple(test.images.shape)
    ((1347, 8, 8), (450, 8, 8))
    """
    from sklearn.datasets import load_digits  # takes a second to import
    from sklearn.model_selection import train_test_split

    images, labels = load_digits(return_X_y=True)
    parts = train_test_split(images / 16, labels, test_size=0.25, random_state=0, stratify=labels)
    x_train, x_test, y_train, y_test = (torch.from_numpy(part) for part in parts)

    def shaped(x: Tensor, y: Tensor) -> Digits:
        return Digits(x.float().reshape(-1, SIDE, SIDE), y.long())

    return shaped(x_train, y_train), shaped(x_test, y_test)


def grids(source: Digits, n: int, generator: Generator) -> Grids:
    """n grids of digits drawn from ``source``, and a cell of each, all by chance.

    >>> some = grids(digits()[1], 2, Generator().manual_seed(0))
    >>> tuple(some.cells.shape), tuple(some.asked.shape)
    ((2, 9, 8, 8), (2,))
    """
    chosen = torch.randint(len(source.images), (n, CELLS), generator=generator)
    asked = torch.randint(CELLS, (n,), generator=generator)
    return Grids(source.images[chosen], source.labels[chosen], asked)


class Canvases(NamedTuple):
    """Canvases of 16 x 16 with one digit among clutter, which digit, and which patches hold it."""

    images: Float[Tensor, "n 1 16 16"]
    labels: Int[Tensor, " n"]
    inside: Bool[Tensor, "n 16"]

    def to(self, device: torch.device) -> "Canvases":
        """The same on another device."""
        return Canvases(*(part.to(device) for part in self))


def canvases(source: Digits, n: int, generator: Generator) -> Canvases:
    """n canvases of four by four cells, each cell of four by four pixels.

    A whole digit fills two by two of the cells, at one of nine places. Each of the other twelve
    cells is left empty or holds a quarter of some digit, one as likely as the other.

    >>> some = canvases(digits()[1], 2, Generator().manual_seed(0))
    >>> tuple(some.images.shape), some.inside.sum(-1).tolist()
    ((2, 1, 16, 16), [4, 4])
    """

    def draw(below: int, *shape: int) -> Tensor:
        return torch.randint(below, shape, generator=generator)

    quarters = source.images.unflatten(-1, (2, 4)).unflatten(-3, (2, 4)).transpose(-3, -2)
    whose, rows, columns, there = draw(len(quarters), n, 4, 4), *(draw(2, n, 4, 4) for _ in "rcx")
    cells = quarters[whose, rows, columns] * there[..., None, None]
    digit, top, left = draw(len(quarters), n), draw(3, n), draw(3, n)
    inside = torch.zeros(n, 4, 4, dtype=torch.bool)
    for row in range(2):
        for column in range(2):
            place = torch.arange(n), top + row, left + column
            cells[place] = quarters[digit, row, column]
            inside[place] = True
    images = cells.transpose(-3, -2).reshape(n, 1, 16, 16)
    return Canvases(images, source.labels[digit], inside.flatten(1))
