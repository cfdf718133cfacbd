"""Masks in NumPy, cell by cell: True may attend."""

import numpy as np
from jaxtyping import Bool, Float

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


def combined_mask(real: Bool[Array, " Tk"], Tq: int) -> Bool[Array, "Tq Tk"]:
    """Query i may see key j when key j is real, and not later than query i.

    >>> combined_mask(np.array([True, True, False]), Tq=2)
    array([[ True,  True, False],
           [ True,  True, False]])
    """
    Tk = len(real)
    return np.array([[real[j] and j <= i + Tk - Tq for j in range(Tk)] for i in range(Tq)])


def additive_mask(mask: Bool[Array, "Tq Tk"]) -> Float[Array, "Tq Tk"]:
    """0 where a query may see a key and -∞ where it may not, to be added to the scores.

    >>> additive_mask(np.array([[True, False]]))
    array([[  0., -inf]])
    """
    return np.array([[0.0 if allowed else -np.inf for allowed in row] for row in mask])
