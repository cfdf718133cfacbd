"""What every answer to ``masked_context`` must satisfy."""

import math

import torch

from attn.softmax import masked_softmax
from autograder import sample
from autograder.compare import agree, ensure
from autograder.spec import Answers, Case, Exercise, Rng


def scored_annotations(rng: Rng):
    yield Case(
        "three words, one of them padding",
        scores=torch.zeros(1, 3),
        annotations=torch.tensor([[[2.0], [4.0], [9.0]]]),
        mask=torch.tensor([[True, True, False]]),
    )
    yield _drawn("a batch of two", rng, 2, 4, 3)
    yield _drawn("as many rows as words", rng, 3, 3, 3)
    yield Case(
        "the padding has a large score",
        scores=torch.tensor([[0.0, 1.0, 200.0]]),
        annotations=sample.tensor(rng, 1, 3, 2),
        mask=torch.tensor([[True, True, False]]),
    )
    yield Case(
        "very low scores",
        scores=torch.tensor([[-20000.0, -20001.0, 0.0]]),
        annotations=sample.tensor(rng, 1, 3, 2),
        mask=torch.tensor([[True, True, False]]),
    )
    yield Case(
        "a row of padding alone",
        scores=sample.tensor(rng, 2, 3),
        annotations=sample.tensor(rng, 2, 3, 2),
        mask=torch.tensor([[True, False, True], [False, False, False]]),
    )
    yield _drawn("gradients", rng, 2, 4, 3).backward(sample.seed(rng))


def _drawn(name: str, rng: Rng, B: int, T: int, m: int) -> Case:
    return Case(
        name,
        scores=sample.tensor(rng, B, T),
        annotations=sample.tensor(rng, B, T, m),
        mask=sample.mask(rng, B, T),
    )


def context(scores, annotations, mask):
    """Σ_j α_j h_j with α the masked softmax of the scores; zeros where a row reads nothing."""
    return (masked_softmax(scores, mask)[..., None, :] @ annotations)[..., 0, :]


masked_context = Exercise("masked_context", points=3, reference=context, cases=scored_annotations)


@masked_context.fact
def is_never_nan(f: Answers, case: Case) -> None:
    """No number of the context is nan, not even where a row is all padding."""
    ensure(not f(case).isnan().any(), "there are nan in it", f(case), f.expected(case))


@masked_context.fact(after=(is_never_nan,))
def padding_does_not_matter(f: Answers, case: Case) -> None:
    """Changing the annotations at the padding changes nothing."""
    hidden = ~case["mask"][..., None]
    changed = case["annotations"].masked_fill(hidden, 1e3)
    agree(f(case.but(annotations=changed)), f(case), what="the context after the change")


@masked_context.fact(after=(is_never_nan,))
def stays_among_the_annotations(f: Answers, case: Case) -> None:
    """A row whose annotations are all alike has that annotation as its context."""
    alike = torch.ones_like(case["annotations"])
    some = case["mask"].any(-1)
    got = f(case.but(annotations=alike))[some]
    agree(got, torch.ones_like(got), what="the context of annotations that are all ones")


def _with(weigh):
    def wrong(scores, annotations, mask):
        return (weigh(scores, mask)[..., None, :] @ annotations)[..., 0, :]

    return wrong


masked_context.mistake(
    "masks after the softmax",
    "The padding has already taken its share, so the weights no longer sum to one. Hide the scores "
    "before the softmax.",
)(_with(lambda scores, mask: scores.softmax(-1) * mask))

masked_context.mistake(
    "masks after the softmax, then divides",
    "It works until a hidden score is so large that all others underflow to 0: then nothing is "
    "left to divide. Hide the scores before the softmax.",
)(
    _with(
        lambda scores, mask: (
            (shares := scores.softmax(-1) * mask) / shares.sum(-1, keepdim=True).clamp(min=1e-9)
        )
    )
)

masked_context.mistake(
    "the mask is ignored",
    "Padding is read like a word. Give its scores −inf before the softmax.",
)(_with(lambda scores, mask: scores.softmax(-1)))

masked_context.mistake(
    "the mask is upside down",
    "True means “may be read”, and masked_fill writes where its mask is True: pass it ~mask.",
)(_with(lambda scores, mask: masked_softmax(scores, ~mask)))

masked_context.mistake(
    "-10000 in place of minus infinity",
    "A score of −20000 loses to it, and a row of padding alone reads its padding. Use −inf, and "
    "decide what an empty row gives: zeros.",
)(_with(lambda scores, mask: scores.masked_fill(~mask, -1e4).softmax(-1)))

masked_context.mistake(
    "a row of padding becomes nan",
    "The softmax of nothing but −inf is 0 / 0, and its gradient spoils the whole batch. Such a row "
    "must give zeros.",
)(_with(lambda scores, mask: scores.masked_fill(~mask, -math.inf).softmax(-1)))

masked_context.mistake(
    "hides scores with zero",
    "A score of 0 is not nothing: e⁰ = 1. A hidden score must be −inf.",
)(_with(lambda scores, mask: (scores * mask).softmax(-1)))

masked_context.mistake(
    "normalises over the batch",
    "Each row is one sentence; its weights sum to one over its words, the last axis of the scores.",
)(
    _with(
        lambda scores, mask: masked_softmax(
            scores.transpose(-1, -2), mask.transpose(-1, -2)
        ).transpose(-1, -2)
    )
)


@masked_context.mistake(
    "the mean over all positions",
    "mean(1) divides by T, padding and all, after the weights have shared out everything. Sum.",
)
def mean(scores, annotations, mask):
    return (masked_softmax(scores, mask)[..., None] * annotations).mean(-2)


@masked_context.mistake(
    "the best annotation only",
    "argmax takes one word. The context is an average of all that may be read, by their weights.",
)
def hard(scores, annotations, mask):
    best = scores.masked_fill(~mask, -math.inf).argmax(-1)
    rows = torch.arange(len(scores), device=scores.device)
    return annotations[rows, best] * mask.any(-1, keepdim=True)
