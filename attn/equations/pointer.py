"""Copying and coverage in NumPy, one decoder step at a time (See, Liu and Manning 2017)."""

import numpy as np
from jaxtyping import Float, Int

Array = np.ndarray


def coverage_scores(
    s_t: Float[Array, " n"],
    h: Float[Array, "T m"],
    c_t: Float[Array, " T"],
    W_h: Float[Array, "k m"],
    W_s: Float[Array, "k n"],
    w_c: Float[Array, " k"],
    b: Float[Array, " k"],
    v: Float[Array, " k"],
) -> Float[Array, " T"]:
    """e_i = vᵀ tanh(W_h h_i + W_s s_t + w_c c_i + b) (equation 11).

    >>> one = np.ones((1, 1))
    >>> c_t, w_c, b = np.array([0.0, 1.0]), np.array([-1.0]), np.zeros(1)
    >>> coverage_scores(np.ones(1), np.zeros((2, 1)), c_t, one, one, w_c, b, np.ones(1)).round(4)
    array([0.7616, 0.    ])
    """
    return np.array(
        [
            v @ np.tanh(W_h @ h_i + W_s @ s_t + w_c * c_i + b)
            for h_i, c_i in zip(h, c_t, strict=True)
        ]
    )


def copy_distribution(
    p_gen: float,
    P_vocab: Float[Array, " V"],
    a_t: Float[Array, " T"],
    source: Int[Array, " T"],
    size: int,
) -> Float[Array, " {size}"]:
    """P(w) = p_gen P_vocab(w) + (1 - p_gen) Σ_{i: w_i = w} a_i (equation 9).

    >>> copy_distribution(0.5, np.array([0.5, 0.5]), np.array([0.5, 0.5]), np.array([2, 2]), 3)
    array([0.25, 0.25, 0.5 ])
    """
    P = np.zeros(size)
    P[: len(P_vocab)] = p_gen * P_vocab
    for w_i, a_i in zip(source, a_t, strict=True):
        P[w_i] += (1 - p_gen) * a_i
    return P


def coverage(weights: Float[Array, "Tq T"]) -> Float[Array, "Tq T"]:
    """c^t = Σ_{t' < t} a^{t'} (equation 10).

    >>> coverage(np.eye(2))
    array([[0., 0.],
           [1., 0.]])
    """
    return np.array([weights[:t].sum(0) for t in range(len(weights))])


def coverage_loss(weights: Float[Array, "Tq T"]) -> Float[Array, " Tq"]:
    """Σ_i min(a_i^t, c_i^t), one number a step (equation 12).

    >>> coverage_loss(np.array([[1.0, 0.0], [0.5, 0.5]]))
    array([0. , 0.5])
    """
    return np.minimum(weights, coverage(weights)).sum(1)
