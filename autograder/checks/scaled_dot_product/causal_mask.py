"""What every answer to ``causal_mask`` must satisfy."""

import torch

from attn import masks
from autograder.compare import ensure
from autograder.spec import Answers, Case, Exercise, Rng


def shapes(rng: Rng):
    yield Case("one query, one key", Tq=1, Tk=1)
    yield Case("two by two", Tq=2, Tk=2)
    yield Case("one new query, four keys", Tq=1, Tk=4)
    yield Case("two new queries, three keys", Tq=2, Tk=3)
    yield Case("more queries than keys", Tq=3, Tk=2)
    Tq = int(rng.integers(3, 6))
    yield Case("some keys from before", Tq=Tq, Tk=Tq + int(rng.integers(2, 5)))
    yield Case("a square", Tq=Tq, Tk=Tq)


# Nothing that is given says on which device the mask should be: it is made on the CPU.
causal_mask = Exercise(
    "causal_mask",
    points=2,
    reference=masks.causal_mask,
    cases=shapes,
    tensors=False,
    keeps_dtype=True,
)


@causal_mask.fact
def the_last_query_sees_every_key(f: Answers, case: Case) -> None:
    """The last query sees every key."""
    ensure((f(case)[-1] == 1).all(), "it does not", f(case), f.expected(case))


@causal_mask.fact
def a_later_query_sees_one_key_more(f: Answers, case: Case) -> None:
    """Each query sees one key more than the query before it, where that one saw any."""
    seen = (f(case) == 1).sum(-1)
    steps = seen.diff()[seen[:-1] > 0]
    ensure((steps == 1).all(), "one does not", f(case), f.expected(case))


@causal_mask.fact
def nothing_is_skipped(f: Answers, case: Case) -> None:
    """The keys that a query sees are the first ones, without a gap."""
    row = (f(case) == 1).long()
    ensure((row.diff(dim=-1) <= 0).all(), "there is a gap", f(case), f.expected(case))


@causal_mask.mistake(
    "aligned to the first corner",
    "With keys from before, the queries are the last Tq positions. tril() without a diagonal "
    "pairs query 0 with key 0; the last query belongs to the last key.",
)
def upper_left(Tq, Tk):
    return torch.ones(Tq, Tk, dtype=torch.bool).tril()


@causal_mask.mistake(
    "shifted the other way",
    "There are Tk - Tq keys from before, and every query sees them: j <= i + Tk - Tq.",
)
def other_way(Tq, Tk):
    return torch.ones(Tq, Tk, dtype=torch.bool).tril(diagonal=Tq - Tk)


@causal_mask.mistake(
    "the mask is upside down",
    "In this course True means “may attend”. nn.MultiheadAttention wants the opposite.",
)
def upside_down(Tq, Tk):
    return ~masks.causal_mask(Tq, Tk)


@causal_mask.mistake(
    "a position may not see itself",
    "A query may read its own position and all before it: j <= i, not j < i.",
)
def strictly_before(Tq, Tk):
    return torch.ones(Tq, Tk, dtype=torch.bool).tril(diagonal=Tk - Tq - 1)


@causal_mask.mistake(
    "one position of the future is visible",
    "The next position must stay hidden, for it holds the answer: j <= i, not j <= i + 1.",
)
def one_ahead(Tq, Tk):
    return torch.ones(Tq, Tk, dtype=torch.bool).tril(diagonal=Tk - Tq + 1)


@causal_mask.mistake(
    "the future instead of the past",
    "triu keeps what stands to the right, which is the future. The past is the lower triangle.",
)
def upper_triangle(Tq, Tk):
    return torch.ones(Tq, Tk, dtype=torch.bool).triu(diagonal=Tk - Tq)


@causal_mask.mistake(
    "zeros and ones instead of booleans",
    "masked_fill and ~ want booleans; ~ of the number 1 is -2. Make the ones with "
    "dtype=torch.bool, or compare positions.",
)
def as_numbers(Tq, Tk):
    return masks.causal_mask(Tq, Tk).float()


@causal_mask.mistake(
    "numbers to add to the scores",
    "The task asks for booleans. 0 and -inf are made from them, and not the other way round.",
)
def additive(Tq, Tk):
    return masks.additive_mask(masks.causal_mask(Tq, Tk))


@causal_mask.mistake(
    "a column for each query",
    "The mask has a row for each query and a column for each key, like the scores: (Tq, Tk).",
)
def turned(Tq, Tk):
    return masks.causal_mask(Tq, Tk).transpose(-1, -2)


@causal_mask.mistake(
    "the first queries are given a key",
    "With more queries than keys, the first queries come before every key and see nothing. What "
    "attention gives for them is decided by attention, not by the mask.",
)
def never_blind(Tq, Tk):
    mask = masks.causal_mask(Tq, Tk)
    mask[:, 0] = True
    return mask
