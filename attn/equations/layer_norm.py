"""LayerNorm in NumPy, for one position (Ba, Kiros and Hinton 2016)."""

import numpy as np
from jaxtyping import Float

Array = np.ndarray


def layer_norm(
    x: Float[Array, " D"], gain: Float[Array, " D"], bias: Float[Array, " D"], eps: float = 1e-5
) -> Float[Array, " D"]:
    """gain * (x - μ) / √(σ² + ε) + bias, with σ² = Σ (x_d - μ)² / D.

    >>> layer_norm(np.array([1.0, 3.0]), np.ones(2), np.zeros(2)).round(3)
    array([-1.,  1.])
    """
    mean = x.sum() / len(x)
    variance = ((x - mean) ** 2).sum() / len(x)
    return gain * (x - mean) / np.sqrt(variance + eps) + bias
