"""Decoding in NumPy, one sentence at a time: every candidate written down, and sorted."""

from collections.abc import Callable, Sequence

import numpy as np
from jaxtyping import Float

Array = np.ndarray
Sentence = tuple[int, ...]
Step = Callable[[Sentence], Array]  # a beginning to the scores (V,) of what may come next


def log_probabilities(scores: Float[Array, " V"]) -> Float[Array, " V"]:
    """s - log Σ exp(s).

    >>> log_probabilities(np.log([1.0, 3.0])).round(2)
    array([-1.39, -0.29])
    """
    return scores - np.logaddexp.reduce(scores)


def length_penalty(length: int, alpha: float) -> float:
    """(5 + |Y|)^α / (5 + 1)^α (Wu et al. 2016, section 7).

    >>> length_penalty(7, alpha=1.0)
    2.0
    """
    return (5 + length) ** alpha / (5 + 1) ** alpha


def greedy(step: Step, start: Sentence, longest: int, end: int) -> Sentence:
    """The likeliest token, again and again.

    >>> greedy(lambda beginning: np.array([1.0, len(beginning), 2.5]), (0,), 5, end=1)
    (2, 2, 1)
    """
    written: Sentence = ()
    while len(written) < longest and end not in written:
        written += (int(np.argmax(step(start + written))),)
    return written


def exhaustive_search(
    step: Step, start: Sentence, longest: int, end: int, alpha: float
) -> list[tuple[float, Sentence]]:
    """Every sequence that ends within ``longest``, with its penalised score, best first.

    >>> step = lambda beginning: np.log([1e-9, 0.6, 0.4])
    >>> [written for _, written in exhaustive_search(step, (0,), 2, end=1, alpha=0.0)][:2]
    [(1,), (2, 1)]
    """
    ended, open_ = [], [(0.0, ())]
    for _ in range(longest):
        longer = _continued(step, start, open_)
        ended += [one for one in longer if one[1][-1] == end]
        open_ = [one for one in longer if one[1][-1] != end]
    return _sorted((total / length_penalty(len(one), alpha), one) for total, one in ended)


def beam_search(
    step: Step, start: Sentence, longest: int, end: int, width: int, alpha: float
) -> list[tuple[float, Sentence]]:
    """The same, but only the ``width`` likeliest go on, less those that have ended.

    >>> step = lambda beginning: np.log([1e-9, 0.6, 0.4])
    >>> [written for _, written in beam_search(step, (0,), 2, 1, width=1, alpha=0.0)]
    [(1,)]
    """
    ended: list[tuple[float, Sentence]] = []
    open_: list[tuple[float, Sentence]] = [(0.0, ())]
    for _ in range(longest):
        longer = _sorted(_continued(step, start, open_))[: width - len(ended)]
        ended += [one for one in longer if one[1][-1] == end]
        open_ = [one for one in longer if one[1][-1] != end]
    return _sorted((total / length_penalty(len(one), alpha), one) for total, one in ended)


def _continued(
    step: Step, start: Sentence, open_: Sequence[tuple[float, Sentence]]
) -> list[tuple[float, Sentence]]:
    return [
        (total + float(log), (*beginning, token))
        for total, beginning in open_
        for token, log in enumerate(log_probabilities(step(start + beginning)))
        if log > -np.inf
    ]


def _sorted(scored) -> list[tuple[float, Sentence]]:
    return sorted(scored, key=lambda one: -one[0])


def top_k(probabilities: Float[Array, " V"], k: int) -> Float[Array, " V"]:
    """What is not among the k likeliest gets nothing, and the rest is divided by its sum.

    >>> top_k(np.array([0.2, 0.2, 0.6]), k=1)
    array([0., 0., 1.])
    """
    kept = sorted(range(len(probabilities)), key=lambda i: -probabilities[i])[:k]
    left = np.array([q if i in kept else 0.0 for i, q in enumerate(probabilities)])
    return left / left.sum()


def top_p(probabilities: Float[Array, " V"], p: float) -> Float[Array, " V"]:
    """The likeliest tokens are taken until they have p together (Holtzman et al. 2020).

    >>> top_p(np.array([0.2, 0.5, 0.3]), p=0.4)
    array([0., 1., 0.])
    """
    kept: list[int] = []
    for i in sorted(range(len(probabilities)), key=lambda i: -probabilities[i]):
        if probabilities[kept].sum() < p:
            kept.append(i)
    left = np.array([q if i in kept else 0.0 for i, q in enumerate(probabilities)])
    return left / left.sum()
