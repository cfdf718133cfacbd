"""attn.intervals against SciPy, and against what the intervals promise."""

import numpy as np
import pytest
from scipy import stats

from attn.intervals import confidence_interval, paired_comparison, quantile, resampled_comparison


@pytest.mark.parametrize("n", [2, 5, 12, 40])
def test_the_interval_is_scipys(n):
    values = np.random.default_rng(n).normal(size=n)
    found = confidence_interval(values.tolist(), quantile(n))
    expected = stats.t.interval(0.95, n - 1, loc=values.mean(), scale=stats.sem(values))
    assert found[1:] == pytest.approx(expected)
    assert found.mean == pytest.approx(values.mean())


def test_nineteen_of_twenty_intervals_hold_the_truth():
    """4,000 draws of 5: the standard error of the share is .0034; the seed is fixed."""
    draws = np.random.default_rng(0).normal(3.0, 2.0, size=(4000, 5))
    found = [confidence_interval(row.tolist(), quantile(5)) for row in draws]
    held = np.mean([low <= 3.0 <= high for _, low, high in found])
    assert held == pytest.approx(0.95, abs=0.012)
    short = [confidence_interval(row.tolist(), 1.96) for row in draws]
    assert np.mean([low <= 3.0 <= high for _, low, high in short]) < 0.9  # 1.96 is for many runs


def test_pairs_cancel_what_the_runs_share():
    rng = np.random.default_rng(1)
    shared = rng.normal(0, 10, size=8)
    a, b = shared + 1.0 + 0.1 * rng.normal(size=8), shared + 0.1 * rng.normal(size=8)
    mean, low, high = paired_comparison(a.tolist(), b.tolist(), quantile(8))
    assert low < 1.0 < high
    assert high - low < 0.5
    expected = stats.ttest_rel(a, b).confidence_interval(0.95)
    assert (low, high) == pytest.approx((expected.low, expected.high))
    assert mean == pytest.approx((a - b).mean())


def test_the_corrected_interval_is_wider_by_the_papers_factor():
    a, b = [0.80, 0.82, 0.81, 0.85], [0.79, 0.80, 0.82, 0.80]
    plain, wide = paired_comparison(a, b, 3.0), resampled_comparison(a, b, 3.0, tested=0.25)
    ratio = (wide.high - wide.low) / (plain.high - plain.low)
    assert ratio**2 == pytest.approx((1 / 4 + 0.25) / (1 / 4))


def test_runs_that_do_not_pair_up_are_refused():
    with pytest.raises(ValueError, match="3 runs cannot be paired with 2"):
        paired_comparison([1.0, 2.0, 3.0], [1.0, 2.0], 2.0)
