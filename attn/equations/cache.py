"""The key-value cache in NumPy: one head, one position after another."""

import numpy as np
from jaxtyping import Float

from attn.equations.dot_product import attend

Array = np.ndarray


def cached_attention(
    Q: Float[Array, "T d"], K: Float[Array, "T d"], V: Float[Array, "T dv"]
) -> Float[Array, "T dv"]:
    """Position t appends its key and value, and reads the t that are there.

    >>> cached_attention(np.zeros((2, 1)), np.zeros((2, 1)), np.array([[1.0], [3.0]]))
    array([[1.],
           [2.]])
    """
    keys, values, out = [], [], []
    for q, k, v in zip(Q, K, V, strict=True):
        keys.append(k)
        values.append(v)
        out.append(attend(q, np.array(keys), np.array(values), np.sqrt(len(q))))
    return np.array(out)


def cache_bytes(B: int, T: int, depth: int, Hkv: int, d: int, bytes_each: int) -> int:
    """Counted one layer and one position after another.

    >>> cache_bytes(B=1, T=1, depth=1, Hkv=1, d=1, bytes_each=4)
    8
    """
    key = value = d * bytes_each
    return sum(B * Hkv * (key + value) for _ in range(depth) for _ in range(T))
