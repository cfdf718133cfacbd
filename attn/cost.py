"""What attention costs, counted: operations in its matrix products, bytes to and from main memory.

A multiplication and the addition that follows are two operations. Exponentials and divisions are
left out, of which there is one a score, against 2 (d + dv) operations. Bytes assume that each step
reads its inputs from main memory and writes its result there, and that nothing else does.
"""

from math import ceil
from typing import NamedTuple


class Cost(NamedTuple):
    """Operations, and bytes moved."""

    flops: int
    bytes: int

    @property
    def intensity(self) -> float:
        """Operations a byte: low ones wait for memory, high ones for arithmetic.

        >>> Cost(flops=100, bytes=50).intensity
        2.0
        """
        return self.flops / self.bytes

    def shares(self, seconds: float, flops: float, bytes: float) -> tuple[float, float]:
        """What a run of ``seconds`` reached of a machine's two speeds, each a second's worth.

        ``flops`` is the rate of a matrix product, ``bytes`` that of a copy. The larger share says
        what the run was nearer to being limited by (Williams et al. 2009).

        >>> Cost(flops=100, bytes=50).shares(2.0, flops=100.0, bytes=100.0)
        (0.5, 0.25)
        """
        return self.flops / seconds / flops, self.bytes / seconds / bytes


def attention_cost(
    Tq: int, Tk: int, d: int, dv: int, itemsize: int = 4, tile: int | None = None
) -> Cost:
    """One head of attention, unmasked, with numbers of ``itemsize`` bytes.

    Without ``tile``: three steps, each through main memory: Q Kᵀ writes the scores, the softmax
    reads them and writes the weights, the product with V reads those. With ``tile``: that many
    queries at a time stay in fast memory while all keys and values pass by, and no score is ever
    written (Dao et al. 2022); the operations are the same.

    >>> attention_cost(2, 3, d=4, dv=5)
    Cost(flops=108, bytes=276)
    >>> attention_cost(2, 3, d=4, dv=5, tile=2)
    Cost(flops=108, bytes=180)
    """
    flops = 2 * Tq * Tk * (d + dv)
    queries_and_out, keys_and_values = Tq * (d + dv), Tk * (d + dv)
    if tile is None:
        return Cost(flops, itemsize * (queries_and_out + keys_and_values + 4 * Tq * Tk))
    return Cost(flops, itemsize * (queries_and_out + ceil(Tq / tile) * keys_and_values))


def window_cost(T: int, before: int, after: int, d: int, dv: int, itemsize: int = 4) -> Cost:
    """``attn.sparse.window_attention``: blocks of before + after queries, stretches twice as long.

    >>> window_cost(4, before=1, after=1, d=1, dv=1)
    Cost(flops=64, bytes=352)
    """
    block = max(before + after, 1)
    n = ceil(T / block)
    one = attention_cost(block, block + before + after, d, dv, itemsize)
    return Cost(n * one.flops, n * one.bytes)


def linear_cost(Tq: int, Tk: int, d: int, dv: int, itemsize: int = 4) -> Cost:
    """``attn.linear.linear_attention``: writing every key, then reading with every query.

    >>> linear_cost(1, 1, d=2, dv=3)
    Cost(flops=30, bytes=184)
    """
    flops = 2 * (Tq + Tk) * d * dv + 2 * Tq * d + Tk * d
    features = 2 * (Tq + Tk) * d  # φ reads and writes
    written = Tk * (2 * d + dv) + d * dv + d  # φ(K) is read twice: for the product and the sum
    read = Tq * (2 * d + dv + 1) + d * dv + d
    shared = Tq * (2 * dv + 1)
    return Cost(flops, itemsize * (features + written + read + shared))
