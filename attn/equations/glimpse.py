"""DRAW's filters in NumPy, one picture and one number at a time (Gregor et al. 2015, section 3).

The paper's letters: ``x`` is a picture of B rows and A columns, ``N`` the filters a side. Pixels
and filters are counted from 1, as there, so that the printed formulas can be read off.
"""

import numpy as np
from jaxtyping import Float

Array = np.ndarray


def mu(g: float, delta: float, N: int) -> Float[Array, " N"]:
    """μ^i = g + (i - N/2 - 0.5) δ, i from 1 (equations 19 and 20).

    >>> mu(4.0, 2.0, 4)
    array([1., 3., 5., 7.])
    """
    return np.array([g + (i - N / 2 - 0.5) * delta for i in range(1, N + 1)])


def centre(g_tilde: float, A: int) -> float:
    """g = (A + 1) / 2 (g̃ + 1), in pixels counted from 1 (equations 22 and 23).

    >>> centre(0.0, 4)
    2.5
    """
    return (A + 1) / 2 * (g_tilde + 1)


def stride(delta_tilde: float, A: int, B: int, N: int) -> float:
    """δ = (max(A, B) - 1) / (N - 1) δ̃ (equation 24).

    >>> stride(1.0, 8, 4, 8)
    1.0
    """
    return (max(A, B) - 1) / (N - 1) * delta_tilde


def F(mu: Float[Array, " N"], sigma2: float, A: int) -> Float[Array, "N A"]:
    """F[i, a] = exp(-(a - μ^i)² / 2σ²) / Z, a from 1; each row sums to 1 (equations 25 and 26).

    >>> F(np.array([2.0]), 0.5, 3).round(4)
    array([[0.2119, 0.5761, 0.2119]])
    """
    bank = np.zeros((len(mu), A))
    for i, place in enumerate(mu):
        for a in range(1, A + 1):
            bank[i, a - 1] = np.exp(-((a - place) ** 2) / (2 * sigma2))
        bank[i] /= bank[i].sum()
    return bank


def read(
    x: Float[Array, "B A"], F_X: Float[Array, "N A"], F_Y: Float[Array, "N B"], gamma: float
) -> Float[Array, "N N"]:
    """γ F_Y x F_Xᵀ, filter by filter (equation 27).

    >>> read(np.ones((2, 2)), np.full((1, 2), 0.5), np.full((1, 2), 0.5), 3.0)
    array([[3.]])
    """
    N = len(F_X)
    patch = np.zeros((N, N))
    for j in range(N):
        for i in range(N):
            patch[j, i] = gamma * np.sum(F_Y[j][:, None] * F_X[i][None, :] * x)
    return patch


def write(
    w: Float[Array, "N N"], F_X: Float[Array, "N A"], F_Y: Float[Array, "N B"], gamma: float
) -> Float[Array, "B A"]:
    """F_Yᵀ w F_X / γ, filter by filter (equation 29).

    >>> write(np.array([[3.0]]), np.full((1, 2), 0.5), np.full((1, 2), 0.5), 3.0)
    array([[0.25, 0.25],
           [0.25, 0.25]])
    """
    canvas = np.zeros((F_Y.shape[1], F_X.shape[1]))
    for j in range(len(F_Y)):
        for i in range(len(F_X)):
            canvas += w[j, i] * F_Y[j][:, None] * F_X[i][None, :] / gamma
    return canvas
