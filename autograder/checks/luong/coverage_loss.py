"""What every answer to ``coverage_loss`` must satisfy."""

import torch

from attn import pointer
from autograder import sample
from autograder.compare import agree, ensure
from autograder.spec import Answers, Case, Exercise, Rng


def readings(rng: Rng):
    yield Case("three steps", weights=torch.tensor([[1.0, 0.0], [0.5, 0.5], [0.0, 1.0]]))
    yield Case("the same place again and again", weights=torch.tensor([[0.75, 0.25]] * 3))
    yield Case("four steps", weights=sample.weights(rng, 4, 3))
    yield Case("a batch", weights=sample.weights(rng, 2, 5, 4))
    yield Case("two leading axes", weights=sample.weights(rng, 2, 2, 3, 2))
    yield Case("gradients", weights=sample.weights(rng, 4, 5)).backward(sample.seed(rng))


coverage_loss = Exercise("coverage_loss", points=2, reference=pointer.coverage_loss, cases=readings)


@coverage_loss.fact
def the_first_step_costs_nothing(f: Answers, case: Case) -> None:
    """The first step has read nothing before, so it costs nothing."""
    first = f(case)[..., 0]
    agree(first, torch.zeros_like(first), what="the first step's cost", atol=1e-6)


@coverage_loss.fact
def no_step_costs_more_than_it_reads(f: Answers, case: Case) -> None:
    """A step costs at most 1, for it reads no more."""
    ensure((f(case) <= 1 + 1e-5).all(), "a step costs more", f(case), f.expected(case))


@coverage_loss.fact
def what_comes_later_does_not_matter(f: Answers, case: Case) -> None:
    """What is read later changes no cost of an earlier step."""
    weights = case["weights"].clone()
    weights[..., -1, :] = weights[..., -1, :].flip(-1)
    agree(f(case.but(weights=weights))[..., :-1], f(case)[..., :-1], what="the earlier costs")


@coverage_loss.mistake(
    "a step covers itself",
    "The coverage is what was read *before*: cumsum contains the step itself, so take it off.",
)
def inclusive(weights):
    return torch.minimum(weights, weights.cumsum(-2)).sum(-1)


@coverage_loss.mistake(
    "the last step only",
    "The coverage adds up all steps before, not just the one before.",
)
def last_step(weights):
    before = torch.cat([torch.zeros_like(weights[..., :1, :]), weights[..., :-1, :]], -2)
    return torch.minimum(weights, before).sum(-1)


@coverage_loss.mistake(
    "the larger instead of the smaller",
    "What is read *again* is the part that both have: the minimum of weight and coverage.",
)
def larger(weights):
    return torch.maximum(weights, pointer.coverage(weights)).sum(-1)


@coverage_loss.mistake(
    "a product instead of the minimum",
    "The paper takes min(a, c): it never exceeds what the step reads, while a product grows with "
    "the coverage.",
)
def product(weights):
    return (weights * pointer.coverage(weights)).sum(-1)


@coverage_loss.mistake(
    "one number for all steps",
    "Each step has its own cost: sum over the source positions, the last axis, only.",
)
def total(weights):
    return pointer.coverage_loss(weights).sum(-1)


@coverage_loss.mistake(
    "the mean over the source",
    "The cost is a sum over positions. A mean would make repetition cheap in long sources.",
)
def averaged(weights):
    return pointer.coverage_loss(weights) / weights.shape[-1]


@coverage_loss.mistake(
    "covers what is still to come",
    "Coverage adds up from the first step on; here it was added up from the last.",
)
def reversed_time(weights):
    turned = weights.flip(-2)
    return torch.minimum(weights, pointer.coverage(turned).flip(-2)).sum(-1)
