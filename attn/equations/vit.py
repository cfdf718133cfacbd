"""The Vision Transformer's way in, in NumPy, one patch at a time (Dosovitskiy et al. 2021)."""

import numpy as np
from jaxtyping import Float

Array = np.ndarray


def patchify(image: Float[Array, "C h w"], P: int) -> Float[Array, "N CPP"]:
    """x_p: N = h w / P² patches, row by row, each flattened channel by channel (section 3.1).

    >>> patchify(np.arange(16.0).reshape(1, 4, 4), 2)[1]
    array([2., 3., 6., 7.])
    """
    _, h, w = image.shape
    patches = []
    for top in range(0, h, P):
        for left in range(0, w, P):
            patches.append(image[:, top : top + P, left : left + P].reshape(-1))
    return np.stack(patches)


def embed_patches(
    patches: Float[Array, "N pixels"],
    E: Float[Array, "pixels D"],
    b: Float[Array, " D"],
    token: Float[Array, " D"],
    places: Float[Array, "T D"],
) -> Float[Array, "T D"]:
    """z_0 = [x_class; x_1 E; …; x_N E] + E_pos (equation 1); b is the code's, not the paper's.

    >>> one, places = np.ones((1, 1)), np.array([[0.1], [0.2]])
    >>> embed_patches(np.array([[5.0]]), one, np.zeros(1), np.array([9.0]), places)
    array([[9.1],
           [5.2]])
    """
    rows = [token] + [patch @ E + b for patch in patches]
    return np.stack(rows) + places


def gelu(x: Float[Array, "*B"]) -> Float[Array, "*B"]:
    """x Φ(x), with the distribution function Φ of the unit normal (Hendrycks and Gimpel 2016).

    >>> gelu(np.array([-10.0, 0.0, 10.0])).round(6) + 0
    array([ 0.,  0., 10.])
    """
    from scipy.special import ndtr

    return x * ndtr(x)
