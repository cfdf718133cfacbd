"""A gated recurrent unit in NumPy, a symbol at a time (Cho et al. 2014a, as PyTorch writes it)."""

import numpy as np
from jaxtyping import Float

Array = np.ndarray


def _sigmoid(x: Float[Array, " n"]) -> Float[Array, " n"]:
    return 1 / (1 + np.exp(-x))


def gru_step(
    x: Float[Array, " d"],
    h: Float[Array, " n"],
    W: Float[Array, "n3 d"],
    U: Float[Array, "n3 n"],
    b: Float[Array, " n3"],
    c: Float[Array, " n3"],
) -> Float[Array, " n"]:
    """h' = z h + (1 - z) h̃: what is kept of the old state, and what is new.

    W, U, b and c hold the reset gate r, the update gate z and the candidate h̃, one below the other:
    r = σ(W_r x + b_r + U_r h + c_r), z likewise, h̃ = tanh(W_n x + b_n + r (U_n h + c_n)). The paper
    multiplies by r before U_n; PyTorch does so after, and so does this.

    >>> zero = np.zeros
    >>> gru_step(zero(1), np.array([0.5]), zero((3, 1)), zero((3, 1)), zero(3), zero(3))
    array([0.25])
    """
    given, kept = np.split(W @ x + b, 3), np.split(U @ h + c, 3)
    r = _sigmoid(given[0] + kept[0])
    z = _sigmoid(given[1] + kept[1])
    new = np.tanh(given[2] + r * kept[2])
    return z * h + (1 - z) * new


def encode(
    xs: Float[Array, "T d"],
    W: Float[Array, "n3 d"],
    U: Float[Array, "n3 n"],
    b: Float[Array, " n3"],
    c: Float[Array, " n3"],
) -> Float[Array, "T n"]:
    """h_t = f(x_t, h_{t-1}) for every t, from h_0 = 0 (Bahdanau et al. 2015, eq. 1).

    >>> encode(np.ones((2, 1)), *(np.zeros((3, 1)),) * 2, *(np.zeros(3),) * 2).shape
    (2, 1)
    """
    h, states = np.zeros(U.shape[1]), []
    for x in xs:
        h = gru_step(x, h, W, U, b, c)
        states.append(h)
    return np.array(states)
