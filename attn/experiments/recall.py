"""Associative recall: read T pairs of a key and a value, then answer for each key.

What an attention remembers when all it keeps is a memory of fixed size, and what when it keeps
everything.
"""

from collections.abc import Callable, Iterator
from typing import NamedTuple

import torch
from torch import Generator, Tensor, nn
from torch.nn.functional import cross_entropy

from attn.dot_product import scaled_dot_product_attention
from attn.linear import linear_attention
from attn.sparse import sliding_window_mask
from attn.train import History, seeded, train

SYMBOLS = 64  # different keys
CLASSES = 16  # different values
WIDTH = 16  # of a key and of a value, so the linear memory holds 16 × 16 numbers, and a sum
PAIRS = (4, 8, 16, 32, 64)
KINDS = ("softmax", "linear")

Attention = Callable[[Tensor, Tensor, Tensor], Tensor]
_ATTENTIONS: dict[str, Attention] = {
    "softmax": scaled_dot_product_attention,
    "linear": linear_attention,
}


class Pairs(NamedTuple):
    """(B, T) symbols and the class of each; the question is every symbol again, in place."""

    symbols: Tensor
    classes: Tensor


def pairs(n: int, T: int, rng: Generator) -> Pairs:
    """n examples of T pairs; the symbols of one example differ.

    >>> pairs(2, 5, Generator().manual_seed(0)).symbols.shape
    torch.Size([2, 5])
    """
    symbols = torch.rand(n, SYMBOLS, generator=rng).argsort(-1)[:, :T]
    return Pairs(symbols, torch.randint(CLASSES, (n, T), generator=rng))


class Recall(nn.Module):
    """Asks for every symbol: scores (B, T, 16) of the classes, from one attention to the pairs."""

    def __init__(self, attention: Attention, width: int = WIDTH) -> None:
        super().__init__()
        self.attention = attention
        self.query = nn.Embedding(SYMBOLS, width)
        self.key = nn.Embedding(SYMBOLS, width)
        self.value = nn.Embedding(CLASSES, WIDTH)
        self.out = nn.Linear(WIDTH, CLASSES)

    def forward(self, told: Pairs) -> Tensor:
        Q, K = self.query(told.symbols), self.key(told.symbols)
        return self.out(self.attention(Q, K, self.value(told.classes)))


def loss(model: nn.Module, told: Pairs) -> Tensor:
    """Cross entropy of all answers."""
    return cross_entropy(model(told).flatten(0, 1), told.classes.flatten())


def learn(
    kind: str, T: int, seed: int, width: int = WIDTH, steps: int = 600
) -> tuple[Recall, History]:
    """A model of this kind, with keys of this width, trained on T pairs."""
    rng = Generator().manual_seed(seed)
    with seeded(seed):
        model = Recall(_ATTENTIONS[kind], width)
    batches: Iterator[Pairs] = (pairs(64, T, rng) for _ in range(steps))
    return model, train(model, batches, loss, lr=1e-2)


@torch.no_grad()
def accuracy(model: Recall, T: int, n: int = 500) -> float:
    """The share of right answers on n new examples."""
    told = pairs(n, T, Generator().manual_seed(10_000 + T))
    return (model(told).argmax(-1) == told.classes).double().mean().item()


@torch.no_grad()
def by_distance(model: Recall, T: int, reach: int, n: int = 500) -> list[float]:
    """The same model, but its *last* position asks for the pair d places back, under a window.

    The share of right answers for d = 0 … T - 1, where a query sees ``reach`` keys before it.
    """
    told = pairs(n, T, Generator().manual_seed(20_000 + T))
    mask = sliding_window_mask(T, before=reach, after=0)[-1:]
    K, V = model.key(told.symbols), model.value(told.classes)
    Q = model.query(told.symbols.flip(-1))  # question d is about the pair d places back
    answers = model.out(scaled_dot_product_attention(Q, K, V, mask)).argmax(-1)
    return (answers == told.classes.flip(-1)).double().mean(0).tolist()
