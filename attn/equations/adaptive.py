"""Sparsemax, 1.5-entmax and the adaptive span in NumPy, as their papers define them."""

import numpy as np
from jaxtyping import Float

Array = np.ndarray


def sparsemax(scores: Float[Array, " n"]) -> Float[Array, " n"]:
    """max(s_i - τ, 0), τ from the k largest scores (Martins & Astudillo 2016, algorithm 1).

    >>> sparsemax(np.array([1.0, 0.5, -1.0]))
    array([0.75, 0.25, 0.  ])
    """
    z = sorted(scores, reverse=True)
    k = max(k for k in range(1, len(z) + 1) if 1 + k * z[k - 1] > sum(z[:k]))
    threshold = (sum(z[:k]) - 1) / k
    return np.maximum(scores - threshold, 0)


def entmax15(scores: Float[Array, " n"]) -> Float[Array, " n"]:
    """max(s_i / 2 - τ, 0)², with τ found by halving until the weights sum to 1.

    >>> entmax15(np.array([2.0, 2.0, -1.0])).round(6)
    array([0.5, 0.5, 0. ])
    """
    low, high = scores.max() / 2 - 1, scores.max() / 2
    for _ in range(100):
        threshold = (low + high) / 2
        weights = np.maximum(scores / 2 - threshold, 0) ** 2
        low, high = (threshold, high) if weights.sum() > 1 else (low, threshold)
    return weights


def adaptive_span_weights(
    scores: Float[Array, "T T"], span: float, ramp: float
) -> Float[Array, "T T"]:
    """m(i - j) exp(s_ij) / Σ_r m(i - r) exp(s_ir), the sum over r <= i.

    >>> adaptive_span_weights(np.zeros((2, 2)), span=0.0, ramp=2.0)[1]
    array([0.33333333, 0.66666667])
    """
    weights = np.zeros_like(scores)
    for i, row in enumerate(scores):
        m = [min(max((ramp + span - (i - j)) / ramp, 0), 1) for j in range(i + 1)]
        powers = m * np.exp(row[: i + 1])
        weights[i, : i + 1] = powers / powers.sum()
    return weights
