"""Attention rollout in NumPy, as a sum over paths (Abnar and Zuidema 2020)."""

from itertools import product

import numpy as np
from jaxtyping import Float

Array = np.ndarray


def rollout(weights: Float[Array, "depth H T T"]) -> Float[Array, "T T"]:
    """Σ over all paths from input j to output i of the product of the weights along the path.

    At each layer a path moves from a token to one that it reads, by the mean head's weight, or
    stays where it is; half of the time each.

    >>> rollout(np.array([[[[1.0, 0.0], [1.0, 0.0]]]]))
    array([[1. , 0. ],
           [0.5, 0.5]])
    """
    depth, _, T, _ = weights.shape
    step = [(layer.mean(0) + np.eye(T)) / 2 for layer in weights]
    reached = np.zeros((T, T))
    for path in product(range(T), repeat=depth + 1):  # path[l] is where it stands after layer l
        share = 1.0
        for layer in range(depth):
            share *= step[layer][path[layer + 1], path[layer]]
        reached[path[-1], path[0]] += share
    return reached
