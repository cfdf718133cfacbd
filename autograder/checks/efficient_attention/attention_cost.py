"""What every answer to ``attention_cost`` must satisfy."""

from math import ceil

from attn import cost
from autograder.compare import agree, ensure
from autograder.spec import Answers, Case, Exercise, Rng


def sizes(rng: Rng):
    yield Case("one query, one key", Tq=1, Tk=1, d=1, dv=1, itemsize=1)
    yield Case("the example of the task", Tq=2, Tk=3, d=4, dv=5, itemsize=4)
    yield _drawn("any sizes", rng)
    yield _drawn("in half precision", rng, itemsize=2)
    yield Case("the example, tiled", Tq=2, Tk=3, d=4, dv=5, itemsize=4, tile=1)
    yield Case("a last tile that is not full", Tq=7, Tk=5, d=3, dv=2, itemsize=4, tile=3)
    yield _drawn("tiles", rng, Tq=12, tile=4)
    yield Case("one tile holds all queries", Tq=6, Tk=9, d=3, dv=4, itemsize=2, tile=10)
    yield Case("a long sequence", Tq=4096, Tk=4096, d=64, dv=64, itemsize=2, tile=128)


def _drawn(name: str, rng: Rng, **fixed: int) -> Case:
    places = [int(n) for n in rng.permutation(range(6, 14))]
    drawn = dict(zip(("Tq", "Tk", "d", "dv"), places, strict=False))
    return Case(name, **(drawn | {"itemsize": 4} | fixed))


def counted(
    Tq: int, Tk: int, d: int, dv: int, itemsize: int, tile: int | None = None
) -> tuple[int, int]:
    """Operations and bytes."""
    flops, moved = cost.attention_cost(Tq, Tk, d, dv, itemsize, tile)
    return flops, moved


attention_cost = Exercise("attention_cost", points=2, reference=counted, cases=sizes, tensors=False)


@attention_cost.fact
def tiles_save_no_operation(f: Answers, case: Case) -> None:
    """The number of operations is the same with tiles and without."""
    if case.get("tile") is not None:
        agree(f(case.but(tile=None))[0], f(case)[0], what="the operations without tiles")


@attention_cost.fact
def bytes_follow_the_size_of_a_number(f: Answers, case: Case) -> None:
    """Numbers twice as large move twice as many bytes, and cost no more operations."""
    flops, moved = f(case)
    twice = f(case.but(itemsize=2 * case["itemsize"]))
    ensure(twice[0] == flops, "the operations change", twice[0], flops)
    ensure(twice[1] == 2 * moved, "the bytes do not double", twice[1], 2 * moved)


def _wrong(flops=None, moved=None):
    """An implementation with another count of operations, or of numbers moved."""

    def answer(Tq, Tk, d, dv, itemsize, tile=None):
        right_flops, right_bytes = counted(Tq, Tk, d, dv, itemsize, tile)
        sizes = (Tq, Tk, d, dv, tile)
        return (
            flops(*sizes) if flops else right_flops,
            itemsize * moved(*sizes) if moved else right_bytes,
        )

    return answer


def _small(Tq, Tk, d, dv):
    """Q, K, V and the output, each once."""
    return Tq * (d + dv) + Tk * (d + dv)


def _tiled(Tq, Tk, d, dv, tile):
    return Tq * (d + dv) + ceil(Tq / tile) * Tk * (d + dv)


attention_cost.mistake(
    "a multiplication and its addition are one operation",
    "Each product in a sum is multiplied *and* added: count two.",
)(_wrong(flops=lambda Tq, Tk, d, dv, tile: Tq * Tk * (d + dv)))

attention_cost.mistake(
    "only the scores are counted",
    "Two products of matrices are made: Q Kᵀ, and the weights with V. The second costs 2 Tq Tk dv.",
)(_wrong(flops=lambda Tq, Tk, d, dv, tile: 2 * Tq * Tk * d))

attention_cost.mistake(
    "tiles save operations",
    "Every query still meets every key. Tiles save traffic, not arithmetic.",
)(
    _wrong(
        flops=lambda Tq, Tk, d, dv, tile: (
            2 * Tq * Tk * (d + dv) if tile is None else 2 * tile * Tk * (d + dv)
        )
    )
)

attention_cost.mistake(
    "bytes and numbers confused",
    "These are numbers moved. Each of them is `itemsize` bytes.",
)(lambda Tq, Tk, d, dv, itemsize, tile=None: counted(Tq, Tk, d, dv, 1, tile))

attention_cost.mistake(
    "the table is moved once",
    "It is moved four times: the scores are written and read, then the weights are written and "
    "read.",
)(
    _wrong(
        moved=lambda Tq, Tk, d, dv, tile: (
            _small(Tq, Tk, d, dv) + Tq * Tk if tile is None else _tiled(Tq, Tk, d, dv, tile)
        )
    )
)

attention_cost.mistake(
    "the softmax moves nothing",
    "Between the two products the softmax reads every score and writes every weight: the table is "
    "moved four times, not twice.",
)(
    _wrong(
        moved=lambda Tq, Tk, d, dv, tile: (
            _small(Tq, Tk, d, dv) + 2 * Tq * Tk if tile is None else _tiled(Tq, Tk, d, dv, tile)
        )
    )
)

attention_cost.mistake(
    "the table alone is moved",
    "Q, K and V are read, and the output is written, too.",
)(
    _wrong(
        moved=lambda Tq, Tk, d, dv, tile: (
            4 * Tq * Tk if tile is None else _tiled(Tq, Tk, d, dv, tile)
        )
    )
)

attention_cost.mistake(
    "with tiles, keys and values are read once",
    "They pass by once for *each tile of queries*: ceil(Tq / tile) times.",
)(
    _wrong(
        moved=lambda Tq, Tk, d, dv, tile: (
            _small(Tq, Tk, d, dv) + (4 * Tq * Tk if tile is None else 0)
        )
    )
)

attention_cost.mistake(
    "the last tile is forgotten",
    "Tq // tile counts full tiles only. The rest is a tile too: round up.",
)(
    _wrong(
        moved=lambda Tq, Tk, d, dv, tile: (
            _small(Tq, Tk, d, dv) + 4 * Tq * Tk
            if tile is None
            else Tq * (d + dv) + Tq // tile * Tk * (d + dv)
        )
    )
)
