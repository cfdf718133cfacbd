"""Clicks on things of which somebody has bought some before, and it matters how many."""

from typing import NamedTuple

import torch
from jaxtyping import Bool, Float, Int
from torch import Generator, Tensor

KINDS, EACH = 20, 5  # kinds of things, and things of a kind
SHORTEST, LONGEST = 4, 24


class Visits(NamedTuple):
    """Things as numbers (kind = number // 5), whether it was clicked, and how likely that was."""

    history: Int[Tensor, "B T"]
    mask: Bool[Tensor, "B T"]
    candidate: Int[Tensor, " B"]
    clicked: Float[Tensor, " B"]
    probability: Float[Tensor, " B"]

    def matching(self) -> Int[Tensor, " B"]:
        """How many things of the candidate's kind are in the history."""
        same = self.history // EACH == self.candidate[:, None] // EACH
        return (same & self.mask).sum(-1)


def click_probability(matching: Int[Tensor, "*B"]) -> Float[Tensor, "*B"]:
    """σ(1.5 n - 4): nobody wants what they never bought, and who bought it five times does.

    >>> click_probability(torch.tensor([0, 1, 2, 3, 4, 5]))
    tensor([0.0180, 0.0759, 0.2689, 0.6225, 0.8808, 0.9707])
    """
    return (1.5 * matching - 4).sigmoid()


def visits(n: int, generator: Generator) -> Visits:
    """n visits: 0 to 5 things of the candidate's kind among 4 to 24, in random places.

    >>> some = visits(3, Generator().manual_seed(0))
    >>> some.matching(), some.clicked
    (tensor([0, 1, 3]), tensor([0., 0., 1.]))
    """
    length = torch.randint(SHORTEST, LONGEST + 1, (n,), generator=generator)
    matching = torch.randint(6, (n,), generator=generator).minimum(length)
    candidate = torch.randint(KINDS * EACH, (n,), generator=generator)
    kind = candidate // EACH
    other = (kind[:, None] + torch.randint(1, KINDS, (n, LONGEST), generator=generator)) % KINDS
    mask = torch.arange(LONGEST) < length[:, None]
    # A random order of the places that exist; the first so many get the candidate's kind.
    order = torch.rand(n, LONGEST, generator=generator).where(mask, 2.0).argsort(-1).argsort(-1)
    which = torch.where(order < matching[:, None], kind[:, None], other)
    history = which * EACH + torch.randint(EACH, (n, LONGEST), generator=generator)
    probability = click_probability(matching)
    clicked = (torch.rand(n, generator=generator) < probability).float()
    return Visits(history * mask, mask, candidate, clicked, probability)
