"""What every answer to ``sinusoidal_encoding`` must satisfy."""

import numpy as np

from attn.equations import positions
from autograder.compare import agree
from autograder.spec import Answers, Case, Exercise, Rng


def sizes(rng: Rng):
    yield Case("one position", T=1, D=2)
    yield Case("one pair", T=3, D=2)
    yield Case("two pairs", T=3, D=4)
    yield Case("as many positions as numbers", T=6, D=6)
    yield Case("long and narrow", T=int(rng.integers(40, 80)), D=4)
    yield Case("short and wide", T=5, D=2 * int(rng.integers(8, 16)))


sinusoidal_encoding = Exercise(
    "sinusoidal_encoding",
    points=2,
    reference=positions.sinusoidal_encoding,
    cases=sizes,
    tensors=False,
)


@sinusoidal_encoding.fact
def pairs_have_length_one(f: Answers, case: Case) -> None:
    """The two numbers of a pair are the sine and the cosine of one angle."""
    pairs = f(case).reshape(case["T"], -1, 2)
    squares = (pairs**2).sum(-1)
    agree(squares, np.ones_like(squares), what="sin² + cos² of each pair")


@sinusoidal_encoding.fact
def longer_ones_begin_alike(f: Answers, case: Case) -> None:
    """A position's row does not depend on how many positions there are."""
    longer = f(case.but(T=case["T"] + 3))
    agree(longer[: case["T"]], f(case), what="the first rows of a longer encoding")


@sinusoidal_encoding.fact
def only_the_distance_counts(f: Answers, case: Case) -> None:
    """The product of two rows depends on how far apart the positions are, and on nothing else."""
    rows = f(case)
    products = rows @ rows.T
    agree(products[1:, 1:], products[:-1, :-1], what="products of rows, one position on")


def encoding(T, D, *, start=0, power=None, order=("sin", "cos"), base=10000.0):
    """The right lines, for wrong ones to differ in one place."""
    t = np.arange(start, T + start)[:, None]
    i = np.arange(D // 2)
    angles = t / base ** ((2 * i / D) if power is None else power(i))
    PE = np.empty((T, D))
    for place, function in enumerate(order):
        PE[:, place::2] = getattr(np, function)(angles)
    return PE


@sinusoidal_encoding.mistake(
    "sines in the first half, cosines in the second",
    "The formula puts them side by side: columns 2i and 2i + 1. Some libraries do it your way; "
    "then a pair is i and i + D/2.",
)
def halves(T, D):
    PE = encoding(T, D)
    return np.concatenate([PE[:, 0::2], PE[:, 1::2]], axis=1)


@sinusoidal_encoding.mistake(
    "counts positions from one",
    "The first position is t = 0: its row is 0, 1, 0, 1 and so on.",
)
def from_one(T, D):
    return encoding(T, D, start=1)


@sinusoidal_encoding.mistake(
    "the exponent counts columns twice",
    "The exponent is 2i / D for pair i. If your i is already the column (0, 2, 4, …), it is i / D.",
)
def twice(T, D):
    return encoding(T, D, power=lambda i: 4 * i / D)


@sinusoidal_encoding.mistake(
    "the exponent is i / D",
    "The exponent is 2i / D: the slowest pair is near 1/10000, not near 1/100.",
)
def half(T, D):
    return encoding(T, D, power=lambda i: i / D)


@sinusoidal_encoding.mistake(
    "cosine first",
    "The even column holds the sine, the odd one the cosine.",
)
def cosine_first(T, D):
    return encoding(T, D, order=("cos", "sin"))


@sinusoidal_encoding.mistake(
    "each column has a frequency of its own",
    "Sine and cosine of a pair share one angle: both exponents are 2i / D. Otherwise a shift is no "
    "rotation any more.",
)
def no_pairs(T, D):
    t, column = np.arange(T)[:, None], np.arange(D)
    angles = t / 10000 ** (column / D)
    return np.where(column % 2 == 0, np.sin(angles), np.cos(angles))


@sinusoidal_encoding.mistake(
    "sines only",
    "Only the odd columns' cosine makes a shift a linear map: sin and cos of the same angle.",
)
def sines(T, D):
    return encoding(T, D, order=("sin", "sin"))


@sinusoidal_encoding.mistake(
    "multiplies by 10000^(2i/D)",
    "Later pairs should turn more slowly, so the position is divided by 10000^(2i/D).",
)
def multiplied(T, D):
    return encoding(T, D, power=lambda i: -2 * i / D)


@sinusoidal_encoding.mistake(
    "the base is 1000",
    "The base of the frequencies is 10000: count the zeros.",
)
def smaller_base(T, D):
    return encoding(T, D, base=1000.0)


@sinusoidal_encoding.mistake(
    "all pairs turn at the same speed",
    "Pair i turns by 1 / 10000^(2i/D) a position: the first fast, the last hardly at all.",
)
def one_speed(T, D):
    return encoding(T, D, power=lambda i: 0 * i)


@sinusoidal_encoding.mistake(
    "positions as columns",
    "A row is a position: the shape is (T, D).",
)
def transposed(T, D):
    return encoding(T, D).T
