"""Sequences of different lengths, side by side: padded, with their lengths."""

from collections.abc import Sequence
from typing import NamedTuple

import torch
from jaxtyping import Int
from torch import Tensor

# The first three symbols of every vocabulary: padding, begin and end of a sequence.
PAD, BOS, EOS = 0, 1, 2


class Batch(NamedTuple):
    """Pairs of sequences. Every target ends with EOS, which its length counts."""

    source: Int[Tensor, "B Ts"]
    source_lengths: Int[Tensor, " B"]
    target: Int[Tensor, "B Tt"]
    target_lengths: Int[Tensor, " B"]

    def to(self, device: torch.device | str) -> "Batch":
        """The same batch on another device."""
        return Batch(*(tensor.to(device) for tensor in self))


def pad(sequences: Sequence[Sequence[int]]) -> tuple[Int[Tensor, "B T"], Int[Tensor, " B"]]:
    """The sequences as rows, filled up with PAD to the longest, and their lengths.

    >>> pad([[5, 6, 7], [8]])
    (tensor([[5, 6, 7],
            [8, 0, 0]]), tensor([3, 1]))
    """
    lengths = torch.tensor([len(sequence) for sequence in sequences])
    rows = torch.full((len(sequences), int(lengths.max())), PAD)
    for row, sequence in zip(rows, sequences, strict=True):
        row[: len(sequence)] = torch.tensor(sequence)
    return rows, lengths


def pair(sources: Sequence[Sequence[int]], targets: Sequence[Sequence[int]]) -> Batch:
    """A batch of sources and targets; EOS is put behind every target.

    >>> pair([[5, 6]], [[7]]).target
    tensor([[7, 2]])
    """
    return Batch(*pad(sources), *pad([[*target, EOS] for target in targets]))
