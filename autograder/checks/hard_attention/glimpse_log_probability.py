"""What every answer to ``glimpse_log_probability`` must satisfy."""

import torch

from attn import hard
from autograder import sample
from autograder.compare import agree, ensure
from autograder.spec import Answers, Case, Exercise, Rng


def looks(rng: Rng):
    yield Case("two places alike", scores=torch.tensor([[0.5, 0.5]]), glimpse=torch.tensor([1]))
    yield _look("one picture, four places", rng, 1, 4)
    yield _look("three pictures, five places", rng, 3, 5)
    yield _look("as many pictures as places", rng, 4, 4)
    shifted = _look("all scores shifted", rng, 2, 3)
    yield shifted.but(scores=shifted["scores"] + 7)
    remote = torch.tensor([[0.0, -200.0, 1.0]])
    yield Case("an almost impossible glimpse", scores=remote, glimpse=torch.tensor([1]))
    large = torch.tensor([[300.0, 301.0, 299.0]])
    yield Case("large scores", scores=large, glimpse=torch.tensor([0]))
    yield _look("gradients", rng, 3, 4).backward(sample.seed(rng))


def _look(name: str, rng: Rng, B: int, T: int) -> Case:
    """Glimpses that are neither the best nor the worst place of a row of three or more."""
    scores = 1.5 * sample.tensor(rng, B, T)
    return Case(name, scores=scores, glimpse=scores.argsort(-1)[:, (T - 1) // 2])


glimpse_log_probability = Exercise(
    "glimpse_log_probability",
    points=2,
    reference=hard.glimpse_log_probability,
    cases=looks,
)


@glimpse_log_probability.fact
def no_probability_is_above_one(f: Answers, case: Case) -> None:
    """A log-probability is a finite number of at most 0."""
    ensure(torch.isfinite(f(case)).all(), "it is not finite", f(case), f.expected(case))
    ensure((f(case) <= 1e-6).all(), "it is above 0", f(case), f.expected(case))


@glimpse_log_probability.fact(after=(no_probability_is_above_one,))
def all_places_together_have_probability_one(f: Answers, case: Case) -> None:
    """Over all places where one could look, the probabilities sum to one."""
    every = [
        f(case.but(glimpse=torch.full_like(case["glimpse"], i))).double().exp()
        for i in range(case["scores"].shape[-1])
    ]
    total = torch.stack(every).sum(0)
    agree(total, torch.ones_like(total), what="their sum", rtol=1e-4, atol=1e-4)


def _chosen(table, glimpse):
    return table.gather(-1, glimpse[:, None])[:, 0]


@glimpse_log_probability.mistake(
    "the probability, not its logarithm",
    "This is α_s. The gradient of REINFORCE needs log α_s: the derivative of the logarithm is what "
    "makes a rare glimpse count more.",
)
def no_log(scores, glimpse):
    return _chosen(scores.softmax(-1), glimpse)


@glimpse_log_probability.mistake(
    "the logarithm of a weight that has become 0",
    "softmax rounds a tiny weight to 0, and log 0 is minus infinity. Stay with the scores: "
    "e_s - log Σ exp(e), which log_softmax and logsumexp compute safely.",
)
def log_of_softmax(scores, glimpse):
    return _chosen(scores.softmax(-1).log(), glimpse)


@glimpse_log_probability.mistake(
    "exp overflows",
    "exp(300) is too large for a float32. logsumexp subtracts the largest score first.",
)
def naive(scores, glimpse):
    return _chosen(scores, glimpse) - scores.exp().sum(-1).log()


@glimpse_log_probability.mistake(
    "the score, not the log-probability",
    "A score says nothing by itself: subtract log Σ exp of all the scores of its row.",
)
def score_only(scores, glimpse):
    return _chosen(scores, glimpse)


@glimpse_log_probability.mistake(
    "the best place instead of the glimpse",
    "This is the log-probability of the argmax. What was *drawn* counts, also when it was "
    "unlikely: look it up at `glimpse`.",
)
def of_the_best(scores, glimpse):
    return scores.log_softmax(-1).amax(-1)


@glimpse_log_probability.mistake(
    "the wrong sign",
    "This is the surprise, -log α_s, which a loss wants. The log-probability is at most 0.",
)
def surprise(scores, glimpse):
    return -hard.glimpse_log_probability(scores, glimpse)


@glimpse_log_probability.mistake(
    "normalised over the pictures",
    "The softmax runs over the *places* of one picture, the last axis; pictures have nothing to do "
    "with each other.",
)
def over_pictures(scores, glimpse):
    return _chosen(scores.log_softmax(0), glimpse)


@glimpse_log_probability.mistake(
    "logarithm to the base 2",
    "That is in bits. log is the natural logarithm here, whose derivative has no factor.",
)
def in_bits(scores, glimpse):
    return hard.glimpse_log_probability(scores, glimpse) / 0.6931471805599453


@glimpse_log_probability.mistake(
    "one number for the batch",
    "Each picture has a glimpse and a reward of its own: return a log-probability a row, and leave "
    "the mean to the loss.",
)
def averaged(scores, glimpse):
    return hard.glimpse_log_probability(scores, glimpse).mean()


@glimpse_log_probability.mistake(
    "every row's glimpse in every row",
    "scores[:, glimpse] takes all of these columns in every row. You need one column a row: "
    "gather, or scores[rows, glimpse].",
)
def all_columns(scores, glimpse):
    return scores.log_softmax(-1)[:, glimpse]
