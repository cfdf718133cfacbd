"""Positions in NumPy, number by number."""

import numpy as np
from jaxtyping import Float

Array = np.ndarray


def sinusoidal_encoding(T: int, D: int) -> Float[Array, "T D"]:
    """PE(t, 2i) = sin(t / 10000^(2i/D)), PE(t, 2i+1) = cos(t / 10000^(2i/D)).

    Vaswani et al. 2017, section 3.5.

    >>> sinusoidal_encoding(2, 2).round(4).tolist()
    [[0.0, 1.0], [0.8415, 0.5403]]
    """
    PE = np.zeros((T, D))
    for t in range(T):
        for i in range(D // 2):
            angle = t / 10000 ** (2 * i / D)
            PE[t, 2 * i] = np.sin(angle)
            PE[t, 2 * i + 1] = np.cos(angle)
    return PE


def shift(k: int, D: int) -> Float[Array, "D D"]:
    """The matrix M with PE(t + k) = M PE(t) for every t: a rotation of each pair.

    sin((t + k) ω) = cos(kω) sin(tω) + sin(kω) cos(tω), and likewise for the cosine.

    >>> np.allclose(shift(3, 4) @ sinusoidal_encoding(9, 4)[5], sinusoidal_encoding(9, 4)[8])
    True
    """
    M = np.zeros((D, D))
    for i in range(D // 2):
        angle = k / 10000 ** (2 * i / D)
        c, s = np.cos(angle), np.sin(angle)
        M[2 * i : 2 * i + 2, 2 * i : 2 * i + 2] = [[c, s], [-s, c]]
    return M


def rotation(t: int, d: int) -> Float[Array, "d d"]:
    """R_t: turns the pair (2i, 2i+1) by the angle t / 10000^(2i/d) (Su et al. 2021, RoFormer).

    >>> rotation(1, 2).round(4).tolist()
    [[0.5403, -0.8415], [0.8415, 0.5403]]
    """
    R = np.zeros((d, d))
    for i in range(d // 2):
        angle = t / 10000 ** (2 * i / d)
        c, s = np.cos(angle), np.sin(angle)
        R[2 * i : 2 * i + 2, 2 * i : 2 * i + 2] = [[c, -s], [s, c]]
    return R


def rotary_embedding(X: Float[Array, "T d"]) -> Float[Array, "T d"]:
    """R_t x_t for each position t, so that (R_m q) · (R_n k) depends on m - n alone.

    >>> rotary_embedding(np.array([[1.0, 0.0], [1.0, 0.0]])).round(4).tolist()
    [[1.0, 0.0], [0.5403, 0.8415]]
    """
    return np.array([rotation(t, X.shape[1]) @ x for t, x in enumerate(X)])


def alibi_bias(T: int, H: int) -> Float[Array, "H T T"]:
    """-m_h |i - j| with m_h = 2^(-8h/H) for h = 1 … H (Press et al. 2022).

    >>> alibi_bias(2, 8)[0].tolist()
    [[0.0, -0.5], [-0.5, 0.0]]
    """
    bias = np.zeros((H, T, T))
    for h in range(1, H + 1):
        for i in range(T):
            for j in range(T):
                bias[h - 1, i, j] = 2 ** (-8 * h / H) * -abs(i - j)
    return bias
