"""What every answer to ``sparsemax`` must satisfy."""

import torch
from torch import Tensor

from attn import adaptive
from autograder import sample
from autograder.compare import agree, ensure
from autograder.spec import Answers, Case, Exercise, Rng


def rows(rng: Rng):
    yield Case("the example of the task", scores=torch.tensor([1.0, 0.5, -1.0]))
    yield Case("one score", scores=torch.tensor([-3.0]))
    yield Case("a tie", scores=torch.tensor([2.0, 0.0, 2.0]))
    yield Case("one far ahead", scores=torch.tensor([0.0, 5.0, 1.0]))
    yield Case("all alike", scores=torch.full((4,), 7.0))
    yield Case("two rows", scores=sample.tensor(rng, 2, 5))
    yield Case("as many rows as scores", scores=0.5 * sample.tensor(rng, 4, 4))
    yield Case("weights for all", scores=0.05 * sample.tensor(rng, 2, 5))
    yield Case("a batch", scores=sample.tensor(rng, 2, 3, 6))
    yield Case("negative scores", scores=sample.tensor(rng, 3, 4) - 10)
    yield Case("gradients", scores=sample.tensor(rng, 3, 5)).backward(sample.seed(rng))


def nearest(scores: Tensor) -> Tensor:
    """The nearest point of the simplex, row by row."""
    return adaptive.sparsemax(scores)


sparsemax = Exercise(
    "sparsemax", points=3, reference=nearest, cases=rows, forbids=("softmax", "minimize")
)


@sparsemax.fact
def no_weight_is_negative(f: Answers, case: Case) -> None:
    """No weight is negative."""
    ensure((f(case) >= -1e-6).all(), "a weight is below 0", f(case), f.expected(case))


@sparsemax.fact
def rows_sum_to_one(f: Answers, case: Case) -> None:
    """The weights of every row sum to one."""
    sums = f(case).sum(-1)
    agree(sums, torch.ones_like(sums), what="the sums of the rows")


@sparsemax.fact(after=(no_weight_is_negative, rows_sum_to_one))
def a_constant_changes_nothing(f: Answers, case: Case) -> None:
    """Adding a number to all scores of a row changes no weight."""
    agree(f(case.but(scores=case["scores"] + 2)), f(case), what="with 2 more", rtol=1e-3, atol=1e-4)


@sparsemax.fact(after=(no_weight_is_negative, rows_sum_to_one))
def no_point_is_nearer(f: Answers, case: Case) -> None:
    """No step towards a corner of the simplex comes nearer to the scores."""
    p, s = f(case), case["scores"]
    best = ((p - s) ** 2).sum(-1)
    for corner in torch.eye(s.shape[-1]):
        there = ((0.98 * p + 0.02 * corner - s) ** 2).sum(-1)
        slack = 1e-4 * (1 + best)
        ensure((there >= best - slack).all(), "a point near by is nearer", p, f.expected(case))


def _threshold(scores, support_of):
    """max(s - τ, 0), τ from the scores that ``support_of`` finds in the sorted row."""
    largest_first = scores.sort(-1, descending=True).values
    k = torch.arange(1, scores.shape[-1] + 1, device=scores.device)
    sums = largest_first.cumsum(-1)
    size = support_of(largest_first, sums, k).sum(-1, keepdim=True).clamp(min=1)
    return ((sums.gather(-1, size - 1) - 1) / size, largest_first, sums)


def _right(z, sums, k):
    return 1 + k * z > sums


@sparsemax.mistake(
    "a softmax",
    "The softmax never gives a weight of exactly 0. Sparsemax does: max(s − τ, 0).",
)
def soft(scores):
    return (scores - scores.amax(-1, keepdim=True)).softmax(-1)


@sparsemax.mistake(
    "everything is in the support",
    "τ = (Σ s − 1) / n takes all scores. Only the k largest count, as many as stay above τ; cut "
    "off at 0, the others leave a sum above 1.",
)
def all_support(scores):
    return (scores - (scores.sum(-1, keepdim=True) - 1) / scores.shape[-1]).clamp(min=0)


@sparsemax.mistake(
    "nothing is cut off",
    "s − τ is negative for low scores. Weights are max(s − τ, 0).",
)
def not_clamped(scores):
    return scores - _threshold(scores, _right)[0]


@sparsemax.mistake(
    "one score too few",
    "The support is one larger: k is the *largest* number with 1 + k z_k > Σ z, and that z_k "
    "belongs to it.",
)
def one_too_few(scores):
    def fewer(z, sums, k):
        return _right(z, sums, k) & (k < _right(z, sums, k).sum(-1, keepdim=True))

    return (scores - _threshold(scores, fewer)[0]).clamp(min=0)


@sparsemax.mistake(
    "cut off, then divided by the sum",
    "Scores above 0, shared out in proportion, sum to one too, and are no projection: adding a "
    "number to all scores changes them.",
)
def clipped(scores):
    kept = scores.clamp(min=0)
    total = kept.sum(-1, keepdim=True)
    return torch.where(total > 0, kept / total.clamp(min=1e-9), 1 / scores.shape[-1])


@sparsemax.mistake(
    "the winner takes all",
    "The largest score gets everything only if it is ahead of the next by 1 or more.",
)
def winner(scores):
    return torch.nn.functional.one_hot(scores.argmax(-1), scores.shape[-1]).to(scores.dtype)


@sparsemax.mistake(
    "the 1 is forgotten",
    "τ = (Σ z − 1) / k: without the −1, what is left above τ does not sum to one.",
)
def without_one(scores):
    _, largest_first, sums = _threshold(scores, _right)
    k = torch.arange(1, scores.shape[-1] + 1, device=scores.device)
    size = _right(largest_first, sums, k).sum(-1, keepdim=True)
    return (scores - sums.gather(-1, size - 1) / size).clamp(min=0)


@sparsemax.mistake(
    "returned in sorted order",
    "The weights stand in the order of the sorted scores. Use the sorted ones to find τ, and then "
    "subtract τ from the scores as they came.",
)
def sorted_weights(scores):
    threshold, largest_first, _ = _threshold(scores, _right)
    return (largest_first - threshold).clamp(min=0)


@sparsemax.mistake(
    "one threshold for all rows",
    "Each row has its own τ. This takes the mean over all rows.",
)
def one_threshold(scores):
    return (scores - _threshold(scores, _right)[0].mean()).clamp(min=0)
