"""How far to trust a mean of a few runs: Student's interval, alone and in pairs."""

from collections.abc import Sequence
from math import sqrt
from statistics import fmean, stdev
from typing import NamedTuple

from scipy.stats import t as student


class Interval(NamedTuple):
    """A mean, and the ends of the interval around it."""

    mean: float
    low: float
    high: float


def quantile(n: int, level: float = 0.95) -> float:
    """Student's t for n runs: 1.96 in the limit, and more for few.

    >>> round(quantile(5), 3), round(quantile(12), 3)
    (2.776, 2.201)
    """
    return float(student.ppf((1 + level) / 2, n - 1))


def confidence_interval(values: Sequence[float], t: float) -> Interval:
    """mean ± t s / √n, with s² = Σ (x - mean)² / (n - 1) (Student 1908). Takes at least 2 values.

    >>> confidence_interval([1.0, 2.0, 3.0], t=2.0 * 3**0.5)
    Interval(mean=2.0, low=0.0, high=4.0)
    """
    mean, half = fmean(values), t * stdev(values) / sqrt(len(values))
    return Interval(mean, mean - half, mean + half)


def paired_comparison(a: Sequence[float], b: Sequence[float], t: float) -> Interval:
    """How much larger a is than b, run by run: the interval of the differences a_i - b_i.

    Raises ``ValueError`` where the runs do not pair up.

    >>> paired_comparison([3.0, 5.0], [2.0, 4.0], t=12.7)
    Interval(mean=1.0, low=1.0, high=1.0)
    """
    if len(a) != len(b):
        raise ValueError(f"{len(a)} runs cannot be paired with {len(b)}")
    return confidence_interval([x - y for x, y in zip(a, b, strict=True)], t)


def resampled_comparison(
    a: Sequence[float], b: Sequence[float], t: float, tested: float
) -> Interval:
    """The same for runs that differ by the random split of one data set (Nadeau and Bengio 2003).

    Splits share sentences, so runs are more alike than independent ones. With ``tested``, the ratio
    of test to training sentences, the variance of the mean is s² (1/n + tested) in place of s²/n.

    >>> resampled_comparison([3.0, 5.0], [2.0, 3.0], t=2.0, tested=0.25).low < 0.29
    True
    """
    mean, low, _ = paired_comparison(a, b, t)
    half = (mean - low) * sqrt(1 + len(a) * tested)
    return Interval(mean, mean - half, mean + half)
