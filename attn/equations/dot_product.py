"""Dot-product attention in NumPy, one query at a time."""

import numpy as np
from jaxtyping import Float

from attn.equations.softmax import softmax

Array = np.ndarray


def scores(q: Float[Array, " d"], K: Float[Array, "Tk d"]) -> Float[Array, " Tk"]:
    """s_j = q · k_j, one number a key.

    >>> scores(np.array([1.0, 0.0]), np.array([[2.0, 5.0], [0.0, 1.0]]))
    array([2., 0.])
    """
    return np.array([sum(q_i * k_i for q_i, k_i in zip(q, k, strict=True)) for k in K])


def attend(
    q: Float[Array, " d"],
    K: Float[Array, "Tk d"],
    V: Float[Array, "Tk dv"],
    temperature: float = 1.0,
) -> Float[Array, " dv"]:
    """Σ_j softmax(s / temperature)_j v_j: the values, averaged with the weights.

    With temperature √d this is Vaswani et al. 2017, equation 1, for one query.

    >>> attend(np.array([0.0]), np.array([[1.0], [2.0]]), np.array([[10.0], [20.0]]))
    array([15.])
    """
    weights = softmax(scores(q, K) / temperature)
    return np.sum([w * v for w, v in zip(weights, V, strict=True)], axis=0)
