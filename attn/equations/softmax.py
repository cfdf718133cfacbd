"""Softmax and what is read off it, in NumPy."""

import numpy as np
from jaxtyping import Bool, Float

Array = np.ndarray


def naive_softmax(scores: Float[Array, "*B n"]) -> Float[Array, "*B n"]:
    """exp(s) / Σ exp(s), as written in the books. Overflows to nan for large scores.

    >>> naive_softmax(np.log([1.0, 2.0, 5.0]))
    array([0.125, 0.25 , 0.625])
    """
    powers = np.exp(scores)
    return powers / powers.sum(-1, keepdims=True)


def softmax(scores: Float[Array, "*B n"]) -> Float[Array, "*B n"]:
    """The same function without overflow: softmax(s) = softmax(s - c), here with c = max s.

    >>> softmax(np.array([1000.0, 1000.0]))
    array([0.5, 0.5])
    """
    return naive_softmax(scores - scores.max(-1, keepdims=True))


def masked_softmax(scores: Float[Array, " n"], mask: Bool[Array, " n"]) -> Float[Array, " n"]:
    """Softmax over the scores whose mask is True; the others get exactly zero.

    Where nothing may be attended, the weights are all zero: there is nothing to average.

    >>> masked_softmax(np.array([0.0, 9.0, 0.0]), np.array([True, False, True]))
    array([0.5, 0. , 0.5])
    """
    weights = np.zeros_like(scores)
    if mask.any():
        weights[mask] = softmax(scores[mask])
    return weights


def softmax_jacobian(weights: Float[Array, " n"]) -> Float[Array, "n n"]:
    """∂w_i/∂s_j = w_i (1 - w_i) on the diagonal and -w_i w_j beside it.

    >>> softmax_jacobian(np.array([0.5, 0.5]))
    array([[ 0.25, -0.25],
           [-0.25,  0.25]])
    """
    n = len(weights)
    rows = [[weights[i] * ((i == j) - weights[j]) for j in range(n)] for i in range(n)]
    return np.array(rows)


def softmax_backward(
    weights: Float[Array, " n"], dweights: Float[Array, " n"]
) -> Float[Array, " n"]:
    """ds_j = Σ_i dw_i ∂w_i/∂s_j, written as the chain rule says.

    >>> softmax_backward(np.array([0.5, 0.5]), np.array([1.0, 0.0]))
    array([ 0.25, -0.25])
    """
    return dweights @ softmax_jacobian(weights)


def entropy(weights: Float[Array, " n"]) -> float:
    """H(p) = -Σ p ln p in nats, with 0 ln 0 = 0 (Shannon 1948): how spread out the weights are.

    >>> round(entropy(np.array([0.5, 0.5, 0.0])), 4)
    0.6931
    """
    return float(-sum(p * np.log(p) for p in weights if p > 0))
