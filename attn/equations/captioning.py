"""Show, Attend and Tell on one picture and one word, in NumPy; the sentinel of Lu et al. 2017.

Annotations a are (L, D), scores e and weights α are (L).
"""

import numpy as np
from jaxtyping import Float

from attn.equations.softmax import softmax


def gate(
    h: Float[np.ndarray, " n"], w: Float[np.ndarray, " n"], b: float | np.floating
) -> np.floating:
    """β_t = σ(f_β(h_{t-1})), f_β being linear here (Xu et al. 2015, section 4.2.1).

    >>> gate(np.array([1.0, 1.0]), np.array([2.0, -2.0]), 0.0)
    np.float64(0.5)
    """
    return 1 / (1 + np.exp(-(np.dot(w, h) + b)))


def gated_context(
    a: Float[np.ndarray, "L D"], alpha: Float[np.ndarray, " L"], beta: float | np.floating
) -> Float[np.ndarray, " D"]:
    """ẑ = β Σ_i α_i a_i (Xu et al. 2015, section 4.2.1).

    >>> gated_context(np.array([[2.0], [4.0]]), np.array([0.5, 0.5]), 0.1)
    array([0.3])
    """
    return beta * (alpha @ a)


def doubly_stochastic_penalty(alpha: Float[np.ndarray, "C L"]) -> np.floating:
    """Σ_i (1 - Σ_t α_ti)² of one caption of C words (Xu et al. 2015, section 4.2.1).

    >>> doubly_stochastic_penalty(np.array([[1.0, 0.0], [0.5, 0.5]]))
    np.float64(0.5)
    """
    return ((1 - alpha.sum(0)) ** 2).sum()


def sentinel(
    W_x: Float[np.ndarray, "n x"],
    W_h: Float[np.ndarray, "n n"],
    x: Float[np.ndarray, " x"],
    h: Float[np.ndarray, " n"],
    m: Float[np.ndarray, " n"],
) -> Float[np.ndarray, " n"]:
    """s_t = σ(W_x x_t + W_h h_{t-1}) ⊙ tanh(m_t) (Lu et al. 2017).

    >>> sentinel(np.zeros((1, 1)), np.zeros((1, 1)), np.ones(1), np.ones(1), np.array([20.0]))
    array([0.5])
    """
    return 1 / (1 + np.exp(-(W_x @ x + W_h @ h))) * np.tanh(m)


def sentinel_context(
    e: Float[np.ndarray, " L"],
    e_s: float | np.floating,
    a: Float[np.ndarray, "L D"],
    s: Float[np.ndarray, " D"],
) -> tuple[Float[np.ndarray, " D"], Float[np.ndarray, " L"], np.floating]:
    """ĉ = β s + (1 - β) c, α and β (Lu et al. 2017).

    >>> sentinel_context(np.zeros(2), 0.0, np.array([[2.0], [4.0]]), np.array([9.0]))[0]
    array([5.])
    """
    alpha = softmax(e)
    beta = softmax(np.append(e, e_s))[-1]
    return beta * s + (1 - beta) * (alpha @ a), alpha, beta
