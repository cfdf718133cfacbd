"""Target-aware weights over a history in NumPy, for one candidate (Zhou et al. 2018)."""

import numpy as np
from jaxtyping import Float

Array = np.ndarray


def activation(
    e_j: Float[Array, " d"],
    c: Float[Array, " d"],
    W: Float[Array, "k 3*d"],
    b: Float[Array, " k"],
    v: Float[Array, " k"],
    a: float = 0.0,
) -> float:
    """w_j = vᵀ relu(W [e_j; c; e_j ⊙ c] + b) + a.

    >>> one = np.ones(1)
    >>> activation(2 * one, 3 * one, np.array([[0.0, 0.0, 1.0]]), -one, one)
    5.0
    """
    return float(v @ np.maximum(W @ np.concatenate([e_j, c, e_j * c]) + b, 0) + a)


def activated_sum(weights: Float[Array, " T"], e: Float[Array, "T d"]) -> Float[Array, " d"]:
    """Σ_j w_j e_j.

    >>> activated_sum(np.array([0.5, 0.5]), np.ones((2, 1)))
    array([1.])
    """
    return weights @ e
