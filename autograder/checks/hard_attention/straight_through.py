"""What every answer to ``straight_through`` must satisfy."""

import torch

from attn import hard
from autograder import sample
from autograder.compare import agree, ensure
from autograder.spec import Answers, Case, Exercise, Rng


def draws(rng: Rng):
    yield Case(
        "chance decides",
        scores=torch.tensor([[0.0, 1.0]]),
        uniform=torch.tensor([[0.9, 0.2]]),
        temperature=1.0,
    )
    yield _draw("one draw of three", rng, 1, 3, 1.0)
    yield _draw("forty draws of four", rng, 40, 4, 1.0)
    yield _draw("a low temperature", rng, 40, 4, 0.5)
    yield _draw("a high temperature", rng, 40, 4, 3.0)
    yield _draw("gradients", rng, 12, 4, 1.0).backward(sample.seed(rng))
    yield _draw("gradients at a low temperature", rng, 12, 4, 0.5).backward(sample.seed(rng))


def _draw(name: str, rng: Rng, B: int, T: int, temperature: float) -> Case:
    uniform = torch.from_numpy(rng.uniform(0.02, 0.98, size=(B, T))).float()
    return Case(name, scores=sample.tensor(rng, B, T), uniform=uniform, temperature=temperature)


def reference(scores, uniform, temperature):
    """The exercise draws its own noise from uniform numbers."""
    return hard.straight_through(scores, hard.gumbel(uniform), temperature)


straight_through = Exercise("straight_through", points=3, reference=reference, cases=draws)


@straight_through.fact
def looks_at_one_place(f: Answers, case: Case) -> None:
    """Forward, every row has a single one, and zeros elsewhere."""
    out = f(case)
    ensure(
        (
            torch.isclose(out, torch.zeros(()), atol=1e-5)
            | torch.isclose(out, torch.ones(()), atol=1e-5)
        ).all(),
        "some numbers are neither 0 nor 1",
        out,
        f.expected(case),
    )
    agree(out.sum(-1), torch.ones(len(out)), what="the rows' sums")


@straight_through.fact(after=(looks_at_one_place,))
def an_unlikely_place_has_its_chance(f: Answers, case: Case) -> None:
    """Where chance favours a place with a lower score, that place is looked at."""
    if case.name == "chance decides":
        agree(f(case), f.expected(case))


@straight_through.fact
def temperature_draws_nothing_else(f: Answers, case: Case) -> None:
    """Forward, the temperature changes nothing: it only shapes the gradient."""
    agree(f(case.but(temperature=7.0)), f(case), what="at another temperature")


@straight_through.fact(after=(looks_at_one_place,))
def a_gradient_comes_through(f: Answers, case: Case) -> None:
    """A gradient reaches the scores, although an argmax has none."""
    if case.program.calls[-1].backward is not None:
        gradient = f.gradients(case).get("scores")
        there = gradient is not None and gradient.abs().max() > 1e-6
        ensure(there, "none does: is the soft sample still attached?", gradient)


def _one_hot(x):
    return torch.nn.functional.one_hot(x.argmax(-1), x.shape[-1]).to(x)


def _gumbel(u):
    return -(-u.log()).log()


def _mistaken(noise, join=lambda hard, soft: hard + soft - soft.detach()):
    """A draw with this noise, whose one-hot vector and softmax are joined so."""

    def draw(scores, uniform, temperature):
        soft = ((scores + noise(uniform).detach()) / temperature).softmax(-1)
        return join(_one_hot(soft), soft)

    return draw


straight_through.mistake(
    "argmax instead of a sample",
    "Without noise this always looks at the best score, and no other place is ever tried. Add the "
    "Gumbel noise, -log(-log u), before the argmax.",
)(_mistaken(torch.zeros_like))

straight_through.mistake(
    "uniform noise",
    "argmax(e + u) is no draw from softmax(e). Turn u into Gumbel noise first: -log(-log u).",
)(_mistaken(lambda u: u))

straight_through.mistake(
    "a sign is missing in the noise",
    "log(-log u) is Gumbel noise turned upside down: -log(-log u).",
)(_mistaken(lambda u: -_gumbel(u)))

straight_through.mistake(
    "only one logarithm",
    "-log u is exponential noise. Gumbel noise takes the logarithm twice: -log(-log u).",
)(_mistaken(lambda u: -u.log()))

straight_through.mistake(
    "the soft sample",
    "This is a mixture of all places, so soft attention with noise. Forward, one place is looked "
    "at; the softmax only lends its gradient.",
)(_mistaken(_gumbel, lambda hard, soft: soft))

straight_through.mistake(
    "no gradient comes through",
    "A one-hot vector from an argmax has no gradient. Add soft - soft.detach(), which is 0 forward "
    "and the softmax's gradient backward.",
)(_mistaken(_gumbel, lambda hard, soft: hard))

straight_through.mistake(
    "the gradient cancels",
    "hard + soft - soft has the gradient of soft minus itself: 0. Detach the one that is "
    "subtracted.",
)(_mistaken(_gumbel, lambda hard, soft: hard + soft - soft))

straight_through.mistake(
    "the gradient's sign is turned",
    "The detached copy is the one that is subtracted: soft - soft.detach(), not the other way "
    "round.",
)(_mistaken(_gumbel, lambda hard, soft: hard + soft.detach() - soft))


@straight_through.mistake(
    "the temperature is ignored",
    "The softmax, whose gradient is used, is that of (e + g) / τ.",
)
def untempered(scores, uniform, temperature):
    return reference(scores, uniform, 1.0)


@straight_through.mistake(
    "multiplied by the temperature",
    "Divide by τ: a low temperature makes the softmax sharper.",
)
def heated(scores, uniform, temperature):
    return reference(scores, uniform, 1 / temperature)


@straight_through.mistake(
    "the noise is not divided by the temperature",
    "Then the temperature changes what is drawn. Add the noise to the scores first, and divide the "
    "sum: (e + g) / τ.",
)
def cool_scores(scores, uniform, temperature):
    return reference(scores / temperature, uniform, 1.0)
