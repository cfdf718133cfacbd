"""What every answer to ``total_variation`` must satisfy."""

import torch
from torch import Tensor

from attn import explain
from autograder import sample
from autograder.compare import agree, ensure
from autograder.spec import Answers, Case, Exercise, Rng


def pairs(rng: Rng):
    def both(name: str, *shape: int) -> Case:
        return Case(name, p=sample.weights(rng, *shape), q=sample.weights(rng, *shape))

    yield Case(
        "the example of the task", p=torch.tensor([0.7, 0.2, 0.1]), q=torch.tensor([0.5, 0.5, 0.0])
    )
    yield Case("certain of two things", p=torch.tensor([1.0, 0.0]), q=torch.tensor([0.0, 1.0]))
    yield both("two classes", 2)
    yield both("five classes", 5)
    yield both("three answers of four classes", 3, 4)
    yield both("as many answers as classes", 3, 3)
    yield both("a batch of batches", 2, 3, 4)
    same = sample.weights(rng, 3)
    yield Case("the same answer", p=same, q=same.clone())


def distance(p: Tensor, q: Tensor) -> Tensor:
    """Half of the sum of the differences."""
    return explain.total_variation(p, q)


total_variation = Exercise(
    "total_variation", points=1, reference=distance, cases=pairs, keeps_dtype=True
)


@total_variation.fact
def between_nothing_and_everything(f: Answers, case: Case) -> None:
    """A change is never below 0 and never above 1."""
    found = f(case)
    ensure(((found >= -1e-6) & (found <= 1 + 1e-6)).all(), "outside 0 to 1", found)


@total_variation.fact
def both_ways_alike(f: Answers, case: Case) -> None:
    """From p to q is as far as from q to p."""
    agree(f(case.but(p=case["q"], q=case["p"])), f(case), what="the other way round")


@total_variation.fact(after=(between_nothing_and_everything,))
def half_way_is_half_as_far(f: Answers, case: Case) -> None:
    """Half way from p to q, half of the change has happened."""
    half = case.but(q=(case["p"] + case["q"]) / 2)
    agree(2 * f(half), f(case), what="twice the change to half way", rtol=1e-3, atol=1e-5)


@total_variation.mistake(
    "not halved",
    "The sum of the differences counts each bit of probability twice: where it was taken away and "
    "where it was added. Certain of one class, then certain of another, is a change of 1.",
)
def not_halved(p, q):
    return (p - q).abs().sum(-1)


@total_variation.mistake(
    "the largest difference",
    "The largest difference is the same for two classes. With three, a class can lose to two "
    "others, and what has moved is the sum.",
)
def largest(p, q):
    return (p - q).abs().amax(-1)


@total_variation.mistake(
    "the mean of the differences",
    "A mean over the classes gets smaller when classes that do not change are added. Sum, and "
    "halve.",
)
def mean(p, q):
    return (p - q).abs().mean(-1)


@total_variation.mistake(
    "a Euclidean distance",
    "This squares the differences and takes a root. Here they count as they are: |p − q|.",
)
def euclid(p, q):
    return (p - q).square().sum(-1).sqrt()


@total_variation.mistake(
    "differences cancel",
    "Both sum to one, so the differences with their signs sum to 0 whatever has changed. Take "
    "absolute values before you sum.",
)
def cancelled(p, q):
    return (p - q).sum(-1).abs() / 2


@total_variation.mistake(
    "summed over the whole batch",
    "One number came back for all answers together. Each pair of answers has its own: sum over the "
    "last axis only.",
)
def whole_batch(p, q):
    return (p - q).abs().sum() / 2


@total_variation.mistake(
    "a divergence",
    "This is the Kullback-Leibler divergence: it has no upper end, and is another number the other "
    "way round.",
)
def divergence(p, q):
    return (p * ((p + 1e-9) / (q + 1e-9)).log()).sum(-1)


@total_variation.mistake(
    "the first class only",
    "With two classes the first says it all. With more, the others can change places without it.",
)
def first_class(p, q):
    return (p - q).abs()[..., 0]
