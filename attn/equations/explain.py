"""What the tests of weights compute, in NumPy, one example at a time (Jain & Wallace 2019)."""

from collections.abc import Callable, Sequence

import numpy as np
from jaxtyping import Float

Array = np.ndarray


def total_variation(p: Float[Array, " C"], q: Float[Array, " C"]) -> float:
    """½ Σ_c |p_c - q_c|.

    >>> round(total_variation(np.array([0.7, 0.2, 0.1]), np.array([0.5, 0.5, 0.0])), 4)
    0.3
    """
    return float(sum(abs(a - b) for a, b in zip(p, q, strict=True)) / 2)


def kullback_leibler(p: Float[Array, " T"], q: Float[Array, " T"]) -> float:
    """Σ_t p_t ln (p_t / q_t), with 0 ln 0 = 0."""
    return float(sum(a * np.log(a / b) for a, b in zip(p, q, strict=True) if a > 0))


def jensen_shannon(p: Float[Array, " T"], q: Float[Array, " T"]) -> float:
    """½ KL(p ‖ m) + ½ KL(q ‖ m) with m = (p + q) / 2.

    >>> round(jensen_shannon(np.array([1.0, 0.0]), np.array([0.0, 1.0])), 4)
    0.6931
    """
    m = (p + q) / 2
    return (kullback_leibler(p, m) + kullback_leibler(q, m)) / 2


def permutation_test(
    reader: Callable[[Array], Array],
    weights: Float[Array, " T"],
    orders: Sequence[Sequence[int]],
) -> float:
    """median over the orders π of TVD(reader(α_π), reader(α)). Takes an odd number of orders."""
    answer = reader(weights)
    changes = [total_variation(reader(weights[list(order)]), answer) for order in orders]
    return float(np.median(changes))


def erase(weights: Float[Array, " T"], ranking: Float[Array, " T"], k: int) -> Array:
    """Zero for the k positions that the ranking puts first; the rest, divided by their sum.

    >>> erase(np.array([0.5, 0.25, 0.25]), np.array([0.0, 9.0, 1.0]), k=1).round(4)
    array([0.6667, 0.    , 0.3333])
    """
    first = sorted(range(len(weights)), key=lambda t: (-ranking[t], t))[:k]
    left = np.array([0.0 if t in first else w for t, w in enumerate(weights)])
    return left / left.sum() if left.sum() > 0 else left


def kendall_tau(a: Float[Array, " n"], b: Float[Array, " n"]) -> float:
    """(concordant - discordant pairs) / √(pairs untied in a · pairs untied in b): τ_b.

    >>> round(kendall_tau(np.array([1.0, 2.0, 3.0]), np.array([1.0, 3.0, 2.0])), 4)
    0.3333
    """
    pairs = [(i, j) for i in range(len(a)) for j in range(i)]
    signs = [(np.sign(a[i] - a[j]), np.sign(b[i] - b[j])) for i, j in pairs]
    untied_a, untied_b = (sum(s[k] != 0 for s in signs) for k in (0, 1))
    if not untied_a or not untied_b:
        return float("nan")
    return float(sum(x * y for x, y in signs) / np.sqrt(untied_a * untied_b))
