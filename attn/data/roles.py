"""Who did it, to whom? Sentences, active and passive, in which the order of the words decides."""

from typing import NamedTuple

import torch
from jaxtyping import Bool, Int
from torch import Generator, Tensor

NOUNS = ("dog", "cat", "girl", "man", "bird")
ADJECTIVES = ("small", "old", "happy")
VERBS = ("chased", "followed", "helped", "watched")
WORDS = ("", "the", "a", "was", "by", *VERBS, *ADJECTIVES, *NOUNS)  # the first is padding
ROLES = ("doer", "receiver", "neither")
LONGEST = 9  # "the small dog was chased by the old man"


class Sentences(NamedTuple):
    """Words as numbers, padded with 0; which are words; and the role of each."""

    words: Int[Tensor, "B T"]
    real: Bool[Tensor, "B T"]
    roles: Int[Tensor, "B T"]

    def to(self, device: torch.device | str) -> "Sentences":
        """The same sentences on another device."""
        return Sentences(*(tensor.to(device) for tensor in self))


def roles(words: list[str]) -> list[str]:
    """The role of each word: nouns and what stands before them do or receive, the rest is neither.

    In the active voice the doer comes first; with "was … by", last.

    >>> roles("the dog was chased by a man".split())
    ['receiver', 'receiver', 'neither', 'neither', 'neither', 'doer', 'doer']
    """
    verb = next(i for i, word in enumerate(words) if word in VERBS)
    first, last = ("receiver", "doer") if "by" in words else ("doer", "receiver")
    return [
        "neither" if word in ("was", "by", *VERBS) else first if i < verb else last
        for i, word in enumerate(words)
    ]


def sentences(n: int, generator: Generator) -> Sentences:
    """n random sentences, half of them passive, about two different nouns.

    >>> s = sentences(1, torch.Generator().manual_seed(0))
    >>> " ".join(WORDS[w] for w in s.words[0]).strip()
    'a bird was watched by a dog'
    """

    def one(options: tuple[str, ...]) -> str:
        return options[int(torch.randint(len(options), (), generator=generator))]

    def phrase(noun: str) -> list[str]:
        adjective = [one(ADJECTIVES)] if one(("with", "without")) == "with" else []
        return [one(("the", "a")), *adjective, noun]

    def sentence() -> list[str]:
        order = torch.randperm(len(NOUNS), generator=generator)[:2].tolist()
        subject, other = (phrase(NOUNS[i]) for i in order)
        passive = one(("active", "passive")) == "passive"
        middle = ["was", one(VERBS), "by"] if passive else [one(VERBS)]
        return [*subject, *middle, *other]

    return encoded([sentence() for _ in range(n)])


def encoded(texts: list[list[str]]) -> Sentences:
    """Sentences of known words as numbers, with their roles. ``ValueError`` names an unknown word.

    >>> encoded([["the", "dog", "chased", "a", "cat"]]).roles
    tensor([[0, 0, 2, 1, 1, 2, 2, 2, 2]])
    """
    words = torch.zeros(len(texts), LONGEST, dtype=torch.long)
    answers = torch.full((len(texts), LONGEST), ROLES.index("neither"))
    for row, text in enumerate(texts):
        for i, (word, role) in enumerate(zip(text, roles(text), strict=True)):
            words[row, i] = WORDS.index(word)
            answers[row, i] = ROLES.index(role)
    return Sentences(words, words > 0, answers)
