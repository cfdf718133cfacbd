"""English to generated French, and where each model looks: scored against gold alignments."""

from copy import deepcopy
from typing import NamedTuple

import torch
from torch import Generator

from attn.alignment import Pair, alignment_error_rate, most_read_pairs
from attn.data.batch import Batch, pair
from attn.data.translation import AFTER, BEFORE, NOUNS, VERBS, Translation, corpus
from attn.data.vocabulary import Vocabulary
from attn.experiments.reversal import build, loss
from attn.seq2seq import Seq2Seq, sequence_accuracy
from attn.train import train

STEPS = 600
TRAINED, HELD_OUT = 4000, 400

_NOUNS = {word for noun in NOUNS for word in (noun.un, noun.des)}
_ADJECTIVES = {
    word for adjective in BEFORE + AFTER for word in (*adjective.forms, adjective.before_vowel)
}
_VERBS = {word for verb in VERBS for word in (verb.mange, verb.mangent)}


class Task(NamedTuple):
    """Sentences to learn from, sentences to be asked about, and the words of both languages."""

    training: list[Translation]
    test: list[Translation]
    english: Vocabulary
    french: Vocabulary

    def batch(self, sentences: list[Translation]) -> Batch:
        """Sentences as numbers of words, padded."""
        return pair(
            [self.english.encode(s.english) for s in sentences],
            [self.french.encode(s.french) for s in sentences],
        )


def task(seed: int = 0) -> Task:
    """The corpus of every run: 4,000 sentences to learn from, 400 others to be asked about."""
    sentences = corpus(TRAINED + HELD_OUT, Generator().manual_seed(seed))
    english = Vocabulary(sorted({word for s in sentences for word in s.english}))
    french = Vocabulary(sorted({word for s in sentences for word in s.french}))
    return Task(sentences[:TRAINED], sentences[TRAINED:], english, french)


def learn(attention: str, seed: int, of: Task, steps: int = STEPS) -> Seq2Seq:
    """A model trained on 64 random sentences at a step.

    >>> model = learn("additive", 0, task(), steps=1)
    """
    model = build(attention, seed, len(of.english), len(of.french))
    generator = Generator().manual_seed(seed)

    def draws():
        for _ in range(steps):
            chosen = torch.randint(len(of.training), (64,), generator=generator)
            yield of.batch([of.training[i] for i in chosen.tolist()])

    train(model, draws(), loss, lr=4e-3)
    return model


def exact(model: Seq2Seq, of: Task) -> float:
    """The share of held-out sentences whose French is right word for word."""
    batch = of.batch(of.test)
    written, _ = model.greedy(batch.source, batch.source_lengths, batch.target.shape[1])
    return sequence_accuracy(written, batch.target)


def found_pairs(model: Seq2Seq, of: Task) -> set[Pair]:
    """(sentence, French, English): what each word of the right French reads most.

    In double precision, for the reason given in ``reversal.pointing``.
    """
    batch = of.batch(of.test)
    with torch.no_grad():
        _, weights = deepcopy(model).double()(batch.source, batch.source_lengths, batch.target)
    return {
        (n, i, j)
        for n, sentence in enumerate(of.test)
        for i, j in most_read_pairs(weights[n, : len(sentence.french), : len(sentence.english)])
    }


def kind(word: str) -> str:
    """What a French word of this grammar is.

    >>> [kind(word) for word in ("du", "chat", "noir", "ne", "voit", "pas")]
    ['article', 'noun', 'adjective', 'negation', 'verb', 'negation']
    """
    if word in _NOUNS:
        return "noun"
    if word in _ADJECTIVES:
        return "adjective"
    if word in _VERBS:
        return "verb"
    return "negation" if word in ("ne", "n'", "pas") else "article"


def read_by_kind(found: set[Pair], of: Task) -> dict[str, float]:
    """The share of each kind of word that reads a possible partner.

    And under ``"article's noun"``, the share of articles that read the noun they stand before.
    """
    hits: dict[str, list[bool]] = {}
    for n, i, j in sorted(found):
        sentence = of.test[n]
        what = kind(sentence.french[i])
        hits.setdefault(what, []).append((i, j) in sentence.possible)
        if what == "article":
            noun = next(
                k for k in range(i, len(sentence.french)) if kind(sentence.french[k]) == "noun"
            )
            hits.setdefault("article's noun", []).append((noun, j) in sentence.sure)
    return {what: sum(right) / len(right) for what, right in hits.items()}


def diagonal_pairs(of: Task) -> set[Pair]:
    """What no model is needed for: the i-th French word reads the i-th English one, stretched."""
    return {
        (n, i, round(i * (len(s.english) - 1) / max(len(s.french) - 1, 1)))
        for n, s in enumerate(of.test)
        for i in range(len(s.french))
    }


def gold_pairs(of: Task) -> set[Pair]:
    """One gold partner a French word, a sure one where there is one.

    No model that reads one word at a time errs less: "du" surely stands for two.
    """
    return {
        (n, *pair)
        for n, s in enumerate(of.test)
        for pair in (dict(s.possible) | dict(s.sure)).items()
    }


def error_rate(found: set[Pair], of: Task) -> float:
    """The alignment error rate over all held-out sentences."""
    sure = {(n, *pair) for n, s in enumerate(of.test) for pair in s.sure}
    possible = {(n, *pair) for n, s in enumerate(of.test) for pair in s.possible}
    return alignment_error_rate(found, sure, possible)
