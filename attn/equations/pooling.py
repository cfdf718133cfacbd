"""Kernel regression in NumPy: the average that looks nearby (Nadaraya 1964; Watson 1964)."""

import numpy as np
from jaxtyping import Float

from attn.equations.softmax import softmax

Array = np.ndarray


def kernel_weights(x: float, keys: Float[Array, " Tk"], width: float) -> Float[Array, " Tk"]:
    """w_j = exp(-(x - k_j)² / 2σ²) / Σ_i exp(-(x - k_i)² / 2σ²), with σ the width.

    >>> kernel_weights(0.0, np.array([-1.0, 1.0]), 1.0)
    array([0.5, 0.5])
    """
    return softmax(np.array([-((x - k) ** 2) / (2 * width**2) for k in keys]))


def kernel_regression(
    x: float, keys: Float[Array, " Tk"], values: Float[Array, " Tk"], width: float
) -> float:
    """ŷ(x) = Σ_j w_j v_j, the Nadaraya–Watson estimate.

    >>> kernel_regression(0.0, np.array([-1.0, 1.0]), np.array([10.0, 20.0]), 1.0)
    15.0
    """
    weights = kernel_weights(x, keys, width)
    return float(sum(w * v for w, v in zip(weights, values, strict=True)))
