"""Luong's attention in NumPy, one decoder state at a time (Luong, Pham and Manning 2015)."""

import numpy as np
from jaxtyping import Float

from attn.equations.softmax import softmax

Array = np.ndarray


def dot_scores(h_t: Float[Array, " n"], h: Float[Array, "T n"]) -> Float[Array, " T"]:
    """score(h_t, h̄_s) = h_tᵀ h̄_s.

    >>> dot_scores(np.array([1.0, 2.0]), np.eye(2))
    array([1., 2.])
    """
    return np.array([h_t @ h_s for h_s in h])


def general_scores(
    h_t: Float[Array, " n"], h: Float[Array, "T m"], W_a: Float[Array, "n m"]
) -> Float[Array, " T"]:
    """score(h_t, h̄_s) = h_tᵀ W_a h̄_s.

    >>> general_scores(np.array([1.0]), np.eye(2), np.array([[3.0, 4.0]]))
    array([3., 4.])
    """
    return np.array([h_t @ W_a @ h_s for h_s in h])


def concat_scores(
    h_t: Float[Array, " n"],
    h: Float[Array, "T m"],
    W_a: Float[Array, "k n+m"],
    v_a: Float[Array, " k"],
) -> Float[Array, " T"]:
    """score(h_t, h̄_s) = v_aᵀ tanh(W_a [h_t; h̄_s]).

    >>> W_a, v_a = np.array([[1.0, 1.0]]), np.array([2.0])
    >>> concat_scores(np.array([1.0]), np.array([[-1.0], [0.0]]), W_a, v_a).round(4)
    array([0.    , 1.5232])
    """
    return np.array([v_a @ np.tanh(W_a @ np.concatenate([h_t, h_s])) for h_s in h])


def location_scores(
    h_t: Float[Array, " n"], T: int, W_a: Float[Array, "longest n"]
) -> Float[Array, " T"]:
    """The first T rows of W_a h_t: no annotation is looked at (equation 8). T is at most longest.

    >>> location_scores(np.array([2.0]), 2, np.array([[1.0], [2.0], [3.0]]))
    array([2., 4.])
    """
    return (W_a @ h_t)[:T]


def attentional_vector(
    c_t: Float[Array, " m"], h_t: Float[Array, " n"], W_c: Float[Array, "k m+n"]
) -> Float[Array, " k"]:
    """h̃_t = tanh(W_c [c_t; h_t]) (equation 5).

    >>> attentional_vector(np.ones(1), np.zeros(1), np.array([[2.0, 5.0]])).round(4)
    array([0.964])
    """
    return np.tanh(W_c @ np.concatenate([c_t, h_t]))


def global_step(
    h_t: Float[Array, " n"],
    h: Float[Array, "T m"],
    scores: Float[Array, " T"],
    W_c: Float[Array, "k m+n"],
) -> tuple[Float[Array, " k"], Float[Array, " m"], Float[Array, " T"]]:
    """From the state h_t to h̃_t, in Luong's order: a_t (equation 7), c_t, h̃_t (equation 5).

    Gives h̃_t, c_t and a_t.

    >>> h = np.array([[2.0], [4.0]])
    >>> vector, c_t, a_t = global_step(np.zeros(1), h, np.zeros(2), np.array([[1.0, 0.0]]))
    >>> c_t, a_t, vector.round(3)
    (array([3.]), array([0.5, 0.5]), array([0.995]))
    """
    a_t = softmax(scores)
    c_t = a_t @ h
    return attentional_vector(c_t, h_t, W_c), c_t, a_t
