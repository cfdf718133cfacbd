"""Masks in NumPy, cell by cell: True may attend."""

import numpy as np
from jaxtyping import Bool

Array = np.ndarray


def padding_mask(lengths: list[int], T: int) -> Bool[Array, "B T"]:
    """Position t of example b is a word, not padding, when t < lengths[b].

    >>> padding_mask([1, 2], 2)
    array([[ True, False],
           [ True,  True]])
    """
    return np.array([[t < length for t in range(T)] for length in lengths])


def causal_mask(Tq: int, Tk: int) -> Bool[Array, "Tq Tk"]:
    """Query i may see key j when j <= i + Tk - Tq: the last query sees every key.

    >>> causal_mask(2, 3)
    array([[ True,  True, False],
           [ True,  True,  True]])
    """
    return np.array([[j <= i + Tk - Tq for j in range(Tk)] for i in range(Tq)])
