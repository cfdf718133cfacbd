"""Attention pooling in NumPy, one sequence at a time (Yang et al. 2016)."""

import numpy as np
from jaxtyping import Bool, Float

from attn.equations.softmax import masked_softmax

Array = np.ndarray


def pooling_keys(
    h: Float[Array, "T m"], W: Float[Array, "k m"], b: Float[Array, " k"]
) -> Float[Array, "T k"]:
    """u_t = tanh(W h_t + b), equation 5: what each position answers to.

    >>> pooling_keys(np.array([[0.0], [1.0]]), np.array([[1.0]]), np.zeros(1)).round(4)
    array([[0.    ],
           [0.7616]])
    """
    return np.array([np.tanh(W @ h_t + b) for h_t in h])


def attention_pool(
    q: Float[Array, " k"], u: Float[Array, "T k"], h: Float[Array, "T m"], mask: Bool[Array, " T"]
) -> tuple[Float[Array, " m"], Float[Array, " T"]]:
    """s = Σ_t α_t h_t with α = softmax(u_tᵀ q), equations 6 and 7, and α; padding gets no weight.

    >>> both = np.array([True, True])
    >>> attention_pool(np.zeros(1), np.zeros((2, 1)), np.array([[1.0], [5.0]]), both)
    (array([3.]), array([0.5, 0.5]))
    """
    weights = masked_softmax(np.array([u_t @ q for u_t in u]), mask)
    return np.sum([w * h_t for w, h_t in zip(weights, h, strict=True)], axis=0), weights


def query_gradient(
    q: Float[Array, " k"],
    u: Float[Array, "T k"],
    h: Float[Array, "T m"],
    mask: Bool[Array, " T"],
    slope: Float[Array, " m"],
) -> Float[Array, " k"]:
    """∂L/∂q = Σ_t α_t (g · (h_t - s)) u_t, with g = ∂L/∂s the slope of the loss.

    >>> h, both = np.array([[1.0], [5.0]]), np.array([True, True])
    >>> query_gradient(np.zeros(1), np.array([[0.0], [1.0]]), h, both, np.ones(1))
    array([1.])
    """
    s, weights = attention_pool(q, u, h, mask)
    terms = [w * (slope @ (h_t - s)) * u_t for w, h_t, u_t in zip(weights, h, u, strict=True)]
    return np.sum(terms, axis=0)
