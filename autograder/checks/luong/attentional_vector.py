"""What every answer to ``attentional_vector`` must satisfy."""

import torch

from attn import luong
from autograder import sample
from autograder.compare import ensure
from autograder.spec import Answers, Case, Exercise, Rng


def vectors(rng: Rng):
    yield Case(
        "one number each",
        context=torch.tensor([1.0]),
        state=torch.tensor([0.5]),
        W_c=torch.tensor([[2.0, -1.0]]),
    )
    yield Case("everything two wide", **_vector(rng, m=2, n=2, k=2))
    yield Case("a context wider than the state", **_vector(rng, m=4, n=2, k=2))
    yield Case("a batch", **_vector(rng, 3, m=3, n=3, k=3))
    yield Case("two leading axes", **_vector(rng, 2, 2, m=2, n=3, k=4))
    yield Case("gradients", **_vector(rng, m=3, n=2, k=2)).backward(sample.seed(rng))


def _vector(rng: Rng, *B: int, m: int, n: int, k: int) -> dict[str, torch.Tensor]:
    return {
        "context": sample.tensor(rng, *B, m),
        "state": sample.tensor(rng, *B, n),
        "W_c": 0.7 * sample.tensor(rng, k, m + n),
    }


attentional_vector = Exercise(
    "attentional_vector", points=1, reference=luong.attentional_vector, cases=vectors
)


@attentional_vector.fact
def lies_between_minus_one_and_one(f: Answers, case: Case) -> None:
    """Every number of it lies between -1 and 1."""
    ensure((f(case).abs() <= 1).all(), "a number lies outside", f(case), f.expected(case))


@attentional_vector.fact
def depends_on_both(f: Answers, case: Case) -> None:
    """Another context gives another vector, and so does another state."""
    for name in ("context", "state"):
        other = f(case.but(**{name: case[name] + 1}))
        ensure((other != f(case)).any(), f"another {name} changes nothing", f(case))


@attentional_vector.mistake(
    "the state before the context",
    "It is [c_t; h_t]: the first m columns of W_c meet the context.",
)
def swapped(context, state, W_c):
    return (torch.cat([state, context], -1) @ W_c.T).tanh()


@attentional_vector.mistake(
    "no tanh", "The attentional vector is bent: h̃_t = tanh(W_c [c_t; h_t])."
)
def linear(context, state, W_c):
    return torch.cat([context, state], -1) @ W_c.T


@attentional_vector.mistake(
    "tanh before the matrix",
    "The matrix comes first, the tanh is applied to its result.",
)
def early(context, state, W_c):
    return torch.cat([context, state], -1).tanh() @ W_c.T


@attentional_vector.mistake(
    "the context alone",
    "The decoder must also remember what it knew: put the state behind the context.",
)
def context_alone(context, state, W_c):
    return (context @ W_c[:, : context.shape[-1]].T).tanh()


@attentional_vector.mistake(
    "the state alone",
    "Then nothing that was read reaches the output: put the context before the state.",
)
def state_alone(context, state, W_c):
    return (state @ W_c[:, context.shape[-1] :].T).tanh()


@attentional_vector.mistake(
    "a sigmoid instead of the tanh",
    "The paper takes tanh, which can be negative.",
)
def sigmoid(context, state, W_c):
    return (torch.cat([context, state], -1) @ W_c.T).sigmoid()
