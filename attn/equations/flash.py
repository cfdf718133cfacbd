"""The online softmax in NumPy, one query and one key at a time, and its backward pass."""

import numpy as np
from jaxtyping import Float

Array = np.ndarray


def online_attention(
    q: Float[Array, " d"], K: Float[Array, "Tk d"], V: Float[Array, "Tk dv"]
) -> tuple[Float[Array, " dv"], float]:
    """Attention of one query in one pass, and log Σ exp(s_j), which is kept for the way back.

    m is the largest score so far, l = Σ exp(s_j - m), o = Σ exp(s_j - m) v_j (Milakov &
    Gimelshein 2018 for m and l).

    >>> online_attention(np.zeros(1), np.zeros((2, 1)), np.array([[3.0], [5.0]]))[0]
    array([4.])
    """
    m, l, o = -np.inf, 0.0, np.zeros(V.shape[1])  # noqa: E741
    for k, v in zip(K, V, strict=True):
        s = q @ k / np.sqrt(len(q))
        m_new = max(m, s)
        l = l * np.exp(m - m_new) + np.exp(s - m_new)  # noqa: E741
        o = o * np.exp(m - m_new) + np.exp(s - m_new) * v
        m = m_new
    return o / l, m + np.log(l)


def merged(
    a: tuple[float, float, Float[Array, " dv"]], b: tuple[float, float, Float[Array, " dv"]]
) -> tuple[float, float, Float[Array, " dv"]]:
    """Two parts of a row, each with its m, l and o, as one: in any order, with the same result.

    >>> merged((0.0, 1.0, np.array([3.0])), (0.0, 1.0, np.array([5.0])))
    (0.0, 2.0, array([8.]))
    """
    (m_a, l_a, o_a), (m_b, l_b, o_b) = a, b
    m = max(m_a, m_b)
    of_a, of_b = np.exp(m_a - m), np.exp(m_b - m)
    return m, float(of_a * l_a + of_b * l_b), of_a * o_a + of_b * o_b


def online_backward(
    q: Float[Array, " d"],
    K: Float[Array, "Tk d"],
    V: Float[Array, "Tk dv"],
    out: Float[Array, " dv"],
    log_norm: float,
    dout: Float[Array, " dv"],
) -> tuple[Float[Array, " d"], Float[Array, "Tk d"], Float[Array, "Tk dv"]]:
    """The gradients of q, K and V, one key at a time: each weight is computed again and forgotten.

    >>> one = np.ones((1, 1))
    >>> online_backward(one[0], one, one, out=one[0], log_norm=1.0, dout=one[0])
    (array([0.]), array([[0.]]), array([[1.]]))
    """
    dq, dK, dV = np.zeros_like(q), np.zeros_like(K), np.zeros_like(V)
    root = np.sqrt(len(q))
    for j, (k, v) in enumerate(zip(K, V, strict=True)):
        w = np.exp(q @ k / root - log_norm)
        ds = w * (dout @ v - dout @ out)
        dV[j] = w * dout
        dK[j] = ds * q / root
        dq += ds * k / root
    return dq, dK, dV
