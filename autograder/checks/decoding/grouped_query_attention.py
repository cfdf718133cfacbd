"""What every answer to ``grouped_query_attention`` must satisfy."""

from attn import grouped
from attn.dot_product import scaled_dot_product_attention
from autograder import sample
from autograder.compare import agree
from autograder.spec import Answers, Case, Exercise, Rng


def heads(rng: Rng):
    yield _drawn("two heads share one", rng, 1, H=2, Hkv=1, Tq=1, Tk=2)
    yield _drawn("four heads share two", rng, 1, H=4, Hkv=2, Tq=2, Tk=3)
    yield _drawn("six heads share two", rng, 2, H=6, Hkv=2, Tq=3, Tk=4)
    yield _drawn("six heads share three", rng, 2, H=6, Hkv=3, Tq=3, Tk=4)
    yield _drawn("a head of keys each", rng, 2, H=3, Hkv=3, Tq=2, Tk=4)
    yield _drawn("multi-query", rng, 3, H=4, Hkv=1, Tq=1, Tk=5)
    yield _drawn("gradients", rng, 2, H=6, Hkv=2, Tq=3, Tk=4).backward(sample.seed(rng))


def _drawn(name: str, rng: Rng, B: int, H: int, Hkv: int, Tq: int, Tk: int) -> Case:
    d, dv = 4, 3
    return Case(
        name,
        Q=sample.tensor(rng, B, H, Tq, d),
        K=sample.tensor(rng, B, Hkv, Tk, d),
        V=sample.tensor(rng, B, Hkv, Tk, dv),
    )


grouped_query_attention = Exercise(
    "grouped_query_attention",
    points=2,
    reference=grouped.grouped_query_attention,
    cases=heads,
    forbids=("scaled_dot_product_attention",),
)


@grouped_query_attention.fact
def the_first_group_reads_the_first_head(f: Answers, case: Case) -> None:
    """Changing the last head of keys changes nothing in the first group of query heads."""
    Hkv = case["K"].shape[1]
    if Hkv > 1:
        K = case["K"].clone()
        K[:, -1] += 1 + K[:, -1].flip(-2)
        group = case["Q"].shape[1] // Hkv
        agree(f(case.but(K=K))[:, :group], f(case)[:, :group], what="the first group")


def _attend(Q, K, V):
    return scaled_dot_product_attention(Q, K, V)


@grouped_query_attention.mistake(
    "heads are dealt out in turn",
    "With repeat, head h reads the keys of head h % Hkv. Neighbours share: head h reads those of "
    "h // (H / Hkv), which is repeat_interleave.",
)
def in_turn(Q, K, V):
    n = Q.shape[1] // K.shape[1]
    return _attend(Q, K.repeat(1, n, 1, 1), V.repeat(1, n, 1, 1))


@grouped_query_attention.mistake(
    "all heads read the first",
    "That is multi-query attention, whatever Hkv is: the other heads of keys are never read.",
)
def first_only(Q, K, V):
    H = Q.shape[1]
    return _attend(Q, K[:, :1].expand(-1, H, -1, -1), V[:, :1].expand(-1, H, -1, -1))


@grouped_query_attention.mistake(
    "keys are grouped, values dealt out in turn",
    "A head must find the values that belong to its keys: repeat both in the same way.",
)
def mixed(Q, K, V):
    n = Q.shape[1] // K.shape[1]
    return _attend(Q, K.repeat_interleave(n, 1), V.repeat(1, n, 1, 1))


@grouped_query_attention.mistake(
    "the queries of a group are averaged",
    "Every query head still asks a question of its own; only keys and values are shared.",
)
def averaged(Q, K, V):
    n = Q.shape[1] // K.shape[1]
    mean = Q.unflatten(1, (-1, n)).mean(2).repeat_interleave(n, 1)
    return _attend(mean, K.repeat_interleave(n, 1), V.repeat_interleave(n, 1))


@grouped_query_attention.mistake(
    "no division by √d",
    "The scores are those of every other attention of this chapter: divide by the root of d.",
)
def unscaled(Q, K, V):
    n = Q.shape[1] // K.shape[1]
    return _attend(Q * Q.shape[-1] ** 0.5, K.repeat_interleave(n, 1), V.repeat_interleave(n, 1))


@grouped_query_attention.mistake(
    "divides by the root of H d",
    "The width that counts is a head's own, Q.shape[-1].",
)
def by_the_width(Q, K, V):
    n = Q.shape[1] // K.shape[1]
    return _attend(Q / Q.shape[1] ** 0.5, K.repeat_interleave(n, 1), V.repeat_interleave(n, 1))
