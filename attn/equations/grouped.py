"""Grouped heads in NumPy, one head at a time."""

import numpy as np
from jaxtyping import Float

from attn.equations.dot_product import attend

Array = np.ndarray


def grouped_query_attention(
    Q: Float[Array, "H Tq d"], K: Float[Array, "Hkv Tk d"], V: Float[Array, "Hkv Tk dv"]
) -> Float[Array, "H Tq dv"]:
    """Neighbouring query heads share one head of keys and values.

    >>> Q, K, V = np.zeros((2, 1, 3)), np.zeros((1, 2, 3)), np.array([[[10.0], [20.0]]])
    >>> grouped_query_attention(Q, K, V).tolist()
    [[[15.0]], [[15.0]]]
    """
    (H, _, d), Hkv = Q.shape, len(K)
    shared = [h // (H // Hkv) for h in range(H)]
    return np.array(
        [[attend(q, K[g], V[g], np.sqrt(d)) for q in Q[h]] for h, g in enumerate(shared)]
    )
