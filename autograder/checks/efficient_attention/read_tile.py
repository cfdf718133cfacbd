"""What every answer to ``read_tile`` must satisfy."""

import torch
from torch import Tensor

from attn import flash
from autograder import sample
from autograder.compare import agree, ensure
from autograder.spec import Answers, Case, Exercise, Rng

MINUS = -torch.inf


def tiles(rng: Rng):
    first = {"m": torch.tensor([MINUS]), "l": torch.zeros(1), "o": torch.zeros(1, 1)}
    V = torch.tensor([[3.0], [5.0]])
    yield Case("the first tile", **first, scores=torch.zeros(1, 2), V=V)
    known = {"m": torch.zeros(1), "l": torch.tensor([2.0]), "o": torch.tensor([[8.0]])}
    one = torch.tensor([[7.0]])
    yield Case("a larger score comes", **known, scores=torch.ones(1, 1), V=one)
    yield Case("a smaller score comes", **known, scores=-torch.ones(1, 1), V=one)
    yield _drawn("three queries, two keys", rng, 3, 2, 4)
    yield _drawn("as many queries as keys", rng, 3, 3, 3)
    yield _drawn("a batch", rng, 2, 3, 4, batch=(2,))
    yield _drawn("scores around 200", rng, 2, 3, 2, add=200.0)
    yield _drawn("scores around -200", rng, 2, 3, 2, add=-200.0)
    yield _masked("one query sees none of the tile", rng, seen_before=True)
    yield _masked("one query has seen nothing yet", rng, seen_before=False)
    yield _drawn("gradients", rng, 2, 3, 2).backward(sample.seed(rng))


def _drawn(
    name: str, rng: Rng, Tq: int, n: int, dv: int, batch: tuple[int, ...] = (), add: float = 0.0
) -> Case:
    m = sample.tensor(rng, *batch, Tq) + add
    total = 1 + sample.tensor(rng, *batch, Tq).abs()
    # Some queries meet a larger score, others do not.
    return Case(
        name,
        m=m,
        l=total,
        o=total[..., None] * sample.tensor(rng, *batch, Tq, dv),
        scores=m[..., None] + sample.tensor(rng, *batch, Tq, n),
        V=sample.tensor(rng, *batch, n, dv),
    )


def _masked(name: str, rng: Rng, seen_before: bool) -> Case:
    case = _drawn(name, rng, 2, 3, 2)
    scores = case["scores"].clone()
    scores[0] = MINUS
    if seen_before:
        return case.but(scores=scores)
    m, total, o = (case[name].clone() for name in ("m", "l", "o"))
    m[0], total[0], o[0] = MINUS, 0, 0
    return case.but(scores=scores, m=m, l=total, o=o)


def one_tile(m: Tensor, l: Tensor, o: Tensor, scores: Tensor, V: Tensor):  # noqa: E741
    """m, l and o after one more tile."""
    return tuple(flash.read_tile(flash.Running(m, l, o), scores, V))


read_tile = Exercise(
    "read_tile",
    points=3,
    reference=one_tile,
    cases=tiles,
    forbids=("scaled_dot_product_attention",),
)


@read_tile.fact
def is_never_nan(f: Answers, case: Case) -> None:
    """No number is nan, also where a query has seen no key at all."""
    ensure(not any(x.isnan().any() for x in f(case)), "there is a nan", f(case), f.expected(case))


@read_tile.fact(after=(is_never_nan,))
def m_is_the_largest_so_far(f: Answers, case: Case) -> None:
    """m is the largest of all scores read so far."""
    agree(f(case)[0], torch.maximum(case["m"], case["scores"].amax(-1)), what="m")


@read_tile.fact(after=(m_is_the_largest_so_far,))
def a_tile_that_is_hidden_changes_nothing(f: Answers, case: Case) -> None:
    """A tile whose scores are all minus infinity leaves m, l and o as they were."""
    hidden = case.but(scores=torch.full_like(case["scores"], MINUS))
    agree(f(hidden), [case[name] for name in ("m", "l", "o")], what="(m, l, o)")


def _mistaken(correct=None, correct_o=None, powers_of=None, largest=None, mix=None):
    """The right algorithm, with one of its parts replaced."""

    def answer(m, l, o, scores, V):  # noqa: E741
        new = (largest or (lambda m, s: torch.maximum(m, s.amax(-1))))(m, scores)
        safe = new.masked_fill(new == MINUS, 0)
        powers = (powers_of or (lambda s, new, m: (s - new[..., None]).exp()))(scores, safe, m)
        right = (m - safe).exp()
        of_l = correct(m, safe) if correct else right
        of_o = correct_o(m, safe) if correct_o else of_l
        mixed = (mix or (lambda p, V: p @ V))(powers, V)
        return new, l * of_l + powers.sum(-1), o * of_o[..., None] + mixed

    return answer


read_tile.mistake(
    "the past is not rescaled",
    "l and o were summed with the old maximum. When m grows, multiply both by exp(m_old - m_new).",
)(_mistaken(correct=lambda m, new: torch.ones_like(m)))

read_tile.mistake(
    "o is not rescaled",
    "l is corrected and o is not. Both were summed with the old maximum.",
)(_mistaken(correct_o=lambda m, new: torch.ones_like(m)))

read_tile.mistake(
    "l is not rescaled",
    "o is corrected and l is not. Both were summed with the old maximum.",
)(_mistaken(correct=lambda m, new: torch.ones_like(m), correct_o=lambda m, new: (m - new).exp()))

read_tile.mistake(
    "the correction is upside down",
    "The old sums are too large when m has grown: they shrink by exp(m_old - m_new), which is at "
    "most 1.",
)(_mistaken(correct=lambda m, new: (new - m).nan_to_num(posinf=0.0).exp()))

read_tile.mistake(
    "the tile uses its own maximum",
    "The powers of this tile are exp(s - m_new), with the largest score of *all* tiles so far, or "
    "they do not fit to the sums before.",
)(
    _mistaken(
        powers_of=lambda s, new, m: (
            s - (top := s.amax(-1, keepdim=True)).masked_fill(top == MINUS, 0)
        ).exp()
    )
)

read_tile.mistake(
    "no maximum is subtracted",
    "exp(200) is infinite in float32, and exp(-200) is 0: subtract m, the largest score so far.",
)(
    _mistaken(
        powers_of=lambda s, new, m: s.exp(),
        correct=lambda m, new: torch.ones_like(m),
    )
)

read_tile.mistake(
    "m forgets",
    "m is the largest score of all tiles so far, not of this one: torch.maximum(m, …).",
)(_mistaken(largest=lambda m, s: s.amax(-1)))

read_tile.mistake(
    "o is divided in every tile",
    "o stays a sum, Σ exp(s - m) v. Divide it by l once, after the last tile.",
)(
    lambda m, l, o, scores, V: (  # noqa: E741
        (after := one_tile(m, l, o, scores, V))[0],
        after[1],
        after[2] / after[1].masked_fill(after[1] == 0, 1)[..., None],
    )
)

read_tile.mistake(
    "nan before the first key",
    "While a query has seen nothing, m is -inf, and -inf - (-inf) is nan. Subtract another number "
    "there, 0 for example.",
)(
    lambda m, l, o, scores, V: (  # noqa: E741
        (new := torch.maximum(m, scores.amax(-1))),
        l * (shrink := (m - new).exp()) + (p := (scores - new[..., None]).exp()).sum(-1),
        o * shrink[..., None] + p @ V,
    )
)
