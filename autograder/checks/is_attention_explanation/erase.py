"""What every answer to ``erase`` must satisfy."""

import torch
from torch import Tensor

from attn import explain
from autograder import sample
from autograder.compare import agree, ensure
from autograder.spec import Answers, Case, Exercise, Rng


def erasures(rng: Rng):
    def erasure(name: str, *shape: int, k: int) -> Case:
        weights = (1.5 * sample.tensor(rng, *shape)).softmax(-1)
        return Case(name, weights=weights, ranking=sample.tensor(rng, *shape), k=k)

    yield Case(
        "the example of the task",
        weights=torch.tensor([0.5, 0.3, 0.2]),
        ranking=torch.tensor([0.0, 9.0, 1.0]),
        k=1,
    )
    yield erasure("two of five", 5, k=2)
    by_weight = erasure("ranked by the weights", 4, k=2)
    yield by_weight.but(ranking=by_weight["weights"].clone())
    yield erasure("none", 2, 4, k=0)
    yield erasure("all", 3, 4, k=4)
    yield erasure("all but one", 2, 3, k=2)
    padded = erasure("padding", 2, 6, k=2)
    weights = torch.cat([padded["weights"], torch.zeros(2, 2)], -1)
    ranking = torch.cat([padded["ranking"], torch.full((2, 2), -9.0)], -1)
    yield padded.but(weights=weights, ranking=ranking)
    yield erasure("as many rows as positions", 4, 4, k=1)
    yield erasure("a batch", 2, 3, 5, k=3)


def left_over(weights: Tensor, ranking: Tensor, k: int) -> Tensor:
    """The weights of the rest."""
    return explain.erase(weights, ranking, k)


erase = Exercise("erase", points=2, reference=left_over, cases=erasures, keeps_dtype=True)


@erase.fact
def k_positions_are_gone(f: Answers, case: Case) -> None:
    """The k positions that the ranking puts first have weight 0."""
    first = case["ranking"].argsort(dim=-1, descending=True)[..., : case["k"]]
    gone = f(case).gather(-1, first)
    ensure((gone == 0).all(), "one of them still has weight", f(case), f.expected(case))


@erase.fact
def the_others_are_read(f: Answers, case: Case) -> None:
    """Whoever had weight and was not erased has weight."""
    rest = case["ranking"].argsort(dim=-1, descending=True)[..., case["k"] :]
    had = case["weights"].gather(-1, rest) > 0
    ensure((f(case).gather(-1, rest) > 0)[had].all(), "one of them has none", f(case))


@erase.fact(after=(k_positions_are_gone, the_others_are_read))
def what_is_left_sums_to_one(f: Answers, case: Case) -> None:
    """What is left sums to one; where nothing is left, to zero."""
    sums = f(case).sum(-1)
    left = 1.0 if case["k"] < case["weights"].shape[-1] else 0.0
    agree(sums, torch.full_like(sums, left), what="the sums of the rows")


@erase.fact(after=(what_is_left_sums_to_one,))
def the_rest_keeps_its_proportions(f: Answers, case: Case) -> None:
    """Among those left, who was read twice as much still is."""
    kept = torch.where(f(case) > 0, case["weights"], 0.0)
    total = kept.sum(-1, keepdim=True)
    agree(f(case) * total, kept, what="the weights times what was left", rtol=1e-3, atol=1e-5)


def _without(weights, ranking, k):
    """Zero at the first k, nothing else changed."""
    return weights.scatter(-1, ranking.argsort(dim=-1, descending=True)[..., :k], 0.0)


def _normalised(left):
    total = left.sum(-1, keepdim=True)
    return torch.where(total > 0, left / total, torch.zeros_like(left))


@erase.mistake(
    "not renormalised",
    "The weights left do not sum to one, so what is read shrinks, and the answer changes for that "
    "alone. Divide by what is left.",
)
def shrunk(weights, ranking, k):
    return _without(weights, ranking, k)


@erase.mistake(
    "the last are erased instead of the first",
    "Large numbers come first in the ranking. You erased the k smallest.",
)
def last(weights, ranking, k):
    return _normalised(_without(weights, -ranking, k))


@erase.mistake(
    "ranked by the weights",
    "You erased the largest weights. The ranking is given, and may be another: the gradient's, or "
    "chance.",
)
def by_weights(weights, ranking, k):
    return _normalised(_without(weights, weights, k))


@erase.mistake(
    "a softmax in place of a division",
    "A softmax of the weights gives erased positions weight again, and flattens the rest. Divide "
    "by the sum.",
)
def softmax(weights, ranking, k):
    return _without(weights, ranking, k).softmax(-1)


@erase.mistake(
    "only the k-th is erased",
    "The positions ranked first to k-th go, all of them; not the k-th alone.",
)
def only_one(weights, ranking, k):
    order = ranking.argsort(dim=-1, descending=True)
    return _normalised(weights.scatter(-1, order[..., max(k - 1, 0) : k], 0.0))


@erase.mistake(
    "shared out evenly",
    "You gave each of those left the same additional weight. Dividing by the sum keeps their "
    "proportions.",
)
def evenly(weights, ranking, k):
    left = _without(weights, ranking, k)
    rest = weights.shape[-1] - k
    missing = 1 - left.sum(-1, keepdim=True)
    kept = ranking.argsort(dim=-1, descending=True)[..., k:]
    return left.scatter_add(-1, kept, (missing / max(rest, 1)).expand_as(kept))


@erase.mistake(
    "one position too many",
    "k positions go. Here it was k + 1.",
)
def one_more(weights, ranking, k):
    return _normalised(_without(weights, ranking, k + 1))


@erase.mistake(
    "0 / 0 where all is erased",
    "Where nothing is left, the sum is 0 and the division gives nan. There, all weights are 0.",
)
def undefined(weights, ranking, k):
    left = _without(weights, ranking, k)
    return left / left.sum(-1, keepdim=True)


@erase.mistake(
    "the rest is read alike",
    "What is left keeps its own weights. This gives every position that was not erased the same.",
)
def uniform(weights, ranking, k):
    return _normalised(_without(torch.ones_like(weights), ranking, k))


@erase.mistake(
    "the k first positions of the sequence",
    "You erased positions 0 to k − 1. Which positions go is for the ranking to say.",
)
def leading(weights, ranking, k):
    left = weights.clone()
    left[..., :k] = 0
    return _normalised(left)
