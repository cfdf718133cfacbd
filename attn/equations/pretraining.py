"""Masked and causal language modelling in NumPy, word by word."""

import numpy as np
from jaxtyping import Bool, Float, Int

from attn.equations.softmax import softmax

Array = np.ndarray


def masked_lm_batch(
    tokens: Int[Array, " T"],
    chance: Float[Array, " T"],
    fate: Float[Array, " T"],
    other: Int[Array, " T"],
    mask: int,
    rate: float = 0.15,
) -> tuple[list[int], list[int]]:
    """One sentence: what is read, and what is asked; -100 where nothing is (Devlin et al. 2019).

    >>> tokens, other = np.array([5, 6, 7, 8]), np.array([9, 9, 9, 9])
    >>> chance, fate = np.array([0.1, 0.1, 0.1, 0.7]), np.array([0.5, 0.85, 0.95, 0.5])
    >>> masked_lm_batch(tokens, chance, fate, other, mask=3)
    ([3, 9, 7, 8], [5, 6, 7, -100])
    """
    inputs, targets = [], []
    for t in range(len(tokens)):
        word = int(tokens[t])
        if chance[t] >= rate:
            inputs.append(word)
            targets.append(-100)
            continue
        targets.append(word)
        if fate[t] < 0.8:
            inputs.append(mask)
        elif fate[t] < 0.9:
            inputs.append(int(other[t]))
        else:
            inputs.append(word)
    return inputs, targets


def causal_loss(
    scores: Float[Array, "B T V"], tokens: Int[Array, "B T"], real: Bool[Array, "B T"]
) -> float:
    """-(1/N) Σ log p(x_{t+1} | x_1 … x_t) over the N real tokens that are not the first.

    >>> causal_loss(np.zeros((1, 2, 4)), np.array([[1, 2]]), np.ones((1, 2), bool))  # ln 4
    1.3862943611198906
    """
    total, n = 0.0, 0
    for b in range(len(tokens)):
        for t in range(tokens.shape[1] - 1):
            if real[b, t + 1]:
                total -= float(np.log(softmax(scores[b, t])[tokens[b, t + 1]]))
                n += 1
    return total / n
