"""T5's relative positions: a learned number for each head and each bucket of distances."""

from math import log

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn


def relative_buckets(
    Tq: int,
    Tk: int,
    buckets: int = 32,
    longest: int = 128,
    both_ways: bool = True,
    device: torch.device | str = "cpu",
) -> Int[Tensor, "Tq Tk"]:
    """The bucket of each pair of query i and key j, by the distance between them.

    Raffel et al. 2020, section 2.1, as their code has it. Half of the buckets hold one distance
    each, 0, 1, 2, …; the other half hold ranges that grow with the logarithm, and the last one
    holds everything from ``longest`` on. ``both_ways``: keys after the query have the upper half
    of all buckets to themselves (an encoder); without it they share bucket 0 with the query's own
    place (a decoder, which masks them). The last query stands at the last key.

    >>> relative_buckets(1, 7, buckets=4, longest=6, both_ways=False)
    tensor([[3, 3, 3, 2, 2, 1, 0]])
    >>> relative_buckets(3, 3, buckets=8, longest=6)
    tensor([[0, 5, 6],
            [1, 0, 5],
            [2, 1, 0]])
    """
    i = torch.arange(Tk - Tq, Tk, device=device)
    ahead = torch.arange(Tk, device=device) - i[:, None]
    if both_ways:
        buckets //= 2
        side = buckets * (ahead > 0)
        distance = ahead.abs()
    else:
        side = torch.zeros_like(ahead)
        distance = (-ahead).clamp(min=0)
    exact = buckets // 2
    # The clamp keeps log from 0; those places take the other branch.
    steps = (distance.clamp(min=1) / exact).log() / log(longest / exact) * (buckets - exact)
    far = (exact + steps.long()).clamp(max=buckets - 1)
    return side + torch.where(distance < exact, distance, far)


class RelativeBias(nn.Module):
    """A table of ``buckets`` rows and a column a head: what is added to each head's scores.

    >>> RelativeBias(H=2, buckets=8, longest=20)(3, 5).shape
    torch.Size([2, 3, 5])
    """

    def __init__(
        self, H: int, buckets: int = 32, longest: int = 128, both_ways: bool = True
    ) -> None:
        super().__init__()
        self.table = nn.Parameter(torch.zeros(buckets, H))
        self.longest, self.both_ways = longest, both_ways

    def forward(self, Tq: int, Tk: int) -> Float[Tensor, "H Tq Tk"]:
        buckets, device = len(self.table), self.table.device
        rows = relative_buckets(Tq, Tk, buckets, self.longest, self.both_ways, device)
        return self.table[rows].movedim(-1, 0)
