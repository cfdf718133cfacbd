"""Copying and reversing: tasks that are nothing but pointing, with known right alignments."""

from collections.abc import Iterator

import torch
from jaxtyping import Int
from torch import Generator, Tensor

from attn.data.batch import EOS, Batch

FIRST_SYMBOL = 3  # after padding, begin and end
SYMBOLS = 10
VOCABULARY = FIRST_SYMBOL + SYMBOLS


def reversal(n: int, length: int, generator: Generator) -> Batch:
    """n random sequences of one length; the target is the source read backwards.

    >>> batch = reversal(1, 3, torch.Generator().manual_seed(0))
    >>> batch.source.flip(1).tolist()[0] + [2] == batch.target.tolist()[0]
    True
    """
    return _task(n, length, generator, backwards=True)


def copy(n: int, length: int, generator: Generator) -> Batch:
    """n random sequences of one length; the target is the source."""
    return _task(n, length, generator, backwards=False)


def _task(n: int, length: int, generator: Generator, backwards: bool) -> Batch:
    source = torch.randint(FIRST_SYMBOL, VOCABULARY, (n, length), generator=generator)
    target = torch.cat([source.flip(1) if backwards else source, source.new_full((n, 1), EOS)], 1)
    return Batch(source, torch.full((n,), length), target, torch.full((n,), length + 1))


def reversal_alignment(length: int) -> Int[Tensor, " T"]:
    """Where to look for each target symbol of a reversal: the last position first.

    >>> reversal_alignment(3)
    tensor([2, 1, 0])
    """
    return torch.arange(length).flip(0)


def batches(
    task, n: int, steps: int, shortest: int, longest: int, generator: Generator
) -> Iterator[Batch]:
    """``steps`` batches of ``task``, each of one length drawn between the two, ends included."""
    for _ in range(steps):
        length = int(torch.randint(shortest, longest + 1, (), generator=generator))
        yield task(n, length, generator)
