"""The exact test refutes right code as rarely as it says."""

import numpy as np
import pytest

from autograder.chance import FALSE_FAILURE_RATE, implausible


def test_the_stated_rate_is_small_enough():
    assert FALSE_FAILURE_RATE <= 1e-7


def test_the_rate_is_kept_exactly_for_two_cells():
    n, p, rate = 60, 0.3, 0.01
    k = np.arange(n + 1)
    from scipy.stats import binom

    refuted = np.array(
        [implausible(np.array([i, n - i]), np.array([p, 1 - p]), rate).any() for i in k]
    )
    assert binom.pmf(k, n, p)[refuted].sum() <= rate
    assert refuted.any(), "a test that never refutes tests nothing"


@pytest.mark.parametrize("seed", range(20))
def test_a_fair_draw_is_plausible_and_a_biased_one_is_not(seed):
    p = np.array([0.15, 0.35, 0.5])
    rng = np.random.default_rng(seed)
    assert not implausible(rng.multinomial(20_000, p), p).any()
    assert implausible(rng.multinomial(20_000, [0.2, 0.3, 0.5]), p).any()


def test_an_impossible_cell_must_stay_empty():
    p = np.array([0.0, 1.0])
    assert not implausible(np.array([0, 10]), p).any()
    assert implausible(np.array([1, 9]), p).any()
