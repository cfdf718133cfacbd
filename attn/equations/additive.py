"""Additive attention in NumPy, one decoder state at a time (Bahdanau et al. 2015)."""

import numpy as np
from jaxtyping import Float

from attn.equations.softmax import softmax

Array = np.ndarray


def additive_scores(
    s: Float[Array, " n"],
    h: Float[Array, "T m"],
    W_a: Float[Array, "k n"],
    U_a: Float[Array, "k m"],
    v_a: Float[Array, " k"],
) -> Float[Array, " T"]:
    """e_j = v_aᵀ tanh(W_a s + U_a h_j): the tanh bends k hidden units, v_a adds up their votes.

    s is the decoder's state *before* the word that is about to be written, s_{i-1}.

    >>> s, h, one = np.array([1.0]), np.array([[-1.0], [0.0]]), np.array([[1.0]])
    >>> additive_scores(s, h, one, one, np.array([2.0])).round(4)
    array([0.    , 1.5232])
    """
    return np.array([v_a @ np.tanh(W_a @ s + U_a @ h_j) for h_j in h])


def popular_scores(
    s: Float[Array, " n"],
    h: Float[Array, "T m"],
    w_s: Float[Array, " n"],
    w_h: Float[Array, " m"],
    b: float = 0.0,
) -> Float[Array, " T"]:
    """e_j = tanh(w_s · s + w_h · h_j + b): a popular misquotation that ranks h alike for all s.

    >>> h = np.array([[1.0], [3.0], [2.0]])
    >>> [int(popular_scores(np.array([s]), h, np.ones(1), np.ones(1)).argmax()) for s in (-3., 0.)]
    [1, 1]
    """
    return np.array([np.tanh(w_s @ s + w_h @ h_j + b) for h_j in h])


def additive_context(
    scores: Float[Array, " T"], h: Float[Array, "T m"]
) -> tuple[Float[Array, " m"], Float[Array, " T"]]:
    """c = Σ_j α_j h_j with α = softmax(e), and α.

    >>> additive_context(np.zeros(2), np.array([[2.0], [4.0]]))
    (array([3.]), array([0.5, 0.5]))
    """
    weights = softmax(scores)
    return weights @ h, weights
