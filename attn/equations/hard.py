"""Hard attention in NumPy, for one picture and all its positions (Xu et al. 2015, section 4.1).

``alpha`` holds p(s = i | a) for every position i; ``rewards`` holds log p(y | s = i, a).
"""

import numpy as np
from jaxtyping import Float

Array = np.ndarray


def log_probability(e: Float[Array, " L"], s: int) -> float:
    """log p(s | a), for scores e (equations 5 and 8).

    >>> round(log_probability(np.zeros(4), 1), 4)
    -1.3863
    """
    shifted = e - e.max()
    return float(shifted[s] - np.log(np.sum(np.exp(shifted))))


def bound(alpha: Float[Array, " L"], rewards: Float[Array, " L"]) -> float:
    """L_s = Σ_s p(s | a) log p(y | s, a), at most the log-likelihood (equation 10).

    >>> round(bound(np.array([0.5, 0.5]), np.log(np.array([0.1, 0.9]))), 4)
    -1.204
    """
    return float(np.sum(alpha * rewards))


def log_likelihood(alpha: Float[Array, " L"], rewards: Float[Array, " L"]) -> float:
    """log p(y | a) = log Σ_s p(s | a) p(y | s, a).

    >>> round(log_likelihood(np.array([0.5, 0.5]), np.log(np.array([0.1, 0.9]))), 4)
    -0.6931
    """
    return float(np.log(np.sum(alpha * np.exp(rewards))))


def bound_gradient(alpha: Float[Array, " L"], rewards: Float[Array, " L"]) -> Float[Array, " L"]:
    """∂L_s/∂e = Σ_s p(s | a) log p(y | s, a) ∂log p(s | a)/∂e (equation 11, its second term).

    >>> bound_gradient(np.array([0.5, 0.5]), np.array([1.0, 3.0]))
    array([-0.5,  0.5])
    """
    total = np.zeros_like(alpha)
    for s in range(len(alpha)):
        total += alpha[s] * rewards[s] * score_function(alpha, s)
    return total


def score_function(alpha: Float[Array, " L"], s: int) -> Float[Array, " L"]:
    """∂log p(s | a)/∂e: one at s, less all the probabilities.

    >>> score_function(np.array([0.25, 0.75]), 1)
    array([-0.25,  0.25])
    """
    one_hot = np.zeros_like(alpha)
    one_hot[s] = 1
    return one_hot - alpha


def estimate(
    alpha: Float[Array, " L"], s: int, reward: float, b: float = 0.0
) -> Float[Array, " L"]:
    """(r - b) ∂log p(s | a)/∂e: what one glimpse says about the gradient (equation 12, N = 1).

    >>> estimate(np.array([0.25, 0.75]), 1, reward=3.0, b=1.0)
    array([-0.5,  0.5])
    """
    return (reward - b) * score_function(alpha, s)


def estimate_variance(
    alpha: Float[Array, " L"], rewards: Float[Array, " L"], b: float = 0.0
) -> float:
    """E |g|² - |E g|² of that estimate g, by trying every glimpse: the numbers' variances, summed.

    >>> estimate_variance(np.array([0.5, 0.5]), np.array([1.0, 3.0]), b=2.0)
    0.0
    """
    estimates = [estimate(alpha, s, rewards[s], b) for s in range(len(alpha))]
    mean = sum(p * g for p, g in zip(alpha, estimates, strict=True))
    square = sum(p * np.sum(g**2) for p, g in zip(alpha, estimates, strict=True))
    return float(square - np.sum(mean**2))


def best_baseline(alpha: Float[Array, " L"], rewards: Float[Array, " L"]) -> float:
    """The number b with the smallest variance: the mean of r, weighted with |∂log p/∂e|² as well.

    >>> best_baseline(np.array([0.5, 0.5]), np.array([1.0, 3.0]))
    2.0
    """
    squares = np.array([np.sum(score_function(alpha, s) ** 2) for s in range(len(alpha))])
    return float(np.sum(alpha * squares * rewards) / np.sum(alpha * squares))


def gumbel_argmax(e: Float[Array, " L"], uniform: Float[Array, " L"]) -> int:
    """argmax_i (e_i - log(-log u_i)): a draw from softmax(e) (Jang et al. 2017, equation 1).

    >>> gumbel_argmax(np.array([0.0, 1.0]), np.array([0.9, 0.2]))
    0
    """
    return int(np.argmax(e - np.log(-np.log(uniform))))


def relaxed(
    e: Float[Array, " L"], uniform: Float[Array, " L"], tau: float = 1.0
) -> Float[Array, " L"]:
    """softmax((e + g) / τ) with g = -log(-log u), whose gradient stands in (their equation 2).

    >>> relaxed(np.zeros(2), np.array([0.5, 0.5]))
    array([0.5, 0.5])
    """
    tilted = (e - np.log(-np.log(uniform))) / tau
    powers = np.exp(tilted - tilted.max())
    return powers / powers.sum()
