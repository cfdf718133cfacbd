"""What every answer to ``step_kl`` must satisfy."""

import torch

from attn import draw
from autograder import sample
from autograder.compare import agree, ensure
from autograder.spec import Answers, Case, Exercise, Rng


def codes(rng: Rng):
    one = torch.zeros(1, 1)
    yield Case("the prior itself", mean=one, log_std=one)
    yield Case("one number", mean=one + 1, log_std=one + 0.5)
    yield _code("three numbers", rng, 1, 3)
    yield _code("two pictures", rng, 2, 2)
    yield _code("four pictures", rng, 4, 3)
    narrow = torch.full((2, 2), -4.0)
    yield Case("a very narrow code", mean=sample.tensor(rng, 2, 2), log_std=narrow)
    yield _code("gradients", rng, 2, 3).backward(sample.seed(rng))


def _code(name: str, rng: Rng, B: int, Z: int) -> Case:
    return Case(name, mean=sample.tensor(rng, B, Z), log_std=sample.tensor(rng, B, Z))


step_kl = Exercise(
    "step_kl", points=2, reference=draw.step_kl, cases=codes, forbids=("kl_divergence",)
)


@step_kl.fact
def one_number_a_picture(f: Answers, case: Case) -> None:
    """There is one number a picture."""
    ensure(f(case).shape == (len(case["mean"]),), f"the shape is {tuple(f(case).shape)}")


@step_kl.fact
def the_prior_is_free(f: Answers, case: Case) -> None:
    """A code that is the prior, mean 0 and deviation 1, costs nothing."""
    zeros = torch.zeros_like(case["mean"])
    out = f(case.but(mean=zeros, log_std=zeros))
    agree(out, torch.zeros_like(out), what="the cost of the prior")


@step_kl.fact
def never_negative(f: Answers, case: Case) -> None:
    """No code costs less than nothing."""
    ensure((f(case) >= -1e-5).all(), "a cost is below 0", f(case), f.expected(case))


@step_kl.fact(after=(one_number_a_picture,))
def numbers_add_up(f: Answers, case: Case) -> None:
    """With every number of the code twice, the cost is twice as high."""
    twice = {name: torch.cat([case[name]] * 2, -1) for name in ("mean", "log_std")}
    agree(f(case.but(**twice)), 2 * f(case), what="the longer code", rtol=1e-3, atol=1e-4)


def _mistaken(each, total=lambda parts: parts.sum(-1)):
    """½ of the total of each(μ, log σ)."""
    return lambda mean, log_std: 0.5 * total(each(mean, log_std))


def _right(m, s):
    return m**2 + (2 * s).exp() - 2 * s - 1


step_kl.mistake(
    "one constant for all numbers",
    "T/2 in the paper's sum counts a ½ a step, for a code of one number. With Z numbers each has "
    "its own −1 in the bracket.",
)(_mistaken(lambda m, s: m**2 + (2 * s).exp() - 2 * s, lambda parts: parts.sum(-1) - 1))

step_kl.mistake(
    "the constant is forgotten",
    "Then even the prior costs something. It changes no gradient, but the nats are wrong.",
)(_mistaken(lambda m, s: m**2 + (2 * s).exp() - 2 * s))

step_kl.mistake(
    "log σ is taken for log σ²",
    "The argument is the logarithm of the *deviation*: σ² = exp(2 log σ).",
)(_mistaken(lambda m, s: m**2 + s.exp() - s - 1))

step_kl.mistake(
    "σ in place of σ²",
    "The bracket holds the variance: exp(2 log σ).",
)(_mistaken(lambda m, s: m**2 + s.exp() - 2 * s - 1))

step_kl.mistake(
    "log σ is not doubled",
    "log σ² is 2 log σ.",
)(_mistaken(lambda m, s: m**2 + (2 * s).exp() - s - 1))

step_kl.mistake(
    "the logarithm is added",
    "Subtract log σ²: narrow codes, whose logarithm is negative, are the expensive ones.",
)(_mistaken(lambda m, s: m**2 + (2 * s).exp() + 2 * s - 1))

step_kl.mistake(
    "the ½ is missing",
    "The whole bracket is halved.",
)(lambda mean, log_std: _right(mean, log_std).sum(-1))

step_kl.mistake(
    "the mean over the code",
    "Costs in nats add up: sum over the numbers of the code.",
)(_mistaken(_right, lambda parts: parts.mean(-1)))

step_kl.mistake(
    "all pictures together",
    "Each picture has a cost of its own; sum over the numbers of its code only.",
)(_mistaken(_right, lambda parts: parts.sum()))

step_kl.mistake(
    "the other way round",
    "This is KL(prior ‖ code). The bound has KL(Q ‖ P), the code first, in which σ² is not divided "
    "by.",
)(_mistaken(lambda m, s: (1 + m**2) * (-2 * s).exp() + 2 * s - 1))

step_kl.mistake(
    "the sign is turned",
    "This is minus the divergence, what is added to a bound *below*. As a part of the loss it is "
    "positive.",
)(lambda mean, log_std: -draw.step_kl(mean, log_std))
