"""What every answer to ``self_attention`` must satisfy."""

import torch

from attn import self_attention as mechanism
from autograder import sample
from autograder.compare import agree
from autograder.spec import Answers, Case, Exercise, Rng


def sequences(rng: Rng):
    yield _sequence("one position", rng, (1,), 2, 2, 1)
    yield _sequence("two positions", rng, (2,), 2, 3, 2)
    yield _sequence("three widths", rng, (4,), 3, 2, 5)
    yield _sequence("a batch, all widths alike", rng, (2, 3), 4, 4, 4)
    yield _sequence("two positions, causal", rng, (2,), 2, 3, 2, causal=True)
    yield _sequence("three widths, causal", rng, (4,), 3, 2, 5, causal=True)
    yield _sequence("a batch, causal", rng, (2, 2, 4), 4, 4, 4, causal=True)
    yield _sequence("large scores, causal", rng, (4,), 3, 2, 2, causal=True, by=60)
    gradients = _sequence("gradients", rng, (2, 4), 3, 2, 3, causal=True)
    yield gradients.backward(sample.seed(rng))


def _sequence(
    name: str, rng: Rng, shape: tuple[int, ...], D: int, d: int, dv: int, *,
    causal: bool = False, by: float = 1.0,
) -> Case:  # fmt: skip
    widths = {"W_q": d, "W_k": d, "W_v": dv}
    # So that scores are about 1 at any width: differences show, and no softmax is saturated.
    weights = {w: by**0.5 * sample.tensor(rng, D, n) / D**0.5 for w, n in widths.items()}
    return Case(name, X=1.5 * sample.tensor(rng, *shape, D), **weights, causal=causal)


def _reference(X, W_q, W_k, W_v, causal=False):
    attend = mechanism.causal_self_attention if causal else mechanism.self_attention
    return attend(X, W_q, W_k, W_v)


self_attention = Exercise(
    "self_attention",
    points=3,
    reference=_reference,
    cases=sequences,
    keeps_dtype=True,
    forbids=("MultiheadAttention", "scaled_dot_product_attention"),
)


@self_attention.fact
def reads_the_future_only_when_it_may(f: Answers, case: Case) -> None:
    """With causal=True, changing the last position changes no output before it."""
    if not case["causal"] or case["X"].shape[-2] < 2:
        return
    X = case["X"].clone()
    X[..., -1, :] = 2 - X[..., -1, :]
    agree(f(case.but(X=X))[..., :-1, :], f(case)[..., :-1, :], what="the earlier outputs")


@self_attention.fact
def the_first_position_reads_itself(f: Answers, case: Case) -> None:
    """With causal=True, the first output is the first value: there is nothing else to read."""
    if case["causal"]:
        value = case["X"][..., 0, :] @ case["W_v"]
        agree(f(case)[..., 0, :], value, what="the first output", rtol=1e-3, atol=1e-4)


@self_attention.fact
def is_equivariant_without_a_mask(f: Answers, case: Case) -> None:
    """Without the mask, turning the sequence round turns the output round."""
    if not case["causal"]:
        turned = f(case.but(X=case["X"].flip(-2)))
        agree(turned.flip(-2), f(case), what="the output, turned back", rtol=1e-3, atol=1e-4)


def attend(X, W_q, W_k, W_v, causal, *, scale=None, diagonal=0, share=None, values=None):
    """The right lines, for wrong ones to differ in one place."""
    Q, K, V = X @ W_q, X @ W_k, X @ W_v
    scores = Q @ K.mT / (Q.shape[-1] ** 0.5 if scale is None else scale)
    if causal:
        T = X.shape[-2]
        past = torch.ones(T, T, dtype=torch.bool, device=X.device).tril(diagonal)
        scores = scores.masked_fill(~past, -torch.inf)
    weights = scores.softmax(-1) if share is None else share(scores)
    return weights @ (V if values is None else values)


@self_attention.mistake(
    "no scale",
    "Divide the scores by √d, where d is the width of a query; chapter 9 says why.",
)
def unscaled(X, W_q, W_k, W_v, causal=False):
    return attend(X, W_q, W_k, W_v, causal, scale=1)


@self_attention.mistake(
    "divides by √D",
    "The scale is √d, the width of queries and keys (W_q.shape[-1]), not the width D of the model.",
)
def by_the_model(X, W_q, W_k, W_v, causal=False):
    return attend(X, W_q, W_k, W_v, causal, scale=X.shape[-1] ** 0.5)


@self_attention.mistake(
    "divides by d",
    "The scale is √d: the scores' standard deviation grows like the root of their width.",
)
def by_d(X, W_q, W_k, W_v, causal=False):
    return attend(X, W_q, W_k, W_v, causal, scale=W_q.shape[-1])


@self_attention.mistake(
    "the softmax runs over the queries",
    "Each query shares out its attention over the keys: the last axis of the scores.",
)
def over_queries(X, W_q, W_k, W_v, causal=False):
    return attend(X, W_q, W_k, W_v, causal, share=lambda s: s.softmax(-2).nan_to_num(0))


@self_attention.mistake(
    "causal is ignored",
    "With causal=True, position t may read s ≤ t alone. Hide the rest before the softmax.",
)
def never_causal(X, W_q, W_k, W_v, causal=False):
    return attend(X, W_q, W_k, W_v, False)


@self_attention.mistake(
    "always causal",
    "Without causal=True every position reads all of them, later ones too.",
)
def always_causal(X, W_q, W_k, W_v, causal=False):
    return attend(X, W_q, W_k, W_v, True)


@self_attention.mistake(
    "a position may not read itself",
    "Position t reads s ≤ t, itself included: the mask keeps the diagonal. Without it the first "
    "position has nothing to read, and its row is nan.",
)
def strictly_earlier(X, W_q, W_k, W_v, causal=False):
    return attend(X, W_q, W_k, W_v, causal, diagonal=-1)


@self_attention.mistake(
    "reads the future and not the past",
    "Your mask is upside down: rows are queries, so query t may see columns up to t (tril).",
)
def future(X, W_q, W_k, W_v, causal=False):
    if not causal:
        return attend(X, W_q, W_k, W_v, False)
    return attend(X.flip(-2), W_q, W_k, W_v, True).flip(-2)


@self_attention.mistake(
    "the mask comes after the softmax",
    "The future has already taken its share, and the rest no longer sums to one. Hide the scores, "
    "with -inf, before the softmax.",
)
def masked_late(X, W_q, W_k, W_v, causal=False):
    share = (lambda s: s.softmax(-1).tril()) if causal else None
    return attend(X, W_q, W_k, W_v, False, share=share)


@self_attention.mistake(
    "hidden scores are zero, not minus infinity",
    "A score of 0 is a score like any other, and e⁰ = 1. Use masked_fill with -inf.",
)
def masked_with_zero(X, W_q, W_k, W_v, causal=False):
    share = (lambda s: s.tril().softmax(-1)) if causal else None
    return attend(X, W_q, W_k, W_v, False, share=share)


@self_attention.mistake(
    "reads X, not the values",
    "The weights average the values X @ W_v, which may have another width than X.",
)
def reads_inputs(X, W_q, W_k, W_v, causal=False):
    return attend(X, W_q, W_k, W_v, causal, values=X)


@self_attention.mistake(
    "keys are compared with keys",
    "The scores are Q @ Kᵀ: what a position asks, against what the others answer to.",
)
def keys_with_keys(X, W_q, W_k, W_v, causal=False):
    return attend(X, W_k, W_k, W_v, causal)


@self_attention.mistake(
    "who asks and who answers change places",
    "K @ Qᵀ has keys for rows. It should be Q @ Kᵀ: row t says what position t reads.",
)
def keys_ask(X, W_q, W_k, W_v, causal=False):
    return attend(X, W_k, W_q, W_v, causal)
