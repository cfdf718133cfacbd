"""Local attention in NumPy, one decoder state at a time (Luong, Pham and Manning 2015, 3.2)."""

import numpy as np
from jaxtyping import Float, Int

from attn.equations.softmax import softmax

Array = np.ndarray


def predicted_position(
    h_t: Float[Array, " n"], S: int, W_p: Float[Array, "k n"], v_p: Float[Array, " k"]
) -> float:
    """p_t = S · sigmoid(v_pᵀ tanh(W_p h_t)) (equation 9).

    >>> predicted_position(np.zeros(2), 8, np.ones((3, 2)), np.ones(3))
    4.0
    """
    return float(S / (1 + np.exp(-(v_p @ np.tanh(W_p @ h_t)))))


def window(p_t: float | int, S: int, D: int) -> Int[Array, " w"]:
    """The positions s = 0 … S - 1 in [p_t - D, p_t + D]; what lies outside the source is ignored.

    >>> window(0.4, 6, 2), window(3.0, 6, 2)
    (array([0, 1, 2]), array([1, 2, 3, 4, 5]))
    """
    return np.array([s for s in range(S) if p_t - D <= s <= p_t + D], dtype=int)


def local_m_weights(scores: Float[Array, " S"], t: int, D: int) -> Float[Array, " S"]:
    """Monotone: p_t = t, and a softmax over the window (equation 7 there).

    >>> local_m_weights(np.zeros(4), 0, 1)
    array([0.5, 0.5, 0. , 0. ])
    """
    weights = np.zeros_like(scores)
    held = window(t, len(scores), D)
    if len(held):
        weights[held] = softmax(scores[held])
    return weights


def local_p_weights(scores: Float[Array, " S"], p_t: float, D: int) -> Float[Array, " S"]:
    """Predictive: a(s) = align(s) · exp(-(s - p_t)² / 2σ²), σ = D/2 (equation 10).

    >>> local_p_weights(np.zeros(4), 1.0, 1).round(4)
    array([0.0451, 0.3333, 0.0451, 0.    ])
    """
    sigma = D / 2
    s = np.arange(len(scores))
    weights = np.zeros_like(scores)
    held = window(p_t, len(scores), D)
    weights[held] = softmax(scores[held])
    return weights * np.exp(-((s - p_t) ** 2) / (2 * sigma**2))
