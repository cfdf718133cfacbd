"""RMSNorm in NumPy, for one position (Zhang and Sennrich 2019)."""

import numpy as np
from jaxtyping import Float

Array = np.ndarray


def rms_norm(
    x: Float[Array, " D"], gain: Float[Array, " D"], eps: float = 1e-6
) -> Float[Array, " D"]:
    """gain * x / √(Σ x_d² / D + ε).

    >>> rms_norm(np.array([1.0, 7.0]), np.ones(2)).round(3)
    array([0.2, 1.4])
    """
    return gain * x / np.sqrt((x**2).sum() / len(x) + eps)
