"""What every answer to ``dot_product_attention`` must satisfy."""

import math

import torch

from attn import dot_product, softmax
from autograder import sample
from autograder.compare import agree, ensure
from autograder.spec import Answers, Case, Exercise, Rng


def lookups(rng: Rng):
    two = torch.eye(2)
    yield Case("one query, two keys", Q=torch.tensor([[2.0, 0.0]]), K=two, V=10 * two)
    yield Case(
        "everything two by two",
        Q=sample.tensor(rng, 2, 2),
        K=sample.tensor(rng, 2, 2),
        V=sample.tensor(rng, 2, 2),
    )
    yield Case("more keys than queries", **_qkv(rng, Tq=2, Tk=3, d=4, dv=2))
    yield Case("a temperature", **_qkv(rng, Tq=2, Tk=3, d=2, dv=2), mask=None, temperature=2.0)
    yield Case("a mask", **_qkv(rng, Tq=3, Tk=3, d=3, dv=3), mask=sample.mask(rng, 3, 3))
    empty = torch.tensor([[True, False], [False, False]])
    yield Case("a query that may see nothing", **_qkv(rng, Tq=2, Tk=2, d=2, dv=2), mask=empty)
    yield Case("a batch", **_qkv(rng, 2, 2, Tq=2, Tk=3, d=4, dv=5))
    yield Case("large scores", Q=torch.tensor([[120.0, 119.0]]), K=two, V=10 * two)
    yield Case("gradients", **_qkv(rng, Tq=2, Tk=3, d=4, dv=2)).backward(sample.seed(rng))


def _qkv(rng: Rng, *B: int, Tq: int, Tk: int, d: int, dv: int) -> dict[str, torch.Tensor]:
    return {
        "Q": sample.tensor(rng, *B, Tq, d),
        "K": sample.tensor(rng, *B, Tk, d),
        "V": sample.tensor(rng, *B, Tk, dv),
    }


dot_product_attention = Exercise(
    "dot_product_attention",
    points=4,
    reference=dot_product.dot_product_attention,
    cases=lookups,
    forbids=("scaled_dot_product_attention", "MultiheadAttention"),
)


def _may_see(case: Case) -> torch.Tensor:
    """The mask of a case at full size: (*B, Tq, Tk)."""
    everything = torch.ones(*case["Q"].shape[:-1], case["K"].shape[-2], dtype=torch.bool)
    mask = case.get("mask")
    return everything if mask is None else mask.expand_as(everything)


@dot_product_attention.fact
def stays_among_the_values(f: Answers, case: Case) -> None:
    """Every output is an average: no number in it is beyond the smallest and largest value."""
    may_see = _may_see(case).any(-1)
    low = case["V"].amin(-2, keepdim=True).expand_as(f(case))[may_see]
    high = case["V"].amax(-2, keepdim=True).expand_as(f(case))[may_see]
    out = f(case)[may_see]
    inside = (out >= low - 1e-4) & (out <= high + 1e-4)
    ensure(
        inside.all(), "an output lies outside the range of the values", f(case), f.expected(case)
    )


@dot_product_attention.fact
def a_query_that_sees_nothing_gets_zeros(f: Answers, case: Case) -> None:
    """A query that may see no key at all gets zeros."""
    blind = f(case)[~_may_see(case).any(-1)]
    ensure((blind == 0).all(), "such a query gets something else", f(case), f.expected(case))


@dot_product_attention.fact
def hidden_values_do_not_matter(f: Answers, case: Case) -> None:
    """Changing a value that no query may see changes nothing."""
    unseen = ~_may_see(case).any(-2)
    if unseen.any():
        changed = case["V"].masked_fill(unseen[..., None], 1e3)
        agree(f(case.but(V=changed)), f(case), what="the output after the change")


@dot_product_attention.fact
def the_order_of_keys_does_not_matter(f: Answers, case: Case) -> None:
    """Shuffling the keys and their values together changes nothing."""
    turned = {name: case[name].flip(-2) for name in ("K", "V")}
    if case.get("mask") is not None:
        turned["mask"] = case["mask"].flip(-1)
    agree(f(case.but(**turned)), f(case), what="the output after the shuffle", rtol=1e-3, atol=1e-4)


def _attend(weigh):
    """An implementation that differs from the right one in how it makes weights."""

    def attention(Q, K, V, mask=None, temperature=1.0):
        scores = Q @ K.transpose(-1, -2) / temperature
        return weigh(scores, mask) @ V

    return attention


def _right_weights(scores, mask):
    return softmax.softmax(scores) if mask is None else softmax.masked_softmax(scores, mask)


dot_product_attention.mistake(
    "no softmax",
    "Scores can be negative and need not sum to one. The softmax turns them into weights, so that "
    "the output is an average of the values.",
)(_attend(lambda scores, mask: scores if mask is None else scores * mask))

dot_product_attention.mistake(
    "the softmax runs over the queries",
    "Each query shares out its own attention: its weights sum to one over the keys, dim=-1.",
)(
    _attend(
        lambda scores, mask: _right_weights(
            scores.transpose(-1, -2), None if mask is None else mask.transpose(-1, -2)
        ).transpose(-1, -2)
    )
)

dot_product_attention.mistake(
    "only the best key counts",
    "argmax picks one key. Here every key contributes, in proportion to its weight.",
)(
    _attend(
        lambda scores, mask: torch.nn.functional.one_hot(
            (scores if mask is None else scores.masked_fill(~mask, -math.inf)).argmax(-1),
            scores.shape[-1],
        ).to(scores.dtype)
    )
)

dot_product_attention.mistake(
    "the mask is upside down",
    "Here True means “may attend”; masked_fill writes where its mask is True, so pass it ~mask.",
)(_attend(lambda scores, mask: _right_weights(scores, None if mask is None else ~mask)))

dot_product_attention.mistake(
    "masks after the softmax",
    "The hidden keys have already taken their share. Hide the scores before the softmax.",
)(_attend(lambda scores, mask: scores.softmax(-1) * (1 if mask is None else mask)))

dot_product_attention.mistake(
    "a query that sees nothing becomes nan",
    "The softmax of a row of -inf is 0 / 0. Such a query should get zeros: see masked_softmax.",
)(
    _attend(
        lambda scores, mask: (
            scores if mask is None else scores.masked_fill(~mask, -math.inf)
        ).softmax(-1)
    )
)

dot_product_attention.mistake(
    "the mask is ignored",
    "Where the mask is False, the query must not see the key. Use your masked_softmax.",
)(_attend(lambda scores, mask: softmax.softmax(scores)))

dot_product_attention.mistake(
    "exp overflows",
    "exp(100) is infinite in float32. Subtract each row's largest score first, or use your stable "
    "softmax.",
)(
    _attend(
        lambda scores, mask: (
            (powers := scores.exp() if mask is None else scores.exp() * mask)
            / powers.sum(-1, keepdim=True).clamp(min=1e-30)
        )
    )
)


@dot_product_attention.mistake(
    "the temperature is ignored",
    "Divide the scores by the temperature before the softmax.",
)
def no_temperature(Q, K, V, mask=None, temperature=1.0):
    return dot_product.dot_product_attention(Q, K, V, mask)


@dot_product_attention.mistake(
    "the temperature multiplies",
    "A high temperature makes the weights more alike, so it divides the scores.",
)
def multiplied(Q, K, V, mask=None, temperature=1.0):
    return dot_product.dot_product_attention(Q, K, V, mask, 1 / temperature)


@dot_product_attention.mistake(
    "scaled by √d",
    "Dividing by √d is one choice of temperature, the Transformer's. Here the caller chooses: "
    "divide by `temperature` alone.",
)
def scaled(Q, K, V, mask=None, temperature=1.0):
    return dot_product.dot_product_attention(Q, K, V, mask, temperature * math.sqrt(Q.shape[-1]))


@dot_product_attention.mistake(
    "averages the keys",
    "The keys decide the weights; what is averaged with them are the values, V.",
)
def keys_averaged(Q, K, V, mask=None, temperature=1.0):
    return dot_product.dot_product_attention(Q, K, K, mask, temperature)


@dot_product_attention.mistake(
    "reshapes the keys instead of transposing them",
    "view and reshape keep the numbers in their old order and only cut the rows elsewhere. "
    "Use transpose(-1, -2).",
)
def reshaped(Q, K, V, mask=None, temperature=1.0):
    turned = K.reshape(*K.shape[:-2], K.shape[-1], K.shape[-2])
    return _right_weights(Q @ turned / temperature, mask) @ V
