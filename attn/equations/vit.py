"""The Vision Transformer in NumPy, one picture at a time (Dosovitskiy et al. 2021)."""

import numpy as np
from jaxtyping import Float

from attn.equations.layer_norm import layer_norm
from attn.equations.multi_head import merge_heads, split_heads
from attn.equations.softmax import softmax

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


def block(X: Float[Array, "T D"], p: dict[str, Array], H: int) -> Float[Array, "T D"]:
    """z' = MSA(LN(z)) + z, then z'' = MLP(LN(z')) + z' (equations 2 and 3), without a mask.

    ``p`` holds ``W_q``, ``W_k``, ``W_v``, ``W_o`` (D, D), ``W_1`` (D, F), ``W_2`` (F, D), their
    biases ``b_…``, and two gains and biases of norms: ``g_1``, ``c_1``, ``g_2``, ``c_2``.

    >>> zero = {name: np.zeros((2, 2)) for name in ("W_q", "W_k", "W_v", "W_o", "W_1", "W_2")}
    >>> zero |= {name: np.zeros(2) for name in "b_q b_k b_v b_o b_1 b_2 g_1 c_1 g_2 c_2".split()}
    >>> block(np.ones((3, 2)), zero, H=1)
    array([[1., 1.],
           [1., 1.],
           [1., 1.]])
    """
    Y = np.stack([layer_norm(x, p["g_1"], p["c_1"]) for x in X])
    Q, K, V = (Y @ p[f"W_{i}"] + p[f"b_{i}"] for i in "qkv")
    read = []
    for q, k, v in zip(*(split_heads(A, H) for A in (Q, K, V)), strict=True):
        weights = np.stack([softmax(k @ row / np.sqrt(k.shape[-1])) for row in q])
        read.append(weights @ v)
    X = X + merge_heads(np.stack(read)) @ p["W_o"] + p["b_o"]
    Y = np.stack([layer_norm(x, p["g_2"], p["c_2"]) for x in X])
    return X + gelu(Y @ p["W_1"] + p["b_1"]) @ p["W_2"] + p["b_2"]


def scores(
    X: Float[Array, "T D"],
    gain: Float[Array, " D"],
    bias: Float[Array, " D"],
    W: Float[Array, "D classes"],
    b: Float[Array, " classes"],
) -> Float[Array, " classes"]:
    """y = LN(z_L^0) (equation 4), and a line to the scores: the class token's row alone.

    >>> scores(np.array([[3.0, 1.0], [9.0, 9.0]]), np.ones(2), np.zeros(2), np.eye(2), np.zeros(2))
    array([ 0.999995, -0.999995])
    """
    return layer_norm(X[0], gain, bias) @ W + b
