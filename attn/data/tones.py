"""Tones that last as long as they like, and return: a small stand-in for speech."""

from typing import NamedTuple

import torch
from jaxtyping import Bool, Float, Int
from torch import Generator, Tensor

TONES = ("do", "re", "mi", "sol")
END = len(TONES)  # what the listener writes after the last tone
SHORTEST, LONGEST = 2, 4  # frames a tone
NOISE = 0.2


class Melodies(NamedTuple):
    """Frames (one number a tone, one for silence), the tones, and which tone a frame belongs to.

    ``tones`` end with ``END`` and are padded with -1; ``owner`` is -1 in silence and in padding.
    """

    frames: Float[Tensor, "B T F"]
    mask: Bool[Tensor, "B T"]
    tones: Int[Tensor, "B L"]
    owner: Int[Tensor, "B T"]


def melodies(n: int, fewest: int, most: int, generator: Generator) -> Melodies:
    """n melodies of ``fewest`` to ``most`` tones, 2 to 4 frames each, a silent frame between two.

    They begin and end with silence. Every number has noise added, so no two frames are equal;
    frames of the same tone differ in nothing else.

    >>> some = melodies(2, 3, 3, torch.Generator().manual_seed(0))
    >>> [[TONES[i] for i in row[:3]] for row in some.tones.tolist()]
    [['re', 'do', 'sol'], ['sol', 'sol', 're']]
    >>> some.owner[0].tolist()
    [-1, 0, 0, 0, 0, -1, 1, 1, 1, 1, -1, 2, 2, -1]
    """
    lengths = torch.randint(fewest, most + 1, (n,), generator=generator)
    tones = torch.randint(len(TONES), (n, most + 1), generator=generator)
    steps = torch.arange(most + 1)
    tones = tones.where(steps < lengths[:, None], torch.where(steps == lengths[:, None], END, -1))
    durations = torch.randint(SHORTEST, LONGEST + 1, (n, most), generator=generator)
    rows = [
        torch.cat(
            [torch.tensor([-1])]
            + [torch.tensor([i] * lasts + [-1]) for i, lasts in enumerate(row[:length])]
        )
        for row, length in zip(durations.tolist(), lengths.tolist(), strict=True)
    ]
    owner = _padded(rows)
    mask = torch.arange(owner.shape[1]) < torch.tensor([len(row) for row in rows])[:, None]
    heard = torch.where(owner < 0, END, tones.gather(1, owner.clamp(min=0)))
    frames = torch.nn.functional.one_hot(heard, len(TONES) + 1).float()
    frames = frames + NOISE * torch.randn(frames.shape, generator=generator)
    return Melodies(frames * mask[..., None], mask, tones, owner)


def _padded(rows: list[Tensor]) -> Int[Tensor, "B T"]:
    return torch.nn.utils.rnn.pad_sequence(rows, batch_first=True, padding_value=-1)
