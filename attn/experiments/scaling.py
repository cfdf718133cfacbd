"""What the divisor of the scores does to training: a look-up of records, and reversal.

``DIVISORS`` names how scores are divided; ``STARTS`` how long queries and keys are at first.
"""

from collections.abc import Callable, Iterator
from math import sqrt
from typing import NamedTuple

import torch
from jaxtyping import Bool, Float, Int
from torch import Generator, Tensor, nn
from torch.nn.functional import cross_entropy

from attn.data.sequences import VOCABULARY, batches, reversal
from attn.dot_product import dot_product_scores, dot_product_weights
from attn.experiments import reversal as plain
from attn.seq2seq import Decoder, Encoder, Seq2Seq
from attn.softmax import masked_softmax
from attn.train import seeded, train

COLOURS, NUMBERS, T = 40, 10, 16
STEPS = 600
DIVISORS: dict[str, Callable[[int], float]] = {"none": lambda d: 1.0, "root": sqrt, "d": float}
# The standard deviation of each number in a query or a key before training. From "small", the
# undivided scores have variance 1.
STARTS: dict[str, Callable[[int], float]] = {"unit": lambda d: 1.0, "small": lambda d: d**-0.25}


class Records(NamedTuple):
    """T records a row, each a colour and a number; ``asked`` is the colour of one of them."""

    colours: Int[Tensor, "n T"]
    numbers: Int[Tensor, "n T"]
    asked: Int[Tensor, " n"]
    right: Int[Tensor, " n"]  # where that record stands

    def answer(self) -> Int[Tensor, " n"]:
        """The number of the record that was asked for."""
        return self.numbers[torch.arange(len(self.right)), self.right]


def records(n: int, generator: Generator) -> Records:
    """Rows of records whose colours all differ, with a question each.

    >>> rows = records(5, torch.Generator().manual_seed(0))
    >>> rows.colours.shape, rows.answer().shape
    (torch.Size([5, 16]), torch.Size([5]))
    """
    colours = torch.rand(n, COLOURS, generator=generator).argsort(-1)[:, :T]
    numbers = torch.randint(NUMBERS, (n, T), generator=generator)
    right = torch.randint(T, (n,), generator=generator)
    return Records(colours, numbers, colours[torch.arange(n), right], right)


class Lookup(nn.Module):
    """One query a row over the row's records: a table of queries, one of keys, one of values."""

    def __init__(self, d: int, divisor: str, start: str = "unit") -> None:
        super().__init__()
        self.temperature = DIVISORS[divisor](d)
        self.query, self.key = nn.Embedding(COLOURS, d), nn.Embedding(COLOURS, d)
        for table in (self.query, self.key):
            nn.init.normal_(table.weight, std=STARTS[start](d))
        self.value, self.out = nn.Embedding(NUMBERS, 32), nn.Linear(32, NUMBERS)

    def weights(self, rows: Records) -> Float[Tensor, "n T"]:
        Q, K = self.query(rows.asked)[:, None], self.key(rows.colours)
        return dot_product_weights(Q, K, temperature=self.temperature)[:, 0]

    def forward(self, rows: Records) -> Float[Tensor, "n numbers"]:
        return self.out((self.weights(rows)[:, None] @ self.value(rows.numbers))[:, 0])


def loss(model: Lookup, rows: Records) -> Float[Tensor, ""]:
    """The cross-entropy of the number that was asked for."""
    return cross_entropy(model(rows), rows.answer())


def _stream(seed: int, steps: int) -> Iterator[Records]:
    generator = torch.Generator().manual_seed(seed)
    return (records(128, generator) for _ in range(steps))


def learn(
    d: int, divisor: str, start: str, seed: int, steps: int = STEPS
) -> dict[str, list[float]]:
    """Trains a look-up with Adam; what it can do before, and after every 100 steps.

    ``right``: the share of 2,000 new questions answered; ``pointing``: how often the largest weight
    is on the record that was asked for; ``largest``: that weight's mean.

    >>> learn(4, "root", "unit", seed=0, steps=1)["right"][0] < 0.5
    True
    """
    with seeded(seed):
        model = Lookup(d, divisor, start)
    test = records(2000, torch.Generator().manual_seed(10_000 + seed))

    def measure(model: Lookup) -> dict[str, float]:
        weights = model.weights(test)
        return {
            "right": (model(test).argmax(-1) == test.answer()).double().mean().item(),
            "pointing": (weights.argmax(-1) == test.right).double().mean().item(),
            "largest": weights.amax(-1).double().mean().item(),
        }

    with torch.no_grad():
        before = measure(model)
    history = train(model, _stream(seed, steps), loss, lr=3e-3, clip=None, measure=measure)
    return {
        name: [round(value, 4), *(round(x, 4) for _, x in history.measured[name])]
        for name, value in before.items()
    }


class ScaledAttention(nn.Module):
    """A decoder's state asks an encoder's annotations through two projections of width d."""

    def __init__(self, n: int, m: int, d: int, divisor: str) -> None:
        super().__init__()
        self.query, self.key = nn.Linear(n, d, bias=False), nn.Linear(m, d, bias=False)
        self.temperature = DIVISORS[divisor](d)

    def scores(
        self, state: Float[Tensor, "*B n"], annotations: Float[Tensor, "*B T m"]
    ) -> Float[Tensor, "*B T"]:
        Q = self.query(state)[..., None, :] / self.temperature
        return dot_product_scores(Q, self.key(annotations))[..., 0, :]

    def forward(
        self,
        state: Float[Tensor, "*B n"],
        annotations: Float[Tensor, "*B T m"],
        mask: Bool[Tensor, "*B T"],
    ) -> tuple[Float[Tensor, "*B m"], Float[Tensor, "*B T"]]:
        weights = masked_softmax(self.scores(state, annotations), mask)
        return (weights[..., None, :] @ annotations)[..., 0, :], weights


def reverse(divisor: str, seed: int, d: int = 128, lr: float = 6e-3) -> dict[str, float]:
    """Chapter 4's reversal with this attention: the scores' spread at first, the shares right.

    ``spread`` is the standard deviation of the scores of the untrained model, before the softmax.
    """
    with seeded(seed):
        attention = ScaledAttention(64, 64, d, divisor)
        encoder = Encoder(VOCABULARY, 32, 64)
        model = Seq2Seq(encoder, Decoder(VOCABULARY, 32, 64, 64, attention))
    seen: list[Tensor] = []
    hook = attention.register_forward_hook(
        lambda module, given, out: seen.append(attention.scores(*given[:2]).detach())
    )
    batch = reversal(200, 12, torch.Generator().manual_seed(40_000))
    model(batch.source, batch.source_lengths, batch.target)
    hook.remove()
    data = batches(
        reversal,
        64,
        plain.STEPS,
        plain.SHORTEST,
        plain.LONGEST,
        torch.Generator().manual_seed(seed),
    )
    train(model, data, plain.loss, lr=lr)
    spread = torch.stack(seen).std().item()
    lengths = (8, 12, 16)
    shares = plain.accuracies(model, lengths)
    return {"spread": round(spread, 4)} | {
        str(length): share for length, share in zip(lengths, shares, strict=True)
    }
