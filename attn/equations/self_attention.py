"""Self-attention in NumPy, one position at a time."""

import numpy as np
from jaxtyping import Float

from attn.equations.softmax import softmax

Array = np.ndarray


def project_qkv(
    X: Float[Array, "T D"],
    W_q: Float[Array, "D d"],
    W_k: Float[Array, "D d"],
    W_v: Float[Array, "D dv"],
) -> tuple[Float[Array, "T d"], Float[Array, "T d"], Float[Array, "T dv"]]:
    """q_t = x_t W_q, k_t = x_t W_k, v_t = x_t W_v, for each position t.

    >>> project_qkv(np.ones((1, 2)), np.eye(2), np.eye(2), np.ones((2, 1)))[2]
    array([[2.]])
    """
    Q = np.array([x @ W_q for x in X])
    K = np.array([x @ W_k for x in X])
    V = np.array([x @ W_v for x in X])
    return Q, K, V


def self_attention(
    X: Float[Array, "T D"],
    W_q: Float[Array, "D d"],
    W_k: Float[Array, "D d"],
    W_v: Float[Array, "D dv"],
) -> Float[Array, "T dv"]:
    """o_t = Σ_s softmax_s(q_t · k_s / √d) v_s, for each position t (Vaswani et al. 2017, eq. 1).

    >>> self_attention(np.ones((3, 2)), np.eye(2), np.eye(2), np.eye(2)[:, :1]).tolist()
    [[1.0], [1.0], [1.0]]
    """
    Q, K, V = project_qkv(X, W_q, W_k, W_v)
    out = [softmax(K @ q / np.sqrt(len(q))) @ V for q in Q]
    return np.array(out)


def causal_self_attention(
    X: Float[Array, "T D"],
    W_q: Float[Array, "D d"],
    W_k: Float[Array, "D d"],
    W_v: Float[Array, "D dv"],
) -> Float[Array, "T dv"]:
    """The same, but position t reads only s ≤ t: itself and what stands before it.

    >>> causal_self_attention(np.array([[1.0], [3.0]]), *np.zeros((2, 1, 1)), np.eye(1)).tolist()
    [[1.0], [2.0]]
    """
    return np.array([self_attention(X[: t + 1], W_q, W_k, W_v)[-1] for t in range(len(X))])


def biased_attention(
    Q: Float[Array, "Tq d"],
    K: Float[Array, "Tk d"],
    V: Float[Array, "Tk dv"],
    bias: Float[Array, "Tq Tk"],
) -> Float[Array, "Tq dv"]:
    """o_t = Σ_s softmax_s(q_t · k_s / √d + b_ts) v_s.

    >>> biased_attention(np.zeros((1, 1)), np.zeros((2, 1)), np.eye(2), np.log([[1.0, 3.0]]))
    array([[0.25, 0.75]])
    """
    out = [softmax(K @ q / np.sqrt(len(q)) + b) @ V for q, b in zip(Q, bias, strict=True)]
    return np.array(out)
