"""Exact tests for facts about chance, with the rate at which they refute right code."""

import numpy as np
from scipy.special import bdtr, bdtrc

# The largest probability with which one fact may refute an answer that is right.
FALSE_FAILURE_RATE = 1e-7


def implausible(
    counts: np.ndarray, probabilities: np.ndarray, rate: float = FALSE_FAILURE_RATE
) -> np.ndarray:
    """Which counts n independent draws would give with probability below ``rate``, all together.

    An exact two-sided binomial test for each cell, n = Σ counts, with Bonferroni's correction for
    the number of cells: right code is refuted in any cell at most with probability ``rate``.

    >>> implausible(np.array([5000, 5000]), np.array([0.5, 0.5]))
    array([False, False])
    >>> implausible(np.array([5600, 4400]), np.array([0.5, 0.5]))
    array([ True,  True])
    """
    n = counts.sum()
    at_most = bdtr(counts, n, probabilities)
    at_least = np.where(counts > 0, bdtrc(counts - 1, n, probabilities), 1.0)
    return np.minimum(at_most, at_least) < rate / (2 * counts.size)
