"""What every answer to ``masked_softmax`` must satisfy."""

import math

import torch

from attn import softmax
from autograder import sample
from autograder.compare import agree, ensure
from autograder.spec import Answers, Case, Exercise, Rng


def masked_scores(rng: Rng):
    yield Case("one key hidden", scores=torch.zeros(1, 3), mask=torch.tensor([[True, True, False]]))
    yield Case(
        "a row that may see nothing",
        scores=torch.zeros(2, 2),
        mask=torch.tensor([[True, True], [False, False]]),
    )
    yield Case("a mask a row", scores=sample.tensor(rng, 3, 4), mask=sample.mask(rng, 3, 4))
    yield Case(
        "one mask for all rows", scores=sample.tensor(rng, 4, 4), mask=sample.mask(rng, 1, 4)
    )
    # Far apart: of scores this large, float32 knows no difference below 0.002, and how right code
    # rounds it, by exp(s - logsumexp s) for one, must not matter.
    yield Case(
        "very negative scores",
        scores=torch.tensor([[-20000.0, -20050.0, 0.0]]),
        mask=torch.tensor([[True, True, False]]),
    )
    yield Case(
        "a large score is hidden",
        scores=torch.tensor([[0.0, 1.0, 200.0]]),
        mask=torch.tensor([[True, True, False]]),
    )
    half = sample.tensor(rng, 2, 5).half()
    yield Case("half precision", scores=half, mask=sample.mask(rng, 2, 5))
    yield Case(
        "gradients, with a row that may see nothing",
        scores=sample.tensor(rng, 2, 3),
        mask=torch.tensor([[False, True, True], [False, False, False]]),
    ).backward(sample.seed(rng))


masked_softmax = Exercise(
    "masked_softmax",
    points=3,
    reference=softmax.masked_softmax,
    cases=masked_scores,
    keeps_dtype=True,
)


@masked_softmax.fact
def is_never_nan(f: Answers, case: Case) -> None:
    """No weight is nan, not even where a row may see nothing."""
    ensure(not f(case).isnan().any(), "there are nan among the weights", f(case), f.expected(case))


@masked_softmax.fact(after=(is_never_nan,))
def hidden_keys_get_nothing(f: Answers, case: Case) -> None:
    """A key whose mask is False gets a weight of exactly zero."""
    hidden = f(case)[~case["mask"].expand_as(case["scores"])]
    ensure((hidden == 0).all(), "a hidden key has a weight", f(case), f.expected(case))


@masked_softmax.fact(after=(is_never_nan,))
def seen_rows_sum_to_one(f: Answers, case: Case) -> None:
    """Every row that may see something sums to one."""
    sums = f(case).sum(-1)[case["mask"].expand_as(case["scores"]).any(-1)]
    agree(sums, torch.ones_like(sums), what="the sums of the rows")


@masked_softmax.mistake(
    "the mask is upside down",
    "Here True means “may attend”. masked_fill writes where its mask is True, so pass it ~mask.",
)
def inverted(scores, mask):
    return softmax.masked_softmax(scores, ~mask)


@masked_softmax.mistake(
    "an empty row becomes nan",
    "A row of nothing but -inf has no maximum and no sum: 0 / 0 is nan. Decide what such a row "
    "gives, zeros, and write it so that the gradient is no nan either.",
)
def nan_row(scores, mask):
    return scores.masked_fill(~mask, -math.inf).softmax(-1)


@masked_softmax.mistake(
    "-10000 in place of minus infinity",
    "-1e4 is not below every score: a score of -20000 loses to it, and a row that may see nothing "
    "spreads its weight over hidden keys. Use -inf, and treat the empty row.",
)
def large_negative(scores, mask):
    return scores.masked_fill(~mask, -1e4).softmax(-1)


@masked_softmax.mistake(
    "the smallest float in place of minus infinity",
    "finfo.min beats every score, but a row that may see nothing is then a row of equal scores, "
    "and its weight goes to hidden keys. Such a row must give zeros.",
)
def smallest_float(scores, mask):
    return scores.masked_fill(~mask, torch.finfo(scores.dtype).min).softmax(-1)


@masked_softmax.mistake(
    "masks after the softmax",
    "The hidden keys have already taken their share, so the row no longer sums to one. Hide the "
    "scores before the softmax.",
)
def after_softmax(scores, mask):
    return scores.softmax(-1) * mask


@masked_softmax.mistake(
    "masks after the softmax, then divides",
    "It works until a hidden score is much larger than the others: their weights underflow to 0 "
    "and nothing is left to divide. Hide the scores before the softmax.",
)
def renormalised(scores, mask):
    weights = scores.softmax(-1) * mask
    return weights / weights.sum(-1, keepdim=True).clamp(min=1e-9).to(weights.dtype)


@masked_softmax.mistake(
    "multiplies the scores by the mask",
    "A score of 0 is not nothing: exp(0) = 1. To give a key no weight, its score must be -inf.",
)
def zero_scores(scores, mask):
    return (scores * mask).softmax(-1)


@masked_softmax.mistake(
    "normalises the columns",
    "Each row is one query; its weights sum to one over the keys, the last dimension: dim=-1.",
)
def masked_columns(scores, mask):
    turned = mask.expand_as(scores).transpose(-1, -2)
    return softmax.masked_softmax(scores.transpose(-1, -2), turned).transpose(-1, -2)
