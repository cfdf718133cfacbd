"""What every answer to ``linear_attention`` must satisfy."""

from math import sqrt

import torch
from torch.nn.functional import elu

from attn import linear
from autograder import sample
from autograder.compare import agree, ensure
from autograder.spec import Answers, Case, Exercise, Rng


def lookups(rng: Rng):
    V = torch.tensor([[3.0], [5.0]])
    yield Case("queries and keys of zeros", Q=torch.zeros(1, 1), K=torch.zeros(2, 1), V=V)
    ones = torch.tensor([[0.0], [1.0]])
    yield Case("two unlike keys", Q=torch.zeros(1, 1), K=ones, V=V)
    yield _drawn("everything two by two", rng, Tq=2, Tk=2, d=2, dv=2)
    yield _drawn("more keys than queries", rng, Tq=2, Tk=5, d=4, dv=3)
    yield _drawn("more queries than keys", rng, Tq=5, Tk=2, d=3, dv=3)
    yield _drawn("a batch", rng, 2, 2, Tq=2, Tk=3, d=4, dv=5)
    yield _drawn("very negative numbers", rng, Tq=2, Tk=3, d=3, dv=2, add=-6.0)
    yield _drawn("gradients", rng, Tq=2, Tk=3, d=4, dv=2).backward(sample.seed(rng))


def _drawn(
    name: str, rng: Rng, *B: int, Tq: int, Tk: int, d: int, dv: int, add: float = 0.0
) -> Case:
    return Case(
        name,
        Q=sample.tensor(rng, *B, Tq, d) + add,
        K=sample.tensor(rng, *B, Tk, d) + add,
        V=sample.tensor(rng, *B, Tk, dv),
    )


linear_attention = Exercise(
    "linear_attention",
    points=3,
    reference=linear.linear_attention,
    cases=lookups,
    forbids=("softmax", "scaled_dot_product_attention"),
)


@linear_attention.fact
def stays_among_the_values(f: Answers, case: Case) -> None:
    """Every output is an average: no number in it is beyond the smallest and largest value."""
    low, high = (getattr(case["V"], end)(-2, keepdim=True) for end in ("amin", "amax"))
    inside = (f(case) >= low - 1e-4) & (f(case) <= high + 1e-4)
    ensure(inside.all(), "an output lies beyond the values", f(case), f.expected(case))


@linear_attention.fact
def each_query_is_on_its_own(f: Answers, case: Case) -> None:
    """Changing one query leaves the outputs of the others as they are."""
    if case["Q"].shape[-2] > 1:
        changed = case["Q"].clone()
        changed[..., 0, :] = changed[..., 0, :] + 1
        agree(f(case.but(Q=changed))[..., 1:, :], f(case)[..., 1:, :], what="the other outputs")


@linear_attention.fact
def keys_twice_are_keys_once(f: Answers, case: Case) -> None:
    """Every key and value read twice gives the same averages."""
    twice = {name: torch.cat([case[name]] * 2, -2) for name in ("K", "V")}
    agree(f(case.but(**twice)), f(case), what="with every key twice", rtol=1e-3, atol=1e-4)


def _attend(phi=None, similar=None, share=None):
    """The definition with its weights, and one of its parts replaced."""

    def answer(Q, K, V):
        features = phi or linear.positive_features
        a, b = features(Q), features(K)
        weights = (similar or (lambda a, b: a @ b.transpose(-1, -2)))(a, b)
        total = (share or (lambda w: w.sum(-1, keepdim=True)))(weights)
        return weights / total @ V

    return answer


linear_attention.mistake(
    "not normalised",
    "φ(q)ᵀ Σ φ(k) vᵀ is a sum, and it grows with the number of keys. Divide by φ(q)ᵀ Σ φ(k).",
)(_attend(share=lambda w: 1.0))

linear_attention.mistake(
    "divided by the number of keys",
    "The weights of a query are to sum to one; that sum is φ(q)ᵀ Σ φ(k), a number of each query's "
    "own.",
)(_attend(share=lambda w: w.shape[-1]))

linear_attention.mistake(
    "the softmax is back",
    "The point is to have no softmax between Q Kᵀ and V: with it, the sum over keys cannot be "
    "taken before the query is known.",
)(lambda Q, K, V: (Q @ K.transpose(-1, -2) / sqrt(Q.shape[-1])).softmax(-1) @ V)

linear_attention.mistake(
    "no feature map",
    "Without φ, weights can be negative and their sum can be 0. φ(x) = elu(x) + 1 is positive.",
)(
    _attend(
        phi=lambda X: X,
        share=lambda w: (total := w.sum(-1, keepdim=True)) + (total == 0) * 1e-6,
    )
)

linear_attention.mistake(
    "elu without the 1",
    "elu(x) lies above −1 and is negative below 0. Add 1, so that no weight is negative.",
)(_attend(phi=elu, share=lambda w: (total := w.sum(-1, keepdim=True)) + (total == 0) * 1e-6))

linear_attention.mistake(
    "relu in place of elu",
    "relu forgets by how much a number is below 0, and can make all weights 0. The task asks for "
    "elu(x) + 1.",
)(_attend(phi=lambda X: X.relu() + 1e-6))

linear_attention.mistake(
    "φ of the keys alone",
    "Queries go through φ too; otherwise a weight can be negative.",
)(
    lambda Q, K, V: (
        (w := Q @ linear.positive_features(K).transpose(-1, -2))
        / ((total := w.sum(-1, keepdim=True)) + (total == 0) * 1e-6)
        @ V
    )
)

linear_attention.mistake(
    "shared out over the queries",
    "Each query's weights sum to one over the *keys*. Here each key's sum to one over the queries.",
)(_attend(share=lambda w: w.sum(-2, keepdim=True)))

linear_attention.mistake(
    "one sum for all queries",
    "φ(q)ᵀ Σ φ(k) is a number of each query's own; this divides by the sum of all of them.",
)(_attend(share=lambda w: w.sum((-1, -2), keepdim=True)))

linear_attention.mistake(
    "divided by √d as well",
    "φ(q / √d) is another weighting. There is no softmax here that could saturate: no root.",
)(lambda Q, K, V: linear.linear_attention(Q / sqrt(Q.shape[-1]), K, V))
