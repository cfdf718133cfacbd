"""What every answer to ``filter_bank`` must satisfy."""

import math

import torch

from attn import glimpse
from autograder import sample
from autograder.compare import agree, ensure
from autograder.spec import Answers, Case, Exercise, Rng


def banks(rng: Rng):
    yield _bank("one filter on three pixels", torch.tensor([[1.0]]), torch.tensor([0.5]), size=3)
    between = torch.tensor([[0.5, 2.25]])
    yield _bank("filters between pixels", between, torch.tensor([2.0]), size=4)
    edge = torch.tensor([[-0.5, 3.0]])
    yield _bank("filters at the edges", edge, torch.tensor([1.5]), size=4)
    centres, variance = 2 + sample.tensor(rng, 3, 4), sample.tensor(rng, 3).exp() + 0.2
    yield _bank("three windows", centres, variance, size=6)
    away = torch.tensor([[-40.0, 1.0, 60.0]])
    yield _bank("filters far beyond the edges", away, torch.tensor([0.5]), size=4)
    centres, variance = 2 + sample.tensor(rng, 2, 3), sample.tensor(rng, 2).abs() + 0.5
    yield _bank("gradients", centres, variance, size=5).backward(sample.seed(rng))


def _bank(name: str, centres: torch.Tensor, variance: torch.Tensor, size: int) -> Case:
    return Case(name, centres=centres, variance=variance, size=size)


filter_bank = Exercise("filter_bank", points=3, reference=glimpse.filter_bank, cases=banks)


@filter_bank.fact
def every_filter_sums_to_one(f: Answers, case: Case) -> None:
    """Each row sums to 1, also where the filter's centre is far beyond the picture."""
    rows = f(case).sum(-1)
    agree(rows, torch.ones_like(rows), what="the rows' sums")


@filter_bank.fact
def a_filter_is_strongest_where_it_stands(f: Answers, case: Case) -> None:
    """The pixel nearest to a centre has the largest weight in its row."""
    a = torch.arange(case["size"])
    distance = (a - case["centres"][..., None]).abs()
    out = f(case)
    here = out.gather(-1, distance.argmin(-1, keepdim=True))[..., 0]
    ensure(
        (here >= out.amax(-1) - 1e-4).all(), "a farther pixel weighs more", out, f.expected(case)
    )


@filter_bank.fact(after=(every_filter_sums_to_one,))
def more_variance_is_flatter(f: Answers, case: Case) -> None:
    """With a hundred times the variance no row's largest weight is larger."""
    wide = f(case.but(variance=100 * case["variance"])).amax(-1)
    ensure(
        (wide <= f(case).amax(-1) + 1e-4).all(), "a wide filter is sharper", wide, f(case).amax(-1)
    )


def _powers(centres, variance, size, from_=0):
    a = torch.arange(size, device=centres.device, dtype=centres.dtype) + from_
    return -((a - centres[..., None]) ** 2) / (2 * variance[:, None, None])


filter_bank.mistake(
    "not normalised",
    "Without 1/Z a wide filter reads more ink than a narrow one, and one at the edge less than one "
    "in the middle.",
)(lambda centres, variance, size: _powers(centres, variance, size).exp())

filter_bank.mistake(
    "normalised over the filters",
    "Z is a sum over the pixels a of one filter, so that each filter averages. Here each pixel is "
    "shared out among the filters.",
)(lambda centres, variance, size: _powers(centres, variance, size).softmax(-2))

filter_bank.mistake(
    "one Z for all filters",
    "Each row has a Z of its own, the sum over its pixels.",
)(
    lambda centres, variance, size: (
        _powers(centres, variance, size).flatten(1).softmax(-1).unflatten(1, (-1, size))
    )
)

filter_bank.mistake(
    "divided by √(2πσ²)",
    "That makes an integral over all numbers 1. Here a *sum* over the picture's pixels is to be 1: "
    "divide by that sum.",
)(
    lambda centres, variance, size: (
        _powers(centres, variance, size).exp() / (2 * math.pi * variance[:, None, None]).sqrt()
    )
)

filter_bank.mistake(
    "the variance is squared",
    "σ² is given already.",
)(lambda centres, variance, size: _powers(centres, variance**2, size).softmax(-1))

filter_bank.mistake(
    "the 2 is missing",
    "A Gaussian divides the squared distance by 2σ².",
)(lambda centres, variance, size: _powers(centres, variance / 2, size).softmax(-1))

filter_bank.mistake(
    "the distance is not squared",
    "exp(−|a − μ| / 2σ²) has a kink at its centre. A Gaussian squares the distance.",
)(
    lambda centres, variance, size: (
        -(
            (torch.arange(size, device=centres.device) - centres[..., None]).abs()
            / (2 * variance[:, None, None])
        )
    ).softmax(-1)
)

filter_bank.mistake(
    "pixels are counted from 1",
    "In this task pixels are 0 … size − 1. From 1, every filter stands a pixel too far left.",
)(lambda centres, variance, size: _powers(centres, variance, size, from_=1).softmax(-1))

filter_bank.mistake(
    "nothing divided by nothing",
    "Far from the picture every exponential underflows to 0, and 0/0 is nan. Subtract the largest "
    "exponent first, as a stable softmax does; Z then cannot vanish.",
)(
    lambda centres, variance, size: (
        (powers := _powers(centres, variance, size).exp()) / powers.sum(-1, keepdim=True)
    )
)

filter_bank.mistake(
    "a small number in the denominator",
    "With Z + ε a filter beyond the picture reads nothing, and its row does not sum to 1. Subtract "
    "the largest exponent instead: then no ε is needed.",
)(
    lambda centres, variance, size: (
        (powers := _powers(centres, variance, size).exp()) / (powers.sum(-1, keepdim=True) + 1e-8)
    )
)
