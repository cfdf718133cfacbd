"""Dates as people write them into dates as machines want them: how soon is it learned?"""

import torch
from torch import Generator

from attn.data.dates import ISO_LENGTH, VOCABULARY, Date, batch, dates
from attn.experiments.reversal import build, loss
from attn.seq2seq import Seq2Seq, sequence_accuracy
from attn.train import History, train

STEPS, EVERY = 300, 100
TRAINED, HELD_OUT = 19_000, 1000


def task(seed: int = 0) -> tuple[list[Date], list[Date]]:
    """19,000 dates to learn from and 1,000 others to be asked about; the same in every run."""
    all_dates = dates(TRAINED + HELD_OUT, Generator().manual_seed(seed))
    return all_dates[:TRAINED], all_dates[TRAINED:]


def exact(model: Seq2Seq, items: list[Date]) -> float:
    """The share of dates that greedy decoding gets right to the last character."""
    asked = batch(items)
    written, _ = model.greedy(asked.source, asked.source_lengths, ISO_LENGTH + 1)
    return sequence_accuracy(written, asked.target)


def learn(
    attention: str,
    seed: int,
    training: list[Date],
    test: list[Date],
    steps: int = STEPS,
    every: int = EVERY,
) -> tuple[Seq2Seq, History]:
    """A model trained on 64 dates a step, and its exact matches on the way (``"exact"``).

    >>> training, test = [dates(4, Generator().manual_seed(seed)) for seed in range(2)]
    >>> model, history = learn("none", 0, training, test, steps=1)
    >>> history.last("exact")
    0.0
    """
    model = build(attention, seed, len(VOCABULARY), len(VOCABULARY))
    generator = Generator().manual_seed(seed)

    def draws():
        for _ in range(steps):
            chosen = torch.randint(len(training), (64,), generator=generator)
            yield batch([training[i] for i in chosen.tolist()])

    history = train(
        model,
        draws(),
        loss,
        lr=3e-3,
        measure=lambda m: {"exact": round(exact(m, test), 4)},
        every=every,
    )
    return model, history


def year_found(model: Seq2Seq, items: list[Date], within: int = 0) -> float:
    """How often a digit of the year is written while reading at most ``within`` characters off it.

    The last two digits only: 19 and 20, which begin every year here, can be told from those.
    """
    asked = batch(items)
    with torch.no_grad():
        _, weights = model(asked.source, asked.source_lengths, asked.target)
    right = torch.tensor([item.year_at for item in items])
    off = (weights[:, :4].argmax(-1) - right).abs()[:, 2:]
    return (off <= within).double().mean().item()
