"""What every answer to ``kernel_regression`` must satisfy."""

import numpy as np

from attn.equations import pooling as equations
from autograder.checks.human_attention.kernel_weights import bells_only, underflowing
from autograder.compare import ensure
from autograder.spec import Answers, Case, Exercise, Rng


def curves(rng: Rng):
    two = {"keys": np.array([-1.0, 1.0]), "values": np.array([10.0, 20.0])}
    yield Case("in the middle of two points", x=0.0, **two, width=1.0)
    yield Case("nearer to one of them", x=0.5, **two, width=1.0)
    many = {"keys": rng.normal(size=5), "values": rng.normal(size=5) + 3}
    yield Case("five points", x=float(rng.normal()), **many, width=0.7)
    yield Case("a wide bell", x=float(rng.normal()), **many, width=5.0)
    yield Case("far from every key", x=80.0, **two, width=0.5)


kernel_regression = Exercise(
    "kernel_regression",
    points=2,
    reference=equations.kernel_regression,
    cases=curves,
    tensors=False,
)


@kernel_regression.fact
def is_among_the_values(f: Answers, case: Case) -> None:
    """The estimate is an average: it lies between the smallest and the largest value."""
    low, high = case["values"].min(), case["values"].max()
    ensure(
        low - 1e-9 <= f(case) <= high + 1e-9,
        f"it is {f(case):.4g}, and the values go from {low:.4g} to {high:.4g}",
        f(case),
        f.expected(case),
    )


@kernel_regression.mistake(
    "the weights do not sum to one",
    "A weighted sum becomes an average when it is divided by the sum of the weights.",
)
def weighted_sum(x, keys, values, width):
    return float(bells_only(x, keys, width) @ values)


@kernel_regression.mistake(
    "every point counts the same",
    "This is the plain mean, the same for every x. Weigh the values by how near their keys are.",
)
def plain_mean(x, keys, values, width):
    return float(values.mean())


@kernel_regression.mistake(
    "the nearest value only",
    "This copies one neighbour. The estimate averages all values, near ones more.",
)
def nearest(x, keys, values, width):
    return float(values[np.abs(x - keys).argmin()])


@kernel_regression.mistake(
    "averages the keys",
    "Keys are compared with x to make the weights; what is averaged with them are the values.",
)
def average_key(x, keys, values, width):
    return float(equations.kernel_weights(x, keys, width) @ keys)


@kernel_regression.mistake(
    "nan far from the data",
    "Every exp(-…) is 0 there, and 0 / 0 is nan. Use your kernel_weights, which subtracts the "
    "largest score first.",
)
def undefined_far_away(x, keys, values, width):
    return float(underflowing(x, keys, width) @ values)


@kernel_regression.mistake(
    "compares with the values",
    "The distance is between x and the keys; the values live on the other axis.",
)
def distance_to_values(x, keys, values, width):
    return equations.kernel_regression(x, values, values, width)
