"""The same costs, counted by doing: every operation and every number moved, one at a time."""


def materialised(Tq: int, Tk: int, d: int, dv: int) -> tuple[int, int]:
    """Operations, and numbers moved, of attention in three steps through main memory.

    >>> materialised(2, 3, d=4, dv=5)
    (108, 69)
    """
    flops = moved = 0
    moved += Tq * d + Tk * d  # Q Kᵀ: reads both …
    for _ in range(Tq * Tk):
        flops += 2 * d
        moved += 1  # … and writes a score
    for _ in range(Tq * Tk):
        moved += 2  # the softmax reads a score and writes a weight
    moved += Tk * dv
    for _ in range(Tq):
        for _ in range(Tk):
            moved += 1  # the product with V reads a weight …
            flops += 2 * dv
        moved += dv  # … and writes a row of the output
    return flops, moved


def tiled(Tq: int, Tk: int, d: int, dv: int, tile: int) -> tuple[int, int]:
    """The same for attention with ``tile`` queries at a time in fast memory.

    >>> tiled(2, 3, d=4, dv=5, tile=1)
    (108, 72)
    """
    flops = moved = first = 0
    while first < Tq:
        here = min(tile, Tq - first)
        moved += here * d
        for _ in range(Tk):
            moved += d + dv  # a key and its value pass by
            flops += here * 2 * (d + dv)
        moved += here * dv
        first += here
    return flops, moved


def linear(Tq: int, Tk: int, d: int, dv: int) -> tuple[int, int]:
    """The same for linear attention: write every key, then read with every query.

    >>> linear(1, 1, d=2, dv=3)
    (30, 46)
    """
    flops = moved = 0
    for _ in range(Tk):
        moved += 2 * d  # φ reads and writes
        moved += d + dv  # into the memory
        flops += 2 * d * dv
        moved += d  # into the total
        flops += d
    moved += d * dv + d  # memory and total are written …
    moved += d * dv + d  # … and read
    for _ in range(Tq):
        moved += 2 * d
        moved += d + dv
        flops += 2 * d * dv
        moved += d + 1
        flops += 2 * d
        moved += 2 * dv + 1  # values and total are read, their quotient is written
    return flops, moved
