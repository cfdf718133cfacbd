"""A stream of names and values with two kinds of question: how far back, and which came last."""

from collections.abc import Iterator
from typing import NamedTuple

import torch
from jaxtyping import Int
from torch import Generator, Tensor

NAMES = 4
VALUES = 10
BACK = 4  # how far back the first question looks
NOTHING = -100  # there is no answer here: torch's losses skip it


class Stream(NamedTuple):
    """At each position a name is given a value, and another name is asked about.

    ``back`` is the value ``BACK`` positions before; ``latest`` the value that the name asked about
    was given most recently. Both are ``NOTHING`` where nothing has been said yet.
    """

    names: Int[Tensor, "B T"]
    values: Int[Tensor, "B T"]
    asked: Int[Tensor, "B T"]
    back: Int[Tensor, "B T"]
    latest: Int[Tensor, "B T"]

    def to(self, device: torch.device | str) -> "Stream":
        """The same stream on another device."""
        return Stream(*(tensor.to(device) for tensor in self))


def stream(n: int, T: int, generator: Generator) -> Stream:
    """n random streams of T positions. Nobody is asked about the name that was just given a value.

    >>> s = stream(1, 9, torch.Generator().manual_seed(0))
    >>> s.back[0, BACK:].tolist() == s.values[0, :-BACK].tolist()
    True
    """
    names = torch.randint(NAMES, (n, T), generator=generator)
    values = torch.randint(VALUES, (n, T), generator=generator)
    asked = (names + torch.randint(1, NAMES, (n, T), generator=generator)) % NAMES
    back = torch.full((n, T), NOTHING)
    back[:, BACK:] = values[:, : T - BACK]
    held = torch.full((n, NAMES), NOTHING)
    latest = torch.empty_like(values)
    for t in range(T):
        latest[:, t] = held.gather(1, asked[:, t : t + 1])[:, 0]
        held.scatter_(1, names[:, t : t + 1], values[:, t : t + 1])
    return Stream(names, values, asked, back, latest)


def streams(n: int, T: int, steps: int, generator: Generator) -> Iterator[Stream]:
    """``steps`` batches of n streams."""
    for _ in range(steps):
        yield stream(n, T, generator)
