"""The Transformer's parts in NumPy, one position at a time (Vaswani et al. 2017)."""

from collections.abc import Callable

import numpy as np
from jaxtyping import Float, Int

Array = np.ndarray


def feed_forward(
    x: Float[Array, " D"],
    W_1: Float[Array, "D F"],
    b_1: Float[Array, " F"],
    W_2: Float[Array, "F D"],
    b_2: Float[Array, " D"],
) -> Float[Array, " D"]:
    """FFN(x) = max(0, x W_1 + b_1) W_2 + b_2 (equation 2).

    >>> one = np.ones((1, 1))
    >>> feed_forward(np.array([-2.0]), one, np.zeros(1), one, np.array([0.5]))
    array([0.5])
    """
    return np.maximum(0, x @ W_1 + b_1) @ W_2 + b_2


def residual(
    X: Float[Array, "T D"],
    sublayer: Callable[[Array], Array],
    norm: Callable[[Array], Array],
    pre: bool,
) -> Float[Array, "T D"]:
    """X + sublayer(norm(X)) where ``pre``, else norm(X + sublayer(X)), the paper's (section 3.1).

    >>> residual(np.ones((1, 2)), lambda X: 2 * X, lambda X: X - 1, pre=True)
    array([[1., 1.]])
    >>> residual(np.ones((1, 2)), lambda X: 2 * X, lambda X: X - 1, pre=False)
    array([[2., 2.]])
    """
    return X + sublayer(norm(X)) if pre else norm(X + sublayer(X))


def shift_right(target: Int[Array, " T"], begin: int) -> Int[Array, " T"]:
    """What the decoder reads at each position: the token before it, and ``begin`` at the first.

    >>> shift_right(np.array([7, 8, 2]), begin=1)
    array([1, 7, 8])
    """
    return np.concatenate([[begin], target[:-1]])


def warm_up_rate(step: int, D: int, warmup: int) -> float:
    """D^(-1/2) min(step^(-1/2), step warmup^(-3/2)) (equation 3), for step = 1, 2, …

    >>> warm_up_rate(4, D=16, warmup=4)
    0.125
    """
    return D**-0.5 * min(step**-0.5, step * warmup**-1.5)
