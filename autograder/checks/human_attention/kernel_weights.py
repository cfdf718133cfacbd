"""What every answer to ``kernel_weights`` must satisfy."""

import math

import numpy as np

from attn.equations import pooling as equations
from autograder.compare import agree, ensure
from autograder.spec import Answers, Case, Exercise, Rng


def bells(rng: Rng):
    yield Case("two keys, equally far", x=0.0, keys=np.array([-1.0, 1.0]), width=1.0)
    yield Case("one near, one far", x=0.0, keys=np.array([0.5, 2.0]), width=1.0)
    keys = rng.normal(size=4)
    yield Case("a narrow bell", x=float(rng.normal()), keys=keys, width=0.5)
    yield Case("a wide bell", x=float(rng.normal()), keys=keys, width=3.0)
    yield Case("far from every key", x=60.0, keys=np.array([0.0, 0.2, 0.3]), width=0.5)


kernel_weights = Exercise(
    "kernel_weights",
    points=2,
    reference=equations.kernel_weights,
    cases=bells,
    tensors=False,
)


@kernel_weights.fact
def weights_sum_to_one(f: Answers, case: Case) -> None:
    """The weights sum to one, however far the keys are."""
    agree(f(case).sum(), 1.0, what="their sum")


@kernel_weights.fact(after=(weights_sum_to_one,))
def nearer_weighs_more(f: Answers, case: Case) -> None:
    """A nearer key never weighs less than one that is farther away."""
    by_distance = f(case)[np.argsort(np.abs(case["x"] - case["keys"]))]
    ensure(
        (np.diff(by_distance) <= 1e-12).all(), "a nearer key weighs less", f(case), f.expected(case)
    )


def _bell(score):
    """An implementation with another score, its softmax stable."""

    def weights(x, keys, width):
        scores = score(x - keys, width)
        powers = np.exp(scores - scores.max())
        return powers / powers.sum()

    return weights


kernel_weights.mistake(
    "the minus sign is missing",
    "Without it, the farthest key weighs most: the score is -(x - k)² / 2σ².",
)(_bell(lambda distance, width: distance**2 / (2 * width**2)))

kernel_weights.mistake(
    "the distance is not squared",
    "|x - k| in the exponent gives a pointed kernel, Laplace's; Gauss's has (x - k)².",
)(_bell(lambda distance, width: -np.abs(distance) / width))

kernel_weights.mistake(
    "the width is not squared",
    "σ has the unit of x, so that (x - k)² / σ² has none: divide by 2σ², not by 2σ.",
)(_bell(lambda distance, width: -(distance**2) / (2 * width)))

kernel_weights.mistake(
    "the factor 2 is missing",
    "The Gaussian is exp(-(x - k)² / 2σ²). Without the 2, the bell is narrower than it should be.",
)(_bell(lambda distance, width: -(distance**2) / width**2))

kernel_weights.mistake(
    "the factor 2 is squared",
    "2σ² means 2 · σ², not (2σ)².",
)(_bell(lambda distance, width: -(distance**2) / (2 * width) ** 2))


@kernel_weights.mistake(
    "exp underflows far from the data",
    "Far away every exp(-…) is 0, and 0 / 0 is nan. Only differences between scores matter: "
    "subtract the largest score before exp.",
)
def underflowing(x, keys, width):
    with np.errstate(all="ignore"):
        powers = np.exp(-((x - keys) ** 2) / (2 * width**2))
        return powers / powers.sum()


@kernel_weights.mistake(
    "densities instead of weights",
    "The constant 1/(σ√2π) makes the area under the bell one; here the weights must sum to one: "
    "divide by their sum.",
)
def densities(x, keys, width):
    return np.exp(-((x - keys) ** 2) / (2 * width**2)) / (width * math.sqrt(2 * math.pi))


@kernel_weights.mistake(
    "forgets to normalise",
    "Divide by the sum, so that an average with these weights stays among the values.",
)
def bells_only(x, keys, width):
    return np.exp(-((x - keys) ** 2) / (2 * width**2))
