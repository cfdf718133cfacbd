"""Linear attention in NumPy, one query and one key at a time (Katharopoulos et al. 2020)."""

import numpy as np
from jaxtyping import Bool, Float

Array = np.ndarray


def positive_features(x: Float[Array, " d"]) -> Float[Array, " d"]:
    """φ(x) = elu(x) + 1.

    >>> positive_features(np.array([0.0, 1.0]))
    array([1., 2.])
    """
    return np.where(x > 0, x + 1, np.exp(np.minimum(x, 0)))


def linear_attention(
    Q: Float[Array, "Tq d"],
    K: Float[Array, "Tk d"],
    V: Float[Array, "Tk dv"],
    mask: Bool[Array, "Tq Tk"],
) -> Float[Array, "Tq dv"]:
    """The definition, weight by weight, with the Tq × Tk weights that the fast form avoids.

    >>> Q, K, V = np.zeros((1, 1)), np.zeros((2, 1)), np.array([[3.0], [5.0]])
    >>> linear_attention(Q, K, V, np.ones((1, 2), bool))
    array([[4.]])
    """
    out = np.zeros((len(Q), V.shape[1]))
    for i, q in enumerate(Q):
        similar = np.array([positive_features(q) @ positive_features(k) for k in K]) * mask[i]
        if mask[i].any():
            out[i] = (similar / similar.sum()) @ V
    return out


def recurrent_linear_attention(
    Q: Float[Array, "T d"], K: Float[Array, "T d"], V: Float[Array, "T dv"]
) -> Float[Array, "T dv"]:
    """The causal case as a recurrent network: a matrix S and a vector z are all it remembers.

    >>> recurrent_linear_attention(np.zeros((2, 1)), np.zeros((2, 1)), np.array([[3.0], [5.0]]))
    array([[3.],
           [4.]])
    """
    S, z = np.zeros((K.shape[1], V.shape[1])), np.zeros(K.shape[1])
    out = []
    for q, k, v in zip(Q, K, V, strict=True):
        S = S + np.outer(positive_features(k), v)
        z = z + positive_features(k)
        out.append(positive_features(q) @ S / (positive_features(q) @ z))
    return np.stack(out)
