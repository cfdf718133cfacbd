"""DRAW's loss and error image in NumPy, for one picture (Gregor et al. 2015, section 2).

``x`` is a picture of B rows and A columns, ``c`` a canvas of the same size.
"""

import numpy as np
from jaxtyping import Float

Array = np.ndarray


def error_image(x: Float[Array, "B A"], c: Float[Array, "B A"]) -> Float[Array, "B A"]:
    """x̂_t = x - σ(c_{t-1}): what the canvas still lacks (equation 3).

    >>> error_image(np.ones((1, 1)), np.zeros((1, 1)))
    array([[0.5]])
    """
    return x - 1 / (1 + np.exp(-c))


def step_kl(mean: Float[Array, " Z"], std: Float[Array, " Z"]) -> float:
    """KL(Q(Z_t | h) || N(0, 1)) = ½ Σ (μ² + σ² - log σ² - 1): one step's term.

    The paper writes the sum of the steps with the constant T/2, for one latent number a step.

    >>> step_kl(np.array([1.0, 0.0]), np.array([1.0, 1.0]))
    0.5
    """
    return float(0.5 * np.sum(mean**2 + std**2 - np.log(std**2) - 1))


def L_x(x: Float[Array, "B A"], c: Float[Array, "B A"]) -> float:
    """-log D(x | c_T), D being a coin of chance σ(c) for each pixel.

    >>> round(L_x(np.array([[1.0, 0.0]]), np.zeros((1, 2))), 4)
    1.3863
    """
    p = 1 / (1 + np.exp(-c))
    return float(-np.sum(x * np.log(p) + (1 - x) * np.log(1 - p)))


def L_z(means: list[Float[Array, " Z"]], stds: list[Float[Array, " Z"]]) -> float:
    """Σ_t KL(Q(Z_t | h_t) || P(Z_t)): every step has its term.

    >>> L_z([np.ones(1)] * 3, [np.ones(1)] * 3)
    1.5
    """
    return sum(step_kl(mean, std) for mean, std in zip(means, stds, strict=True))
