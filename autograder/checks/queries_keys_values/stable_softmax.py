"""What every answer to ``stable_softmax`` must satisfy."""

import numpy as np

from attn.equations import softmax as equations
from autograder import sample
from autograder.compare import agree, ensure
from autograder.spec import Answers, Case, Exercise, Rng


def score_rows(rng: Rng):
    yield Case("three scores", scores=np.log([1.0, 2.0, 5.0]))
    yield Case("two rows of scores", scores=sample.array(rng, 2, 3))
    yield Case("as many rows as scores", scores=sample.array(rng, 3, 3))
    yield Case("large scores", scores=np.array([1000.0, 1001.0, 999.0]))
    yield Case("scores far apart", scores=np.array([[0.0, 2000.0], [-3000.0, 0.0]]))
    yield Case("very negative scores", scores=np.array([-1000.0, -1000.5]))
    yield Case("a batch of rows", scores=2 * sample.array(rng, 2, 3, 4))


stable_softmax = Exercise(
    "stable_softmax",
    points=2,
    reference=equations.softmax,
    cases=score_rows,
    tensors=False,
    forbids=("softmax", "logsumexp", "log_softmax"),
)


@stable_softmax.fact
def is_finite(f: Answers, case: Case) -> None:
    """The weights are finite numbers, however large the scores are."""
    ensure(
        np.isfinite(f(case)).all(), "there are nan or infinite weights", f(case), f.expected(case)
    )


@stable_softmax.fact(after=(is_finite,))
def rows_sum_to_one(f: Answers, case: Case) -> None:
    """The weights of every row sum to one."""
    sums = f(case).sum(-1)
    agree(sums, np.ones_like(sums), what="the sums of the rows")


@stable_softmax.fact(after=(rows_sum_to_one,))
def keeps_the_order(f: Answers, case: Case) -> None:
    """A larger score never gets a smaller weight."""
    by_score = np.take_along_axis(f(case), np.argsort(case["scores"], -1), -1)
    ensure(
        (np.diff(by_score) >= 0).all(),
        "a larger score has a smaller weight",
        f(case),
        f.expected(case),
    )


@stable_softmax.mistake(
    "exp overflows",
    "exp(1000) is larger than any float, so it becomes inf, and inf / inf is nan. Subtract the "
    "largest score of each row first: it cancels in the fraction.",
)
def naive(scores):
    with np.errstate(all="ignore"):
        return equations.naive_softmax(scores)


@stable_softmax.mistake(
    "subtracts the mean",
    "Any constant cancels, but only the maximum makes every exponent at most 0. With the mean, one "
    "score far above the others still overflows.",
)
def subtracts_mean(scores):
    with np.errstate(all="ignore"):
        return equations.naive_softmax(scores - scores.mean(-1, keepdims=True))


@stable_softmax.mistake(
    "subtracts the maximum of the whole array",
    "One large row then pushes the other rows down until exp underflows to 0, and 0 / 0 is nan. "
    "Take the maximum of each row: max(-1, keepdims=True).",
)
def global_maximum(scores):
    with np.errstate(all="ignore"):
        return equations.naive_softmax(scores - scores.max())


@stable_softmax.mistake(
    "normalises the columns",
    "The weights of one query must sum to one over its keys, and the keys are the last axis: -1.",
)
def over_the_first_axis(scores):
    return np.moveaxis(equations.softmax(np.moveaxis(scores, 0, -1)), -1, 0)


@stable_softmax.mistake(
    "normalises the whole array",
    "sum() without an axis adds up all rows. Each row is a set of weights of its own: sum(-1).",
)
def over_everything(scores):
    powers = np.exp(scores - scores.max(-1, keepdims=True))
    return powers / powers.sum()


@stable_softmax.mistake(
    "the sum loses its axis",
    "sum(-1) of a (3, 3) array has shape (3,), and dividing by it broadcasts along the columns. "
    "keepdims=True gives (3, 1), which divides each row by its own sum.",
)
def without_keepdims(scores):
    powers = np.exp(scores - scores.max(-1, keepdims=True))
    return powers / powers.sum(-1)


@stable_softmax.mistake(
    "forgets to normalise",
    "exp(s - max) has 1 where the score is largest. Divide by the sum of the row to get weights.",
)
def unnormalised(scores):
    return np.exp(scores - scores.max(-1, keepdims=True))


@stable_softmax.mistake(
    "returns the logarithm",
    "This is log-softmax, s - log Σ exp s. The task asks for the weights themselves.",
)
def logarithm(scores):
    shifted = scores - scores.max(-1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(-1, keepdims=True))


@stable_softmax.mistake(
    "takes the winner only",
    "This gives the largest score everything. Softmax is soft: lower scores keep some weight.",
)
def hard(scores):
    return (scores == scores.max(-1, keepdims=True)).astype(float)
