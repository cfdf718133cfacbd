"""Reports in which some facts are marked, and their summaries: the marked facts, in order.

Some names are known, some are made up for one report and stand in no vocabulary: who cannot copy
cannot say them.
"""

from typing import NamedTuple

import torch
from jaxtyping import Int
from torch import Generator, Tensor

from attn.data.batch import Batch, pair
from attn.data.vocabulary import UNKNOWN, Vocabulary

MARK, STOP = "!", "."
KNOWN = ("ada", "ben", "cleo", "dario", "emma", "farid", "gina", "hugo")
VERBS = ("sold", "found", "lost", "bought", "painted", "broke")
THINGS = ("boat", "clock", "drum", "hat", "kite", "lamp", "ring", "vase")
SYLLABLES = ("ba", "do", "fi", "gu", "ke", "lo", "mi", "nu", "pe", "ra", "su", "ti", "vo", "zy")
VOCABULARY = Vocabulary((MARK, STOP, *KNOWN, *VERBS, *THINGS))


class Report(NamedTuple):
    """The words of a report and of its summary, and where in the report each of the latter is."""

    words: tuple[str, ...]
    summary: tuple[str, ...]
    places: tuple[int, ...]

    def strangers(self) -> list[str]:
        """The report's words that are in no vocabulary, each once, in order."""
        return list(dict.fromkeys(word for word in self.words if word not in VOCABULARY.numbers))


def report(generator: Generator, facts: int, strange: float = 0.5) -> Report:
    """``facts`` facts, some of them marked, at least one; ``strange``: the share of made-up names.

    >>> found = report(torch.Generator().manual_seed(2), facts=3)
    >>> " ".join(found.words)
    '! dario sold hat . ! hugo sold clock . tilo broke vase .'
    >>> " ".join(found.summary)
    'dario sold hat . hugo sold clock .'
    """

    def draw(n: int) -> int:
        return int(torch.randint(n, (), generator=generator))

    def name() -> str:
        if float(torch.rand((), generator=generator)) >= strange:
            return KNOWN[draw(len(KNOWN))]
        return "".join(SYLLABLES[draw(len(SYLLABLES))] for _ in range(2))

    marked = torch.rand(facts, generator=generator) < 0.5
    marked[draw(facts)] = True
    words: list[str] = []
    places: list[int] = []
    for chosen in marked.tolist():
        words += [MARK] if chosen else []
        fact = [name(), VERBS[draw(len(VERBS))], THINGS[draw(len(THINGS))], STOP]
        places += range(len(words), len(words) + len(fact)) if chosen else []
        words += fact
    return Report(tuple(words), tuple(words[i] for i in places), tuple(places))


def reports(n: int, shortest: int, longest: int, generator: Generator) -> list[Report]:
    """n reports, each of a number of facts drawn between the two, ends included."""
    lengths = torch.randint(shortest, longest + 1, (n,), generator=generator).tolist()
    return [report(generator, facts) for facts in lengths]


class Pointed(NamedTuple):
    """A batch whose numbers go beyond the vocabulary: V + i is the i-th stranger of its report.

    ``known`` is the source with every stranger as the unknown word: what an encoder can embed.
    """

    batch: Batch
    known: Int[Tensor, "B T"]
    size: int


def batch(items: list[Report]) -> Pointed:
    """Reports and summaries as numbers, padded.

    >>> batch([Report(("!", "zuzu", "sold"), ("zuzu", "sold"), (1, 2))]).batch.target.tolist()
    [[28, 14, 2]]
    """
    V, unknown = len(VOCABULARY), VOCABULARY.numbers[UNKNOWN]
    sources, targets = [], []
    for item in items:
        numbers = {word: V + i for i, word in enumerate(item.strangers())} | VOCABULARY.numbers
        sources.append([numbers[word] for word in item.words])
        targets.append([numbers[word] for word in item.summary])
    padded = pair(sources, targets)
    size = max(V, int(padded.source.max()) + 1)
    return Pointed(padded, padded.source.masked_fill(padded.source >= V, unknown), size)


def decode(numbers: list[int], item: Report) -> list[str]:
    """The words of a summary in numbers, strangers by the name that they have in the report.

    >>> decode([28, 14, 2], Report(("!", "zuzu", "sold"), ("zuzu", "sold"), (1, 2)))
    ['zuzu', 'sold']
    """
    return Vocabulary.decode(_with(item.strangers()), numbers)


def _with(strangers: list[str]) -> Vocabulary:
    extended = Vocabulary(())
    extended.words = [*VOCABULARY.words, *strangers]
    return extended
