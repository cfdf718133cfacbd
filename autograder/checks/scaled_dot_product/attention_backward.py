"""What every answer to ``attention_backward`` must satisfy."""

import math

import torch

from attn import backward, softmax
from autograder import sample
from autograder.compare import agree, ensure
from autograder.spec import Answers, Case, Exercise, Rng


def ways_back(rng: Rng):
    yield Case(
        "one query, two keys, read alike",
        Q=torch.tensor([[0.0]]),
        K=torch.tensor([[0.0], [1.0]]),
        V=torch.tensor([[1.0], [5.0]]),
        dout=torch.tensor([[1.0]]),
    )
    yield _case("everything two by two", rng, Tq=2, Tk=2, d=2, dv=2)
    yield _case("a single key", rng, Tq=2, Tk=1, d=2, dv=3)
    yield _case("more keys than queries", rng, Tq=2, Tk=4, d=3, dv=2)
    yield _case("values wider than keys", rng, Tq=3, Tk=2, d=2, dv=5)
    seen = sample.mask(rng, 3, 4)
    yield _case("a mask", rng, Tq=3, Tk=4, d=3, dv=2).but(mask=seen)
    blind = torch.tensor([[True, False], [False, False]])
    yield _case("a query that may see nothing", rng, Tq=2, Tk=2, d=3, dv=3).but(mask=blind)
    yield _case("a batch", rng, 2, 2, Tq=2, Tk=3, d=4, dv=3)


def _case(name: str, rng: Rng, *B: int, Tq: int, Tk: int, d: int, dv: int) -> Case:
    shapes = {"Q": (Tq, d), "K": (Tk, d), "V": (Tk, dv), "dout": (Tq, dv)}
    return Case(name, **{key: sample.tensor(rng, *B, *shape) for key, shape in shapes.items()})


def reference(Q, K, V, dout, mask=None):
    return tuple(backward.attention_backward(Q, K, V, dout, mask))


attention_backward = Exercise(
    "attention_backward",
    points=4,
    reference=reference,
    cases=ways_back,
    forbids=("backward", "grad", "vjp", "jacobian"),
)


@attention_backward.fact
def each_gradient_has_the_shape_of_its_input(f: Answers, case: Case) -> None:
    """The three gradients have the shapes of Q, K and V, in that order."""
    for name, gradient in zip("QKV", f(case), strict=True):
        same = gradient.shape == case[name].shape
        ensure(same, f"the gradient of {name} has another", gradient, case[name])


def _may_see(case: Case) -> torch.Tensor:
    everything = torch.ones(*case["Q"].shape[:-1], case["K"].shape[-2], dtype=torch.bool)
    mask = case.get("mask")
    return everything if mask is None else mask.expand_as(everything)


@attention_backward.fact(after=(each_gradient_has_the_shape_of_its_input,))
def a_query_that_sees_nothing_learns_nothing(f: Answers, case: Case) -> None:
    """The gradient of a query that may see no key is zero, and never nan."""
    blind = f(case)[0][~_may_see(case).any(-1)]
    ensure((blind == 0).all(), "it is not", f(case), f.expected(case))


@attention_backward.fact(after=(each_gradient_has_the_shape_of_its_input,))
def the_values_share_the_gradient_of_the_output(f: Answers, case: Case) -> None:
    """Weights sum to one, so dV adds up over the keys to what dout adds up to over the queries."""
    sees = _may_see(case).any(-1, keepdim=True)
    agree(
        f(case)[2].sum(-2),
        (case["dout"] * sees).sum(-2),
        what="the sum of dV",
        rtol=1e-3,
        atol=1e-4,
    )


@attention_backward.fact(after=(each_gradient_has_the_shape_of_its_input,))
def the_gradients_of_the_keys_cancel(f: Answers, case: Case) -> None:
    """A vector added to every key moves no weight, so the rows of dK add up to zero."""
    sums = f(case)[1].sum(-2)
    ensure((sums.abs() < 1e-3).all(), "they do not", f(case)[1], f.expected(case)[1])


@attention_backward.fact(after=(each_gradient_has_the_shape_of_its_input,))
def twice_the_slope_is_twice_the_gradient(f: Answers, case: Case) -> None:
    """Twice dout gives twice each gradient."""
    twice = f(case.but(dout=2 * case["dout"]))
    for name, a, b in zip("QKV", twice, f(case), strict=True):
        agree(a, 2 * b, what=f"d{name}", rtol=1e-3, atol=1e-4)


def _weights(Q, K, mask, root):
    scores = Q @ K.transpose(-1, -2) / root
    return softmax.softmax(scores) if mask is None else softmax.masked_softmax(scores, mask)


def _back(through=softmax.softmax_backward, *, weigh=_weights, root=math.sqrt, back=math.sqrt):
    """A way back that differs in one step; ``root`` of d divides on the way there, ``back`` after.

    ``through(weights, dweights)`` leads from the gradient of the weights to that of the scores.
    """

    def gradients(Q, K, V, dout, mask=None):
        d = Q.shape[-1]
        weights = weigh(Q, K, mask, root(d))
        dscores = through(weights, dout @ V.transpose(-1, -2)) / back(d)
        return (
            dscores @ K,
            dscores.transpose(-1, -2) @ Q,
            weights.transpose(-1, -2) @ dout,
        )

    return gradients


attention_backward.mistake(
    "√d is forgotten on the way back",
    "The scores are Q Kᵀ / √d, so what flows back to Q and K is divided by √d as well.",
)(_back(back=lambda d: 1.0))

attention_backward.mistake(
    "divides by d on the way back",
    "Each score was divided by √d once. So is its gradient: once, by √d.",
)(_back(back=float))

attention_backward.mistake(
    "the weights are those of unscaled scores",
    "The weights of the way there are needed again: softmax of Q Kᵀ / √d, not of Q Kᵀ.",
)(_back(root=lambda d: 1.0))

attention_backward.mistake(
    "only the diagonal of the softmax's Jacobian",
    "w(1 - w) is how a weight moves with its own score. The other scores move it too; adding them "
    "up gives w · (g - Σ w g).",
)(_back(lambda w, g: w * (1 - w) * g))

attention_backward.mistake(
    "the softmax is skipped on the way back",
    "dout Vᵀ is the gradient of the weights. The scores lie one softmax further back.",
)(_back(lambda w, g: g * (w > 0)))

attention_backward.mistake(
    "what was read is not subtracted",
    "When one weight grows the others shrink: from each g subtract Σ w g, its mean under the "
    "weights.",
)(_back(lambda w, g: w * g))

attention_backward.mistake(
    "the weights are missing on the way back",
    "A key that is hardly read hardly moves: each g - Σ w g is multiplied by its weight.",
)(_back(lambda w, g: (g - (w * g).sum(-1, keepdim=True)) * (w > 0)))

attention_backward.mistake(
    "the plain mean is subtracted",
    "Subtract Σ w g, the mean under the weights, and not the mean over the keys.",
)(_back(lambda w, g: w * (g - g.mean(-1, keepdim=True))))

attention_backward.mistake(
    "the softmax runs over the queries",
    "The weights of one query sum to one over its keys, dim=-1; so does the sum in the Jacobian.",
)(
    _back(
        lambda w, g: w * (g - (w * g).sum(-2, keepdim=True)),
        weigh=lambda Q, K, mask, root: _weights(
            K, Q, None if mask is None else mask.transpose(-1, -2), root
        ).transpose(-1, -2),
    )
)

attention_backward.mistake(
    "the mask is ignored",
    "Compute the weights with the mask. A hidden key has the weight 0, and all that flows back "
    "through it is 0 too.",
)(_back(weigh=lambda Q, K, mask, root: _weights(Q, K, None, root)))

attention_backward.mistake(
    "the mask is upside down",
    "Here True means “may attend”; masked_fill writes where its mask is True, so pass it ~mask.",
)(_back(weigh=lambda Q, K, mask, root: _weights(Q, K, None if mask is None else ~mask, root)))

attention_backward.mistake(
    "a query that sees nothing becomes nan",
    "The softmax of a row of -inf is 0 / 0, and one such row makes every gradient of K and V nan.",
)(
    _back(
        weigh=lambda Q, K, mask, root: (
            Q @ K.transpose(-1, -2) / root
            if mask is None
            else (Q @ K.transpose(-1, -2) / root).masked_fill(~mask, -math.inf)
        ).softmax(-1)
    )
)


@attention_backward.mistake(
    "the gradients of Q and K are exchanged",
    "dscores @ K has a row for each query, so it is dQ; dK has a row for each key.",
)
def exchanged(Q, K, V, dout, mask=None):
    dQ, dK, dV = reference(Q, K, V, dout, mask)
    return dK, dQ, dV


@attention_backward.mistake(
    "the root of the values' width",
    "The scores compare queries with keys, so d is the width of those, Q.shape[-1].",
)
def values_width(Q, K, V, dout, mask=None):
    root = math.sqrt(V.shape[-1])
    return _back(root=lambda d: root, back=lambda d: root)(Q, K, V, dout, mask)
