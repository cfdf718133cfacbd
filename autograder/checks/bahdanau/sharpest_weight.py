"""What every answer to ``sharpest_weight`` must satisfy."""

import math

import numpy as np

from autograder.compare import ensure
from autograder.spec import Answers, Case, Exercise, Rng


def lengths(rng: Rng):
    yield Case("one word", T=1)
    yield Case("two words", T=2)
    yield Case("thirty words", T=30)
    yield Case("some words", T=int(rng.integers(3, 20)))
    yield Case("many words", T=int(rng.integers(50, 400)))


def bound(T: int) -> float:
    """e / (e + (T - 1)/e): one score at 1, all the others at -1."""
    return math.e**2 / (math.e**2 + T - 1)


sharpest_weight = Exercise(
    "sharpest_weight", points=1, reference=bound, cases=lengths, tensors=False
)


@sharpest_weight.fact
def no_weight_is_beyond_it(f: Answers, case: Case) -> None:
    """No softmax of T scores between −1 and 1 has a larger weight: a thousand were tried."""
    T = case["T"]
    scores = np.random.default_rng(T).uniform(-1, 1, size=(1000, T))
    scores[0], scores[0, 0] = -1, 1
    powers = np.exp(scores)
    largest = float((powers.max(1) / powers.sum(1)).max())
    ensure(f(case) >= largest - 1e-9, "one has a larger weight", f(case), largest)


@sharpest_weight.fact
def it_is_reached(f: Answers, case: Case) -> None:
    """It is a weight, so at most 1; and for a single word it is exactly that."""
    ensure(f(case) <= 1 + 1e-12, "it is larger than 1", f(case), 1.0)


@sharpest_weight.mistake(
    "the other scores are zero",
    "e / (e + T − 1) has the others at 0. tanh reaches down to −1; there their share is smaller.",
)
def others_zero(T):
    return math.e / (math.e + T - 1)


@sharpest_weight.mistake(
    "all weights alike",
    "1/T is the weight when all scores are equal. Ask for the *largest* that can be reached.",
)
def uniform(T):
    return 1 / T


@sharpest_weight.mistake(
    "counts the winner twice",
    "There are T scores, one of them the winner: T − 1 others.",
)
def one_too_many(T):
    return math.e**2 / (math.e**2 + T)


@sharpest_weight.mistake(
    "forgets the winner in the sum",
    "The softmax divides by the sum of *all* exponentials, the winner's too.",
)
def odds(T):
    return math.e**2 / (T - 1) if T > 1 else math.inf


@sharpest_weight.mistake(
    "no bound at all",
    "A softmax alone can come as near to 1 as it likes. Here its scores cannot: tanh keeps them "
    "between −1 and 1.",
)
def unbounded(T):
    return 1.0


@sharpest_weight.mistake(
    "the smallest weight",
    "This is how *little* a word can get, e⁻² over the sum. Put the winner at 1, the others at −1.",
)
def smallest(T):
    return 1 / (1 + (T - 1) * math.e**2)
