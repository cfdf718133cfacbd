"""What every answer to ``attend_history`` must satisfy."""

import torch
from torch import Tensor

from autograder import sample
from autograder.compare import agree
from autograder.spec import Answers, Case, Exercise, Rng


def histories(rng: Rng):
    def past(name: str, mask: Tensor, *, d=2, k=3) -> Case:
        B, T = mask.shape
        return Case(
            name,
            candidate=sample.tensor(rng, B, d),
            history=sample.tensor(rng, B, T, d),
            mask=mask,
            W=sample.tensor(rng, k, 3 * d),
            b=sample.tensor(rng, k),
            v=sample.tensor(rng, k),
        )

    def all_of(B: int, T: int) -> Tensor:
        return torch.ones(B, T, dtype=torch.bool)

    yield Case(
        "the example of the task",
        candidate=torch.tensor([[1.0]]),
        history=torch.tensor([[[1.0], [1.0], [-1.0], [1.0]]]),
        mask=torch.tensor([[True, True, True, False]]),
        W=torch.tensor([[0.0, 0.0, 1.0]]),
        b=torch.tensor([-0.5]),
        v=torch.tensor([2.0]),
    )
    yield past("one item", all_of(1, 1))
    yield past("three items", all_of(1, 3), k=6)
    yield past("some padding", torch.tensor([[True, True, False, False]]), k=6)
    yield past("a batch", sample.mask(rng, 3, 5), d=3, k=6)
    yield past("as many items as numbers", all_of(3, 3), d=3, k=6)
    yield past("an empty history", torch.tensor([[False, False], [True, True]]), k=6)


def _inputs(candidate, history):
    c = candidate[:, None].expand_as(history)
    return torch.cat([history, c, history * c], -1)


def _scores(candidate, history, W, b, v):
    return (_inputs(candidate, history) @ W.T + b).relu() @ v


def _sum(weights, history):
    return (weights[:, None] @ history)[:, 0]


def read(candidate, history, mask, W, b, v):
    """What of the history counts for the candidate."""
    return _sum(_scores(candidate, history, W, b, v) * mask, history)


attend_history = Exercise(
    "attend_history", points=2, reference=read, cases=histories, keeps_dtype=True
)


@attend_history.fact
def twice_the_history_counts_twice(f: Answers, case: Case) -> None:
    """If every item came twice, twice as much is read."""
    twice = case.but(
        history=torch.cat([case["history"]] * 2, 1), mask=torch.cat([case["mask"]] * 2, 1)
    )
    agree(f(twice), 2 * f(case), what="the result")


@attend_history.fact
def padding_changes_nothing(f: Answers, case: Case) -> None:
    """Whatever stands where the mask is False, the same is read."""
    other = case["history"].where(case["mask"][..., None], 3.0)
    if not case["mask"].all():
        agree(f(case.but(history=other)), f(case), what="the result")


@attend_history.fact
def a_larger_v_reads_more(f: Answers, case: Case) -> None:
    """With v three times as large, three times as much is read; with −v, the opposite."""
    for times in (3.0, -1.0):
        agree(f(case.but(v=times * case["v"])), times * f(case), what="the result")


@attend_history.fact
def the_candidate_decides(f: Answers, case: Case) -> None:
    """Another candidate reads another sum of the same history."""
    turned = case.but(candidate=-case["candidate"])
    args = {name: turned[name] for name in ("candidate", "history", "mask", "W", "b", "v")}
    agree(f(turned), read(**args), what="the result for another candidate")


@attend_history.mistake(
    "a softmax over the history",
    "The weights sum to one, so an item that comes once and one that comes five times read the "
    "same. Leave the weights as they are.",
)
def normalised(candidate, history, mask, W, b, v):
    scores = _scores(candidate, history, W, b, v).masked_fill(~mask, -torch.inf)
    return _sum(scores.softmax(-1).nan_to_num(), history)


@attend_history.mistake(
    "divided by the sum of the weights",
    "Dividing by the sum is another way to normalise: how many items matched is lost again.",
)
def by_sum(candidate, history, mask, W, b, v):
    weights = _scores(candidate, history, W, b, v) * mask
    return _sum(weights / (weights.sum(-1, keepdim=True) + 1e-6), history)


@attend_history.mistake(
    "the mean over the history",
    "You divided by the number of items, so five matching things among five count as one.",
)
def mean(candidate, history, mask, W, b, v):
    return read(candidate, history, mask, W, b, v) / mask.sum(-1, keepdim=True).clamp(min=1)


@attend_history.mistake(
    "padding is counted",
    "The bias gives padding a weight too. Multiply by the mask.",
)
def unmasked(candidate, history, mask, W, b, v):
    return _sum(_scores(candidate, history, W, b, v), history)


@attend_history.mistake(
    "a sigmoid of the scores",
    "The weights are the scores themselves: free above and below. A sigmoid keeps each between 0 "
    "and 1, and none can count against the candidate.",
)
def squashed(candidate, history, mask, W, b, v):
    return _sum(_scores(candidate, history, W, b, v).sigmoid() * mask, history)


@attend_history.mistake(
    "the candidate is not asked",
    "The weights do not depend on the candidate: its place in the input was filled with the item "
    "itself.",
)
def unaware(candidate, history, mask, W, b, v):
    inner = torch.cat([history, history, history * history], -1)
    return _sum((inner @ W.T + b).relu() @ v * mask, history)


@attend_history.mistake(
    "candidate and item are exchanged",
    "The columns of W are for the item first, then for the candidate, then for their product.",
)
def exchanged(candidate, history, mask, W, b, v):
    c = candidate[:, None].expand_as(history)
    inner = torch.cat([c, history, history * c], -1)
    return _sum((inner @ W.T + b).relu() @ v * mask, history)


@attend_history.mistake(
    "a difference in place of the product",
    "The third part is e ⊙ c, element by element. You subtracted.",
)
def difference(candidate, history, mask, W, b, v):
    c = candidate[:, None].expand_as(history)
    inner = torch.cat([history, c, history - c], -1)
    return _sum((inner @ W.T + b).relu() @ v * mask, history)


@attend_history.mistake(
    "no ReLU",
    "Between W and v stands a ReLU. Without it the hidden layer is one linear map.",
)
def linear(candidate, history, mask, W, b, v):
    return _sum((_inputs(candidate, history) @ W.T + b) @ v * mask, history)


@attend_history.mistake(
    "negative weights are cut off",
    "The ReLU stands before v, not after it: a weight may be negative.",
)
def cut(candidate, history, mask, W, b, v):
    return _sum(_scores(candidate, history, W, b, v).relu() * mask, history)


@attend_history.mistake(
    "no bias",
    "The bias b is missing before the ReLU.",
)
def unbiased(candidate, history, mask, W, b, v):
    return _sum(_scores(candidate, history, W, 0 * b, v) * mask, history)
