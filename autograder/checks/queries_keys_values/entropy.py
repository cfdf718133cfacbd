"""What every answer to ``entropy`` must satisfy."""

import math

import torch

from attn import softmax
from autograder import sample
from autograder.compare import ensure
from autograder.spec import Answers, Case, Exercise, Rng


def weight_rows(rng: Rng):
    yield Case("two keys, read alike", weights=torch.tensor([0.5, 0.5]))
    yield Case("one key reads all", weights=torch.tensor([0.0, 1.0, 0.0]))
    yield Case("three rows", weights=sample.weights(rng, 3, 4))
    yield Case("a batch of rows", weights=sample.weights(rng, 2, 3, 5))


entropy = Exercise("entropy", points=1, reference=softmax.entropy, cases=weight_rows)


@entropy.fact
def is_never_negative(f: Answers, case: Case) -> None:
    """Entropy is never negative, and never nan."""
    ensure((f(case) >= -1e-6).all(), "an entropy is negative or nan", f(case), f.expected(case))


@entropy.fact(after=(is_never_negative,))
def is_at_most_that_of_equal_weights(f: Answers, case: Case) -> None:
    """Over n keys it is at most ln n, the entropy of equal weights."""
    limit = math.log(case["weights"].shape[-1])
    ensure(
        (f(case) <= limit + 1e-4).all(),
        f"an entropy is above ln n = {limit:.4f}",
        f(case),
        f.expected(case),
    )


@entropy.mistake(
    "0 · log 0 is nan",
    "log 0 is -inf and 0 · -inf is nan; the limit of p ln p is 0. Use torch.special.xlogy, or "
    "leave the zeros out.",
)
def nan_at_zero(weights):
    return -(weights * weights.log()).sum(-1)


@entropy.mistake("bits instead of nats", "The task asks for the natural logarithm, not log2.")
def bits(weights):
    return softmax.entropy(weights) / math.log(2)


@entropy.mistake(
    "the sign is missing",
    "Logarithms of numbers below 1 are negative: H = -Σ p ln p.",
)
def negative(weights):
    return -softmax.entropy(weights)


@entropy.mistake(
    "the mean instead of the sum",
    "Entropy is an expectation, and the weights p are already in it: sum p ln p, do not average.",
)
def averaged(weights):
    return softmax.entropy(weights) / weights.shape[-1]


@entropy.mistake(
    "one number for all rows",
    "Each row of weights has its own entropy: sum over the last dimension only, sum(-1).",
)
def total(weights):
    return softmax.entropy(weights).sum()


@entropy.mistake(
    "the perplexity",
    "exp(H) says how many keys are read, and is a good number to look at; the task asks for H.",
)
def perplexity(weights):
    return softmax.entropy(weights).exp()
