"""What every answer to ``combined_mask`` must satisfy."""

import torch

from attn import masks
from autograder.compare import agree, ensure
from autograder.spec import Answers, Case, Exercise, Rng


def sentences(rng: Rng):
    yield Case("no padding", real=torch.tensor([True, True]), Tq=2)
    yield Case("padding behind", real=torch.tensor([True, True, False]), Tq=3)
    yield Case("padding in front", real=torch.tensor([False, True, True]), Tq=3)
    yield Case("two new queries", real=torch.tensor([False, True, True, True]), Tq=2)
    yield Case("one new query", real=torch.tensor([[True, True, False], [True, True, True]]), Tq=1)
    order = torch.from_numpy(rng.permutation(4))
    yield Case("as many sentences as positions", real=(torch.ones(4, 4).tril() > 0)[order], Tq=4)
    yield Case("a hole", real=torch.tensor([[True, False, True, True, False]]), Tq=5)
    lengths = torch.from_numpy(rng.integers(0, 6, size=(2, 3)))
    yield Case("two documents of three", real=masks.padding_mask(lengths, 5), Tq=3)


combined_mask = Exercise(
    "combined_mask",
    points=2,
    reference=masks.combined_mask,
    cases=sentences,
    keeps_dtype=True,
)


def _shape(case: Case) -> tuple[int, ...]:
    *B, Tk = case["real"].shape
    return (*B, case["Tq"], Tk)


@combined_mask.fact
def has_a_table_for_each_sentence(f: Answers, case: Case) -> None:
    """The mask has the shape (..., Tq, Tk): a row for each query, a column for each key."""
    ensure(tuple(f(case).shape) == _shape(case), "it has another shape", f(case), f.expected(case))


@combined_mask.fact(after=(has_a_table_for_each_sentence,))
def padding_is_seen_by_nobody(f: Answers, case: Case) -> None:
    """No query may see a key that is padding."""
    seen = f(case).bool() & ~case["real"][..., None, :]
    ensure(not seen.any(), "one may", f(case), f.expected(case))


@combined_mask.fact(after=(has_a_table_for_each_sentence,))
def the_last_query_sees_every_word(f: Answers, case: Case) -> None:
    """The last query sees every key that is not padding, and each earlier one no later key."""
    agree(f(case)[..., -1, :].bool(), case["real"], what="the last row")
    future = ~masks.causal_mask(case["Tq"], case["real"].shape[-1])
    ensure(not (f(case).bool() & future).any(), "one sees the future", f(case), f.expected(case))


def _causal(real, Tq):
    return masks.causal_mask(Tq, real.shape[-1], device=real.device)


@combined_mask.mistake(
    "or in place of and",
    "A key must pass both: it is no padding *and* not later than the query. `|` lets through what "
    "passes one.",
)
def either(real, Tq):
    return real[..., None, :] | _causal(real, Tq)


@combined_mask.mistake(
    "the padding is forgotten",
    "The causal mask alone lets queries read padding that stands before them.",
)
def only_causal(real, Tq):
    return _causal(real, Tq).expand(*real.shape[:-1], Tq, real.shape[-1])


@combined_mask.mistake(
    "the future is forgotten",
    "Hiding the padding is half of it: a query may not see later keys either.",
)
def only_padding(real, Tq):
    return real[..., None, :].expand(*real.shape[:-1], Tq, real.shape[-1])


@combined_mask.mistake(
    "the padding's rows are hidden, not its columns",
    "A column is a key. real[..., None, :] hides columns; real[..., :, None] hides rows, and "
    "leaves the padding to be read by everybody.",
)
def rows(real, Tq):
    return real[..., -Tq:, None] & _causal(real, Tq)


@combined_mask.mistake(
    "the padding's rows are hidden too",
    "A query at a padded place may stay: nobody reads what it gives. A row without any key is what "
    "turns into nan, so make no more of them than there must be.",
)
def rows_and_columns(real, Tq):
    return masks.combined_mask(real, Tq) & real[..., -Tq:, None]


@combined_mask.mistake(
    "aligned to the first corner",
    "The queries are the last Tq positions: the last query belongs to the last key.",
)
def upper_left(real, Tq):
    square = torch.ones(Tq, real.shape[-1], dtype=torch.bool, device=real.device)
    return real[..., None, :] & square.tril()


@combined_mask.mistake(
    "the mask is upside down",
    "In this course True means “may attend”, in `real` and in the result.",
)
def upside_down(real, Tq):
    return ~masks.combined_mask(real, Tq)


@combined_mask.mistake(
    "`real` is taken for the padding",
    "True in `real` marks a word. key_padding_mask of nn.MultiheadAttention has it the other way "
    "round.",
)
def other_polarity(real, Tq):
    return masks.combined_mask(~real, Tq)


@combined_mask.mistake(
    "sentences are taken for queries",
    "real has a row for each sentence, the causal mask one for each query; `&` pairs them up where "
    "there are as many of both. Give real an axis for the queries: real[..., None, :].",
)
def mixed(real, Tq):
    return real & _causal(real, Tq)


@combined_mask.mistake(
    "an axis for heads",
    "The task asks for (..., Tq, Tk). Whoever has heads adds their axis then.",
)
def with_heads(real, Tq):
    return masks.combined_mask(real, Tq)[..., None, :, :]
