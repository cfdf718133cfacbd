"""What every answer to ``query_gradient`` must satisfy."""

import torch

from attn import attention_pooling as mechanism
from autograder import sample
from autograder.compare import ensure
from autograder.spec import Answers, Case, Exercise, Rng


def readings(rng: Rng):
    yield Case(
        "two words, read alike",
        query=torch.tensor([0.0]),
        keys=torch.tensor([[0.0], [1.0]]),
        values=torch.tensor([[1.0], [5.0]]),
        mask=torch.tensor([True, True]),
        slope=torch.tensor([1.0]),
    )
    yield _reading("three words", rng, torch.tensor([True] * 3), k=2, m=2)
    yield _reading("padding", rng, torch.tensor([True, True, True, False]), k=2, m=2)
    yield _reading("keys narrower than values", rng, torch.tensor([True] * 4), k=2, m=5)
    yield _reading("keys wider than values", rng, torch.tensor([True] * 4), k=5, m=2)
    alike = _reading("all values alike", rng, torch.tensor([True] * 3), k=2, m=2)
    yield alike.but(values=alike["values"][:1].repeat(3, 1))
    yield _reading("no word at all", rng, torch.tensor([False] * 2), k=2, m=2)


def _reading(name: str, rng: Rng, mask: torch.Tensor, k: int, m: int) -> Case:
    return Case(
        name,
        query=sample.tensor(rng, k),
        keys=sample.tensor(rng, len(mask), k),
        values=2 * sample.tensor(rng, len(mask), m),
        mask=mask,
        slope=sample.tensor(rng, m),
    )


def reference(query, keys, values, mask, slope):
    return mechanism.query_gradient(query, keys, values, mask, slope)


query_gradient = Exercise(
    "query_gradient",
    points=3,
    reference=reference,
    cases=readings,
    forbids=("backward", "grad", "jacobian"),
)


@query_gradient.fact
def nothing_to_gain_where_all_values_are_alike(f: Answers, case: Case) -> None:
    """Where all values are alike, what is read does not depend on the query: the gradient is 0."""
    if case.name == "all values alike":
        ensure((f(case).abs() < 1e-4).all(), "it is not", f(case), f.expected(case))


@query_gradient.fact
def twice_the_slope_is_twice_the_gradient(f: Answers, case: Case) -> None:
    """Twice the slope gives twice the gradient."""
    twice = f(case.but(slope=2 * case["slope"]))
    ensure(
        torch.allclose(twice, 2 * f(case), rtol=1e-3, atol=1e-4), "it does not", twice, 2 * f(case)
    )


@query_gradient.fact
def downhill_is_down(f: Answers, case: Case) -> None:
    """A small step of the query against the gradient does not raise the loss."""

    def loss(query: torch.Tensor) -> torch.Tensor:
        keys, values = case["keys"].double(), case["values"].double()
        out, _ = mechanism.attention_pool(query, keys, values, case["mask"])
        return out @ case["slope"].double()

    query, gradient = case["query"].double(), f(case).double()
    change = loss(query - 1e-4 * gradient) - loss(query)
    ensure(change <= 1e-9, f"the loss rises by {change:.2g}", f(case), f.expected(case))


def _mistaken(times):
    """A gradient Σ_t (what ``times`` gives for t) k_t."""

    def gradient(query, keys, values, mask, slope):
        out, weights = mechanism.attention_pool(query, keys, values, mask)
        return times(weights, values, out, slope, mask) @ keys

    return gradient


query_gradient.mistake(
    "what was read is not subtracted",
    "When one weight grows, the others shrink: they sum to one. So a word counts by how much its "
    "value differs from what was read, slope · (v - out).",
)(_mistaken(lambda a, v, out, g, mask: a * (v @ g)))

query_gradient.mistake(
    "only the diagonal of the softmax's Jacobian",
    "α(1 - α) is how a weight moves with its own score. It also moves with every other score, by "
    "-α_t α_j; adding these up gives slope · (v - out).",
)(_mistaken(lambda a, v, out, g, mask: a * (1 - a) * (v @ g)))

query_gradient.mistake(
    "the weights are missing",
    "A word that is hardly read hardly moves: each term is multiplied by its weight α.",
)(_mistaken(lambda a, v, out, g, mask: ((v - out) @ g) * mask))

query_gradient.mistake(
    "uphill and downhill are exchanged",
    "The sign is wrong: a word whose value raises the loss pulls the gradient towards its key.",
)(_mistaken(lambda a, v, out, g, mask: a * ((out - v) @ g)))

query_gradient.mistake(
    "the plain mean is subtracted",
    "Subtract what was read, the average with the weights, not the mean of all values.",
)(_mistaken(lambda a, v, out, g, mask: a * ((v - v.mean(-2)) @ g)))

query_gradient.mistake(
    "the slope is ignored",
    "The loss is not the sum of the numbers that were read: project v - out on the slope first.",
)(_mistaken(lambda a, v, out, g, mask: a * (v - out).sum(-1)))


@query_gradient.mistake(
    "the padding is read",
    "Compute the weights with the mask: padding has the weight 0, and so has its pull.",
)
def no_mask(query, keys, values, mask, slope):
    return mechanism.query_gradient(query, keys, values, torch.ones_like(mask), slope)


@query_gradient.mistake(
    "the gradient to the scores",
    "This is one number a word. The score is key · query, so the query receives each word's number "
    "times its key, added up.",
)
def to_the_scores(query, keys, values, mask, slope):
    out, weights = mechanism.attention_pool(query, keys, values, mask)
    return weights * ((values - out) @ slope)
