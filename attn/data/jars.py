"""Spice jars on a shelf: a set of pairs, and two questions about it at once."""

from typing import NamedTuple

import torch
from jaxtyping import Int
from torch import Generator, Tensor

SPICES = (
    "anise", "basil", "clove", "cumin", "dill", "fennel",
    "ginger", "mace", "mint", "pepper", "sage", "thyme",
)  # fmt: skip
COUNTS, JARS = 10, 8


class Shelves(NamedTuple):
    """n shelves with eight jars of different spices each, and two questions about each shelf."""

    spice: Int[Tensor, "n 8"]
    count: Int[Tensor, "n 8"]
    where: Int[Tensor, "n 2"]  # the places of the two jars that are asked for

    @property
    def asked(self) -> Int[Tensor, "n 2"]:
        """The spices asked for: how many spoons are in the first, and how many in the second?"""
        return self.spice.gather(1, self.where)

    @property
    def answer(self) -> Int[Tensor, "n 2"]:
        """How many spoons there are in the two jars."""
        return self.count.gather(1, self.where)


def shelves(n: int, generator: Generator) -> Shelves:
    """n random shelves: no spice twice, 0 to 9 spoons in a jar, two different jars asked for.

    >>> shelf = shelves(1, torch.Generator().manual_seed(0))
    >>> [SPICES[i] for i in shelf.spice[0, :3]], shelf.count[0, :3].tolist()
    (['clove', 'cumin', 'dill'], [6, 9, 8])
    >>> shelf.asked.tolist(), shelf.answer.tolist()
    ([[0, 4]], [[3, 8]])
    """
    spice = torch.rand(n, len(SPICES), generator=generator).argsort(1)[:, :JARS]
    count = torch.randint(COUNTS, (n, JARS), generator=generator)
    where = torch.rand(n, JARS, generator=generator).argsort(1)[:, :2]
    return Shelves(spice, count, where)
