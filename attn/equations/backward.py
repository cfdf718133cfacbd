"""The backward pass of attention in NumPy, one query and one key at a time."""

import numpy as np
from jaxtyping import Bool, Float

from attn.equations.softmax import masked_softmax, softmax_jacobian

Array = np.ndarray


def attention_backward(
    Q: Float[Array, "Tq d"],
    K: Float[Array, "Tk d"],
    V: Float[Array, "Tk dv"],
    dout: Float[Array, "Tq dv"],
    mask: Bool[Array, "Tq Tk"],
    bias: Float[Array, "Tq Tk"] | None = None,
) -> tuple[Float[Array, "Tq d"], Float[Array, "Tk d"], Float[Array, "Tk dv"]]:
    """The chain rule, link by link, for out_i = Σ_j w_ij v_j with w_i = softmax(q_i · k_j / √d).

    A ``bias`` is added to the scores, and moves none of the links.

    >>> one = np.ones((1, 1))
    >>> attention_backward(one, one, one, one, one > 0)
    (array([[0.]]), array([[0.]]), array([[1.]]))
    """
    (Tq, d), Tk = Q.shape, len(K)
    dQ, dK, dV = np.zeros_like(Q), np.zeros_like(K), np.zeros_like(V)
    for i in range(Tq):
        scores = np.array([Q[i] @ k for k in K]) / np.sqrt(d)
        w = masked_softmax(scores if bias is None else scores + bias[i], mask[i])
        dw = np.array([dout[i] @ v for v in V])
        ds = softmax_jacobian(w).T @ dw
        for j in range(Tk):
            dV[j] += w[j] * dout[i]
            dQ[i] += ds[j] * K[j] / np.sqrt(d)
            dK[j] += ds[j] * Q[i] / np.sqrt(d)
    return dQ, dK, dV
