"""What every answer to ``permutation_test`` must satisfy."""

import numpy as np
import torch
from torch import Tensor

from attn import explain
from autograder import sample
from autograder.compare import agree, ensure
from autograder.spec import Answers, Case, Exercise, Rng


def orders_of(rng: Rng, n: int, T: int) -> Tensor:
    """n orders of T positions, none of them the one in which they stand."""
    drawn: list[np.ndarray] = []
    while len(drawn) < n:
        order = rng.permutation(T)
        if not (order == np.arange(T)).all():
            drawn.append(order)
    return torch.from_numpy(np.stack(drawn))


def readings(rng: Rng):
    def reading(name: str, *shape: int, T: int, m: int, C: int, n: int) -> Case:
        weights = (1.5 * sample.tensor(rng, *shape, T)).softmax(-1)
        annotations, W = sample.tensor(rng, *shape, T, m), 1.5 * sample.tensor(rng, C, m)
        return Case(
            name, weights=weights, annotations=annotations, W=W, orders=orders_of(rng, n, T)
        )

    yield Case(
        "the example of the task",
        weights=torch.tensor([0.75, 0.25, 0.0]),
        annotations=torch.tensor([[1.0], [0.0], [-1.0]]),
        W=torch.tensor([[4.0], [0.0]]),
        orders=torch.tensor([[1, 0, 2], [2, 1, 0], [1, 2, 0]]),
    )
    yield reading("one order", T=3, m=2, C=2, n=1)
    yield reading("five orders", T=4, m=3, C=2, n=5)
    yield reading("three classes", T=5, m=4, C=3, n=7)
    yield reading("two examples", 2, T=4, m=3, C=3, n=5)
    yield reading("as many orders as examples", 3, T=4, m=2, C=3, n=3)
    yield reading("a batch", 2, 3, T=5, m=4, C=3, n=9)
    rows = reading("uniform weights", 2, T=4, m=3, C=3, n=3)
    yield rows.but(weights=torch.full((2, 4), 0.25))


def _answer(weights: Tensor, annotations: Tensor, W: Tensor) -> Tensor:
    return ((weights[..., None, :] @ annotations)[..., 0, :] @ W.T).softmax(-1)


def _in_every_row(orders: Tensor, weights: Tensor) -> Tensor:
    """The same orders for every example: (n, T) to (n, ..., T)."""
    n, T = orders.shape
    return orders.view(n, *(1,) * (weights.ndim - 1), T).expand(n, *weights.shape)


def median_change(weights: Tensor, annotations: Tensor, W: Tensor, orders: Tensor) -> Tensor:
    """How much the answer changes when its weights are shuffled."""
    return explain.permutation_test(
        lambda shuffled: _answer(shuffled, annotations, W), weights, _in_every_row(orders, weights)
    )


permutation_test = Exercise(
    "permutation_test",
    points=3,
    reference=median_change,
    cases=readings,
)


@permutation_test.fact
def no_order_no_change(f: Answers, case: Case) -> None:
    """Orders that leave everything in its place change nothing."""
    still = torch.arange(case["weights"].shape[-1]).expand(3, -1).clone()
    found = f(case.but(orders=still))
    agree(found, torch.zeros_like(found), what="the change", atol=1e-5)


@permutation_test.fact
def equal_weights_can_be_shuffled(f: Answers, case: Case) -> None:
    """Uniform weights can be shuffled as one likes: the answer stays."""
    T = case["weights"].shape[-1]
    found = f(case.but(weights=torch.full_like(case["weights"], 1 / T)))
    agree(found, torch.zeros_like(found), what="the change", atol=1e-5)


@permutation_test.fact
def a_change_of_probability(f: Answers, case: Case) -> None:
    """The change lies between 0 and 1."""
    ensure(((f(case) >= -1e-6) & (f(case) <= 1 + 1e-6)).all(), "outside 0 to 1", f(case))


@permutation_test.fact(after=(no_order_no_change, a_change_of_probability))
def one_wild_order_changes_no_median(f: Answers, case: Case) -> None:
    """If most of the orders leave everything in its place, the answer's median change is 0."""
    still = torch.arange(case["weights"].shape[-1]).expand(len(case["orders"]) + 1, -1)
    found = f(case.but(orders=torch.cat([case["orders"], still])[: 2 * len(still) - 1]))
    agree(found, torch.zeros_like(found), what="the change", atol=1e-5)


def _changes(weights, annotations, W, orders, distance=explain.total_variation):
    base = _answer(weights, annotations, W)
    shuffled = (_answer(weights[..., order], annotations, W) for order in orders)
    return torch.stack([distance(p, base) for p in shuffled])


@permutation_test.mistake(
    "the mean instead of the median",
    "A mean lets one wild order speak for all. Sort the changes and take the one in the middle.",
)
def mean(weights, annotations, W, orders):
    return _changes(weights, annotations, W, orders).mean(0)


@permutation_test.mistake(
    "the largest change",
    "The largest change tells of the worst order. The test asks for the one in the middle.",
)
def worst(weights, annotations, W, orders):
    return _changes(weights, annotations, W, orders).amax(0)


@permutation_test.mistake(
    "the annotations move along",
    "You shuffled weights and annotations alike, so each annotation keeps its weight and nothing "
    "can change. Shuffle the weights and leave the annotations where they are.",
)
def along(weights, annotations, W, orders):
    return torch.zeros_like(_changes(weights, annotations, W, orders)[0])


@permutation_test.mistake(
    "differences of the scores",
    "The change is to be measured between probabilities: apply the softmax over the classes first.",
)
def scores(weights, annotations, W, orders):
    def score(w):
        return (w[..., None, :] @ annotations)[..., 0, :] @ W.T

    base = score(weights)
    moved = [explain.total_variation(score(weights[..., order]), base) for order in orders]
    return torch.stack(moved).median(0).values


@permutation_test.mistake(
    "the sum of the differences is not halved",
    "Total variation is half of the sum of |p − q|.",
)
def not_halved(weights, annotations, W, orders):
    return 2 * _changes(weights, annotations, W, orders).median(0).values


@permutation_test.mistake(
    "each order goes on from the last",
    "Every order starts from the *trained* weights. Here the weights were overwritten, and the "
    "second order shuffled what the first had left.",
)
def cumulative(weights, annotations, W, orders):
    base, changes = _answer(weights, annotations, W), []
    for order in orders:
        weights = weights[..., order]
        changes.append(explain.total_variation(_answer(weights, annotations, W), base))
    return torch.stack(changes).median(0).values


@permutation_test.mistake(
    "the median over the examples",
    "One number came back for all examples. Every example has its own median, over the *orders*; "
    "pooling them is what this chapter warns of.",
)
def pooled(weights, annotations, W, orders):
    return _changes(weights, annotations, W, orders).median()


@permutation_test.mistake(
    "the change of the average answer",
    "You averaged the answers over the orders, and then compared. Compare each, then take the "
    "median of the changes.",
)
def average_answer(weights, annotations, W, orders):
    base = _answer(weights, annotations, W)
    answers = torch.stack([_answer(weights[..., order], annotations, W) for order in orders])
    return explain.total_variation(answers.mean(0), base)


@permutation_test.mistake(
    "normalised once more",
    "The weights sum to one already, in any order. A softmax of them makes them nearly uniform.",
)
def softmax_again(weights, annotations, W, orders):
    again = [_answer(weights[..., order].softmax(-1), annotations, W) for order in orders]
    base = _answer(weights.softmax(-1), annotations, W)
    return torch.stack([explain.total_variation(p, base) for p in again]).median(0).values
