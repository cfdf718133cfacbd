"""Does attention pooling help a classifier of sentences? Models, training, measurements."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import log
from typing import Any

import torch
from torch import Generator

from attn.classifier import Classifier, accuracy, verdict_loss
from attn.data import sentiment
from attn.data.sentiment import Sentence, Split
from attn.highlights import agreement, buried
from attn.train import seeded, train

SET_ASIDE = 200
BURIED = (0, 1, 2, 4, 8)


@dataclass(frozen=True)
class Regime:
    """A model and how it is trained; the pooling comes on top.

    ``width`` of a word, ``m`` of an annotation, ``k`` of a key; ``size`` of a batch; words that
    stand in training less often than ``rare`` are unknown words.
    """

    cell: str
    bidirectional: bool
    width: int
    m: int
    dropout: float
    word_dropout: float
    lr: float
    decay: float
    epochs: int
    size: int = 50
    k: int = 32
    rare: int = 1


# Near the well-known example: nothing is chosen, all is as it was found there or nearly so.
SMALL = Regime("lstm", False, 32, 100, 0.3, 0.0, 2e-3, 0.0, 10)
# With regularisation: the set-aside sentences choose one of these.
CANDIDATES = {
    "dropout .3, 10 epochs": Regime("gru", True, 64, 128, 0.3, 0.0, 2e-3, 1e-3, 10),
    "dropout .5, word dropout .15, 15 epochs": Regime(
        "gru", True, 64, 128, 0.5, 0.15, 2e-3, 1e-3, 15
    ),
    "a quarter of the width, rare words unknown, 20 epochs": Regime(
        "gru", True, 16, 32, 0.4, 0.1, 3e-3, 1e-2, 20, k=8, rare=3
    ),
}


def here() -> str:
    """The corpus that this machine has: "uci", or else "generated"."""
    return "uci" if sentiment.sentences().origin.startswith("UCI") else "generated"


def corpus(name: str) -> tuple[list[Sentence], list[Sentence]]:
    """The sentences of the experiment, and those set aside for choosing a setting.

    ``LookupError`` where the UCI sentences are asked for and not here.

    >>> len(corpus("generated")[0])
    1000
    """
    if name == "generated":
        return sentiment.generated(1000, Generator().manual_seed(0)), []
    if here() != "uci":
        raise LookupError("the UCI sentences are not here: run attn.data.sentiment.download()")
    found = sentiment.sentences().sentences
    order = torch.randperm(len(found), generator=Generator().manual_seed(0)).tolist()
    chosen = [found[i] for i in order]
    return chosen[SET_ASIDE:], chosen[:SET_ASIDE]


def learn(name: str, regime: Regime, pool: str, seed: int) -> tuple[Classifier, Split]:
    """A model trained on the split of a seed, and that split: one run of the benchmark.

    >>> from dataclasses import replace
    >>> model, split = learn("generated", replace(SMALL, epochs=1, m=8), "mean", seed=0)
    >>> len(split.test.positive)
    200
    """
    split, generator = splits(corpus(name)[0], seed, regime.rare)
    return fit(split, regime, pool, seed, generator), split


def fit(split: Split, regime: Regime, pool: str, seed: int, generator: Generator) -> Classifier:
    """One model, trained on the training part of a split; all its chance comes from the seed."""
    with seeded(seed):
        model = Classifier(
            len(split.vocabulary),
            regime.width,
            regime.m,
            pool,
            regime.cell,
            regime.bidirectional,
            regime.dropout,
            regime.k,
        )
        optimiser = torch.optim.AdamW(model.parameters(), regime.lr, weight_decay=regime.decay)
        steps = sentiment.batches(
            split.train, regime.size, regime.epochs, generator, regime.word_dropout
        )
        train(model, steps, verdict_loss, optimiser=optimiser, clip=None)
    return model


def splits(sentences: list[Sentence], seed: int, rare: int = 1) -> tuple[Split, Generator]:
    """The split of a seed, and the generator that goes on to shuffle its batches."""
    generator = Generator().manual_seed(seed)
    return sentiment.split(sentences, generator, rare=rare), generator


def unpadded(split: Split) -> Split:
    """The split in which padding passes for words: every length is that of the longest."""
    longest = split.train.tokens.shape[1]

    def blind(data: sentiment.Labelled) -> sentiment.Labelled:
        tokens = torch.nn.functional.pad(data.tokens, (0, longest - data.tokens.shape[1]))
        tokens = tokens[:, :longest]
        return data._replace(tokens=tokens, lengths=torch.full_like(data.lengths, longest))

    return split._replace(train=blind(split.train), test=blind(split.test))


@torch.no_grad()
def measured(model: Classifier, split: Split, pool: str) -> dict[str, Any]:
    """What a trained model is asked: accuracy, also with the sentence buried, and its weights."""
    found: dict[str, Any] = {"accuracy": accuracy(model, split.test)}
    for clauses in BURIED[1:]:
        rng = Generator().manual_seed(clauses)
        found[f"buried {clauses}"] = accuracy(
            model, buried(split.test, split.vocabulary, clauses, rng)
        )
    if pool == "attention":
        found |= agreement(model, split.test)
    return found


def count_words(train: Sequence[Sentence], test: Sequence[Sentence], pairs: bool) -> float:
    """The accuracy of naive Bayes, a rival without any network.

    A word, with ``pairs`` also two words in a row, speaks for praise as much as it is commoner in
    praise, log p(word | praise) / p(word | complaint) with one added to each count; a sentence is
    praise where the sum is above 0.

    >>> said = [Sentence(("good",), True), Sentence(("bad",), False)]
    >>> count_words(said, said, pairs=False)
    1.0
    """

    def features(sentence: Sentence) -> set[Any]:
        words = sentence.words
        return {*words, *(pairwise(words) if pairs else ())}

    counts = {True: Counter(), False: Counter()}
    for sentence in train:
        counts[sentence.positive].update(features(sentence))
    known = set(counts[True]) | set(counts[False])
    total = {label: sum(counts[label].values()) + len(known) for label in counts}

    def says(feature: Any) -> float:
        share = [(counts[label][feature] + 1) / total[label] for label in (True, False)]
        return log(share[0] / share[1])

    praise = sum(sentence.positive for sentence in train)
    prior = log(praise / (len(train) - praise))
    right = [
        (prior + sum(says(f) for f in features(sentence) & known) > 0) == sentence.positive
        for sentence in test
    ]
    return sum(right) / len(right)
