"""What every answer to ``tiled_attention`` must satisfy."""

from math import sqrt

import torch
from torch import Tensor

from attn import flash
from autograder import sample
from autograder.compare import agree, ensure
from autograder.spec import Answers, Case, Exercise, Rng


def lookups(rng: Rng):
    two = torch.eye(2)
    yield Case("one query, two keys", Q=torch.tensor([[2.0, 0.0]]), K=two, V=10 * two, tile=1)
    yield _drawn("two tiles", rng, Tq=2, Tk=4, d=3, dv=2, tile=2)
    yield _drawn("a last tile that is not full", rng, Tq=2, Tk=5, d=4, dv=3, tile=2)
    yield _drawn("one tile holds everything", rng, Tq=3, Tk=3, d=3, dv=3, tile=7)
    yield _drawn("a batch", rng, 2, 2, Tq=2, Tk=5, d=4, dv=5, tile=2)
    Q, K, V = (sample.tensor(rng, *shape) for shape in ((2, 4), (6, 4), (6, 2)))
    order = (Q[0] @ K.T).argsort()
    yield Case("the largest score comes last", Q=30 * Q, K=K[order], V=V[order], tile=2)
    yield Case("the largest score comes first", Q=30 * Q, K=K[order.flip(0)], V=V, tile=2)
    low = -20 * (K.abs() + 1)  # below -104, exp is 0 in float32
    yield Case("only low scores", Q=Q.abs() + 3, K=low, V=V, tile=2)
    yield _drawn("gradients", rng, Tq=2, Tk=5, d=4, dv=2, tile=2).backward(sample.seed(rng))


def _drawn(name: str, rng: Rng, *B: int, Tq: int, Tk: int, d: int, dv: int, tile: int) -> Case:
    shapes = {"Q": (Tq, d), "K": (Tk, d), "V": (Tk, dv)}
    return Case(name, **{n: sample.tensor(rng, *B, *s) for n, s in shapes.items()}, tile=tile)


def in_tiles(Q: Tensor, K: Tensor, V: Tensor, tile: int) -> Tensor:
    """Keys and values in tiles, all queries at a time."""
    return _in_tiles()(Q, K, V, tile)


def _in_tiles(start=None, read=None, finish=None, places=None, root=None, values=None):
    """The right algorithm, with one of its parts replaced."""

    def answer(Q, K, V, tile):
        known = (start or (lambda Q, dv: flash.nothing_read(Q, dv)))(Q, V.shape[-1])
        for first, last in (places or _places)(K.shape[-2], tile):
            scores = Q @ K[..., first:last, :].transpose(-1, -2)
            scores = scores / (root or (lambda Q: sqrt(Q.shape[-1])))(Q)
            V_tile = (values or (lambda V, a, b: V[..., a:b, :]))(V, first, last)
            known = (read or flash.read_tile)(known, scores, V_tile)
        return (finish or flash.finished)(known)

    return answer


def _places(Tk, tile):
    return [(j, min(j + tile, Tk)) for j in range(0, Tk, tile)]


tiled_attention = Exercise(
    "tiled_attention",
    points=4,
    reference=in_tiles,
    cases=lookups,
    forbids=("softmax", "logsumexp", "log_softmax", "scaled_dot_product_attention"),
)


@tiled_attention.fact
def the_tile_does_not_matter(f: Answers, case: Case) -> None:
    """Tiles of any size give the same result."""
    for tile in (1, 3, case["K"].shape[-2]):
        agree(f(case.but(tile=tile)), f(case), what=f"with tiles of {tile}", rtol=1e-3, atol=1e-4)


@tiled_attention.fact
def the_order_of_tiles_does_not_matter(f: Answers, case: Case) -> None:
    """Keys and values in the opposite order give the same result."""
    turned = {name: case[name].flip(-2) for name in ("K", "V")}
    agree(f(case.but(**turned)), f(case), what="turned round", rtol=1e-3, atol=1e-4)


@tiled_attention.fact
def stays_among_the_values(f: Answers, case: Case) -> None:
    """Every output is an average: no number in it is beyond the smallest and largest value."""
    low, high = (getattr(case["V"], end)(-2, keepdim=True) for end in ("amin", "amax"))
    inside = (f(case) >= low - 1e-4) & (f(case) <= high + 1e-4)
    ensure(inside.all(), "an output lies beyond the values", f(case), f.expected(case))


def _not_rescaled(known, scores, V):
    largest = torch.maximum(known.largest, scores.amax(-1))
    powers = (scores - largest[..., None]).exp()
    return flash.Running(largest, known.total + powers.sum(-1), known.mixed + powers @ V)


def _averaged(known, scores, V):
    """Each tile's own softmax, added up; the total counts the tiles."""
    return flash.Running(known.largest, known.total + 1, known.mixed + scores.softmax(-1) @ V)


def _zeros(Q, dv):
    return flash.nothing_read(Q, dv)._replace(largest=Q.new_zeros(Q.shape[:-1]))


tiled_attention.mistake(
    "the past is not rescaled",
    "Where a tile holds a larger score, what was summed before must shrink by exp(m_old - m_new). "
    "It works by luck when the first tile holds the largest score.",
)(_in_tiles(read=_not_rescaled))

tiled_attention.mistake(
    "every tile counts the same",
    "A softmax in each tile, then the mean of the tiles, gives a tile of poor keys as much weight "
    "as a tile of good ones. Keep l, the sum of the powers.",
)(_in_tiles(read=_averaged))

tiled_attention.mistake(
    "m starts at 0",
    "0 may be larger than every score. Then all powers can underflow to 0, and 0 / 0 is what is "
    "left. Start at minus infinity.",
)(
    _in_tiles(
        start=_zeros,
        finish=lambda known: known.mixed / known.total[..., None],
    )
)

tiled_attention.mistake(
    "not divided at the end",
    "o is a sum, Σ exp(s - m) v. After the last tile, divide it by l.",
)(_in_tiles(finish=lambda known: known.mixed))

tiled_attention.mistake(
    "the last tile is forgotten",
    "Tk // tile counts full tiles only. The rest is a tile too.",
)(
    _in_tiles(
        places=lambda Tk, tile: _places(Tk // tile * tile, tile),
        finish=lambda known: known.mixed / known.total.clamp(min=1e-30)[..., None],
    )
)

tiled_attention.mistake(
    "no root",
    "The task asks for scaled dot-product attention: divide the scores by √d.",
)(_in_tiles(root=lambda Q: 1.0))

tiled_attention.mistake(
    "divided by √dv",
    "The root is that of the width of queries and keys, Q.shape[-1], not of the values.",
)(lambda Q, K, V, tile: _in_tiles(root=lambda Q: sqrt(V.shape[-1]))(Q, K, V, tile))

tiled_attention.mistake(
    "every tile reads the first values",
    "V must be cut at the same places as K.",
)(_in_tiles(values=lambda V, a, b: V[..., : b - a, :]))

tiled_attention.mistake(
    "the last tile's sum divides all",
    "l must gather the powers of all tiles, corrected like o. This keeps those of the last tile.",
)(
    _in_tiles(
        read=lambda known, scores, V: (new := flash.read_tile(known, scores, V))._replace(
            total=(scores - new.largest[..., None]).exp().sum(-1)
        )
    )
)
