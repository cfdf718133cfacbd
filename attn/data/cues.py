"""Remarks in which one word decides whether they praise, and everybody knows which word it is."""

from typing import NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Generator, Tensor

PRAISE = ("wonderful", "moving", "clever", "warm", "bright")
BLAME = ("dreadful", "clumsy", "dull", "tired", "hollow")
_TEXT = """
the a film plot cast score scene ending story actor camera script music is was with
and of in on for from this that one two long short old new french quiet second last first
whole half after before about between evening city train letter sister river winter
"""
FILLERS = tuple(_TEXT.split())
WORDS = ("", *FILLERS, *PRAISE, *BLAME)  # the first is padding
SHORTEST, LONGEST = 6, 14
CLASSES = ("blame", "praise")


class Remarks(NamedTuple):
    """Words as numbers, padded with 0; lengths; 1 for praise; and where the cue stands."""

    tokens: Int[Tensor, "B T"]
    lengths: Int[Tensor, " B"]
    praise: Float[Tensor, " B"]
    cue: Int[Tensor, " B"]

    def to(self, device: torch.device | str) -> "Remarks":
        """The same remarks on another device."""
        return Remarks(*(tensor.to(device) for tensor in self))

    def texts(self) -> list[list[str]]:
        """The words of each remark, without padding."""
        rows = zip(self.tokens.tolist(), self.lengths.tolist(), strict=True)
        return [[WORDS[t] for t in row[:n]] for row, n in rows]


def remarks(n: int, generator: Generator, wrong: float = 0.0) -> Remarks:
    """n remarks: random fillers, and in a random place one cue, of praise in half of them.

    ``wrong``: the share of remarks that are given the other label, as by a careless annotator.

    >>> said = remarks(4, torch.Generator().manual_seed(2))
    >>> [text[i] for text, i in zip(said.texts(), said.cue.tolist(), strict=True)], said.praise
    (['clumsy', 'dull', 'clumsy', 'moving'], tensor([0., 0., 0., 1.]))
    """
    fillers = 1 + torch.randint(len(FILLERS), (n, LONGEST), generator=generator)
    lengths = torch.randint(SHORTEST, LONGEST + 1, (n,), generator=generator)
    praise = torch.randint(2, (n,), generator=generator)
    cue = (torch.rand(n, generator=generator) * lengths).long()
    which = torch.randint(len(PRAISE), (n,), generator=generator)
    first = 1 + len(FILLERS)
    word = first + which + len(PRAISE) * (1 - praise)
    tokens = fillers.scatter(1, cue[:, None], word[:, None])
    tokens = tokens * (torch.arange(LONGEST) < lengths[:, None])
    turned = torch.rand(n, generator=generator) < wrong
    return Remarks(tokens, lengths, (praise ^ turned.long()).float(), cue)
