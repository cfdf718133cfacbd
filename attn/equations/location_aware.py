"""Location-aware scores in NumPy, one decoder state at a time (Chorowski et al. 2015)."""

import numpy as np
from jaxtyping import Float

Array = np.ndarray


def previous_features(
    previous: Float[Array, " T"], filters: Float[Array, "c width"]
) -> Float[Array, "T c"]:
    """f_j = Σ_i F_i α'_{j + i - r}, with zeros outside the sequence.

    >>> previous_features(np.array([0.0, 1.0, 0.0]), np.array([[1.0, 0.0, 0.0]]))[:, 0]
    array([0., 0., 1.])
    """
    T, (c, width) = len(previous), filters.shape
    r = width // 2
    f = np.zeros((T, c))
    for j in range(T):
        for i in range(width):
            if 0 <= j + i - r < T:
                f[j] += filters[:, i] * previous[j + i - r]
    return f


def location_aware_scores(
    s: Float[Array, " n"],
    h: Float[Array, "T m"],
    previous: Float[Array, " T"],
    W: Float[Array, "k n"],
    V: Float[Array, "k m"],
    U: Float[Array, "k c"],
    F: Float[Array, "c width"],
    b: Float[Array, " k"],
    w: Float[Array, " k"],
) -> Float[Array, " T"]:
    """e_j = wᵀ tanh(W s + V h_j + U f_j + b).

    >>> one, flat = np.ones((1, 1)), np.ones((3, 1))
    >>> before, left = np.array([1.0, 0.0, 0.0]), np.array([[1.0, 0.0, 0.0]])
    >>> no = np.zeros(1)
    >>> location_aware_scores(no, flat, before, one, 0 * one, one, left, no, one[0]).round(2)
    array([0.  , 0.76, 0.  ])
    """
    f = previous_features(previous, F)
    return np.array([w @ np.tanh(W @ s + V @ h[j] + U @ f[j] + b) for j in range(len(h))])
