"""What every answer to ``masked_attention`` must satisfy."""

import math

import torch

from attn import dot_product, softmax
from autograder import sample
from autograder.compare import agree, ensure
from autograder.spec import Answers, Case, Exercise, Rng


def readings(rng: Rng):
    yield Case(
        "two queries, one of them blind",
        Q=torch.zeros(2, 1),
        K=torch.zeros(2, 1),
        V=torch.tensor([[10.0], [20.0]]),
        mask=torch.tensor([[True, True], [False, False]]),
    )
    yield _case("a mask", rng, Tq=3, Tk=3, d=3, dv=3)
    yield _case("more keys than queries", rng, Tq=2, Tk=4, d=5, dv=2)
    yield _case("wide keys, narrow values", rng, Tq=2, Tk=3, d=16, dv=2)
    causal = torch.tensor([[False, False, False], [False, True, False], [False, True, True]])
    yield _case("causal, with padding in front", rng, Tq=3, Tk=3, d=4, dv=2).but(mask=causal)
    yield _case("a batch with one mask for all", rng, 2, 2, Tq=2, Tk=3, d=4, dv=5).but(
        mask=sample.mask(rng, 2, 3)
    )
    yield _low_scores(rng)
    blind = torch.tensor([[True, True, False], [False, False, False]])
    case = _case("half precision", rng, Tq=2, Tk=3, d=8, dv=2).but(mask=blind)
    yield case.but(**{name: case[name].half() for name in "QKV"})
    yield _large_half(rng)
    yield (
        _case("gradients, with a query that may see nothing", rng, Tq=2, Tk=3, d=4, dv=2)
        .but(mask=blind)
        .backward(sample.seed(rng))
    )


def _case(name: str, rng: Rng, *B: int, Tq: int, Tk: int, d: int, dv: int) -> Case:
    return Case(
        name,
        Q=sample.tensor(rng, *B, Tq, d),
        K=sample.tensor(rng, *B, Tk, d),
        V=sample.tensor(rng, *B, Tk, dv),
        mask=sample.mask(rng, *B, Tq, Tk),
    )


def _low_scores(rng: Rng) -> Case:
    """What is visible scores -20000 and less, what is hidden 0."""
    return Case(
        "very low scores",
        Q=torch.tensor([[200.0, 0.0, 0.0, 0.0]]),
        K=torch.tensor([[-200.0, 0, 0, 0], [-202.0, 0, 0, 0], [0.0, 0, 0, 0]]),
        V=sample.tensor(rng, 3, 2),
        mask=torch.tensor([[True, True, False]]),
    )


def _large_half(rng: Rng) -> Case:
    """Q Kᵀ is beyond the largest half; Q Kᵀ / √d is not, and is so far apart that one key wins."""
    signs = torch.from_numpy(rng.choice([-1.0, 1.0], size=256))
    order = torch.from_numpy(rng.permutation(3))
    return Case(
        "half precision, large scores",
        Q=(40 * signs)[None].half(),
        K=(torch.tensor([1.0, 0.25, -1.0], dtype=torch.float64)[order, None] * 40 * signs).half(),
        V=sample.tensor(rng, 3, 2).half(),
        mask=torch.tensor([[True, True, True]]),
    )


masked_attention = Exercise(
    "masked_attention",
    points=3,
    reference=dot_product.scaled_dot_product_attention,
    cases=readings,
    keeps_dtype=True,
    forbids=("scaled_dot_product_attention", "MultiheadAttention"),
)


def _blind(case: Case) -> torch.Tensor:
    """Which queries may see no key."""
    shape = (*case["Q"].shape[:-1], case["K"].shape[-2])
    return ~case["mask"].expand(shape).any(-1)


@masked_attention.fact
def is_never_nan(f: Answers, case: Case) -> None:
    """No output is nan."""
    ensure(not f(case).isnan().any(), "there are nan in the output", f(case), f.expected(case))


@masked_attention.fact(after=(is_never_nan,))
def a_query_that_sees_nothing_gets_zeros(f: Answers, case: Case) -> None:
    """A query that may see no key at all gets zeros."""
    blind = f(case)[_blind(case)]
    ensure((blind == 0).all(), "such a query gets something else", f(case), f.expected(case))


@masked_attention.fact(after=(is_never_nan,))
def what_is_hidden_does_not_matter(f: Answers, case: Case) -> None:
    """Changing a value that no query may see changes nothing."""
    shape = (*case["Q"].shape[:-1], case["K"].shape[-2])
    unseen = ~case["mask"].expand(shape).any(-2)
    changed = case["V"].masked_fill(unseen[..., None], 1e3)
    agree(f(case.but(V=changed)), f(case), what="the output after the change")


@masked_attention.fact(after=(is_never_nan,))
def shares_sum_to_one(f: Answers, case: Case) -> None:
    """Where all values are 1, so is the output of every query that sees a key."""
    out = f(case.but(V=torch.ones_like(case["V"])))[~_blind(case)]
    agree(out, torch.ones_like(out), what="the output", rtol=1e-2, atol=1e-3)


def _attend(weigh, root=math.sqrt):
    """Attention that divides by ``root`` of d and makes weights in its own way."""

    def attention(Q, K, V, mask):
        return weigh(Q / root(Q.shape[-1]) @ K.transpose(-1, -2), mask) @ V

    return attention


def _filled(scores, mask, value):
    return scores.masked_fill(~mask, value).softmax(-1)


masked_attention.mistake(
    "the scores are not scaled",
    "Divide by √d, the root of the width of a key; without it the spread of the scores grows with "
    "d.",
)(_attend(softmax.masked_softmax, root=lambda d: 1.0))

masked_attention.mistake(
    "divided by d",
    "The standard deviation of a score grows like √d, its variance like d. Divide by the root.",
)(_attend(softmax.masked_softmax, root=float))

masked_attention.mistake(
    "a query that sees nothing becomes nan",
    "The softmax of a row of -inf is 0 / 0. Such a query should get zeros.",
)(_attend(lambda scores, mask: _filled(scores, mask, -math.inf)))

masked_attention.mistake(
    "nan is covered up in the output",
    "The output is mended, and the weights of the empty row are nan still: on the way back they "
    "are multiplied by 0, which is nan, and reach every value. Mend the weights, not the output.",
)(
    lambda Q, K, V, mask: _attend(lambda scores, mask: _filled(scores, mask, -math.inf))(
        Q, K, V, mask
    ).nan_to_num(0)
)

masked_attention.mistake(
    "-inf is added, and nan covered up",
    "The output is right and the gradient of queries and keys is nan: through a sum with -inf it "
    "flows on. Give the empty row harmless scores *before* the softmax.",
)(
    _attend(
        lambda scores, mask: (
            (scores + torch.zeros_like(scores).masked_fill(~mask, -math.inf))
            .softmax(-1)
            .nan_to_num(0)
        )
    )
)

masked_attention.mistake(
    "-10000 in place of minus infinity",
    "-1e4 is not below every score, and a row that may see nothing spreads its weight over hidden "
    "keys. Use -inf, and treat the empty row.",
)(_attend(lambda scores, mask: _filled(scores, mask, -1e4)))

masked_attention.mistake(
    "the smallest float in place of minus infinity",
    "finfo.min beats every score, but in a row that may see nothing all scores are then alike, and "
    "hidden keys are read. Such a query must get zeros.",
)(_attend(lambda scores, mask: _filled(scores, mask, torch.finfo(scores.dtype).min)))

masked_attention.mistake(
    "masks after the softmax",
    "The hidden keys have already taken their share. Hide the scores before the softmax.",
)(_attend(lambda scores, mask: scores.softmax(-1) * mask))

masked_attention.mistake(
    "the mask is upside down",
    "Here True means “may attend”; masked_fill writes where its mask is True, so pass it ~mask.",
)(_attend(lambda scores, mask: softmax.masked_softmax(scores, ~mask)))

masked_attention.mistake(
    "the mask is ignored",
    "Where the mask is False, the query must not see the key.",
)(_attend(lambda scores, mask: scores.softmax(-1)))

masked_attention.mistake(
    "the softmax runs over the queries",
    "Each query shares out its own attention: its weights sum to one over the keys, dim=-1.",
)(
    _attend(
        lambda scores, mask: softmax.masked_softmax(
            scores.transpose(-1, -2), mask.transpose(-1, -2)
        ).transpose(-1, -2)
    )
)

masked_attention.mistake(
    "a softmax of one score at a time",
    "The softmax of a single number is 1, whatever the number. It has to see all scores of a query "
    "at once.",
)(_attend(lambda scores, mask: mask.to(scores.dtype).expand_as(scores)))


@masked_attention.mistake(
    "the root of the values' width",
    "d is the width of queries and keys, Q.shape[-1]. Neither the values' width nor the model's "
    "comes in.",
)
def values_width(Q, K, V, mask):
    temperature = math.sqrt(V.shape[-1])
    return dot_product.dot_product_attention(Q, K, V, mask, temperature)


@masked_attention.mistake(
    "divides when it is too late",
    "The largest number in half precision is 65504, and Q Kᵀ can pass it before it is divided. "
    "Divide Q first.",
)
def too_late(Q, K, V, mask):
    scores = Q @ K.transpose(-1, -2) / math.sqrt(Q.shape[-1])
    return softmax.masked_softmax(scores, mask) @ V
