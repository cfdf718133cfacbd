"""Sliding windows and global tokens in NumPy, one query at a time (Beltagy et al. 2020)."""

import numpy as np
from jaxtyping import Bool, Float

from attn.equations.softmax import masked_softmax

Array = np.ndarray


def sliding_window_mask(T: int, before: int, after: int) -> Bool[Array, "T T"]:
    """Query i may see key j when i - before <= j <= i + after.

    >>> sliding_window_mask(2, before=0, after=1)
    array([[ True,  True],
           [False,  True]])
    """
    return np.array([[i - before <= j <= i + after for j in range(T)] for i in range(T)])


def global_token_mask(mask: Bool[Array, "T T"], is_global: Bool[Array, " T"]) -> Bool[Array, "T T"]:
    """Query i may see key j when it might before, or when one of the two is global.

    >>> global_token_mask(np.zeros((2, 2), bool), np.array([True, False]))
    array([[ True,  True],
           [ True, False]])
    """
    T = len(is_global)
    return np.array(
        [[mask[i, j] or is_global[i] or is_global[j] for j in range(T)] for i in range(T)]
    )


def window_attention(
    Q: Float[Array, "T d"],
    K: Float[Array, "T d"],
    V: Float[Array, "T dv"],
    before: int,
    after: int,
) -> Float[Array, "T dv"]:
    """For each query, attention over the keys of its window: it never looks at the others.

    >>> X = np.array([[1.0], [2.0], [3.0]])
    >>> window_attention(np.zeros((3, 1)), X, X, before=1, after=0)
    array([[1. ],
           [1.5],
           [2.5]])
    """
    out = []
    for i, q in enumerate(Q):
        window = slice(max(0, i - before), i + after + 1)
        scores = K[window] @ q / np.sqrt(len(q))
        out.append(masked_softmax(scores, np.ones(len(scores), dtype=bool)) @ V[window])
    return np.stack(out)
