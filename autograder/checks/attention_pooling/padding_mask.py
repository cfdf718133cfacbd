"""What every answer to ``padding_mask`` must satisfy."""

import torch

from attn import masks
from autograder.compare import ensure
from autograder.spec import Answers, Case, Exercise, Rng


def lengths_of_sentences(rng: Rng):
    yield Case("two sentences", lengths=torch.tensor([1, 3]), T=3)
    yield Case("room to spare", lengths=torch.tensor([2, 1]), T=4)
    yield Case("as many sentences as positions", lengths=torch.tensor([2, 3, 1]), T=3)
    yield Case("a sentence without words", lengths=torch.tensor([0, 2]), T=3)
    drawn = torch.from_numpy(rng.permutation([1, 2, 4, 5, 7]))
    yield Case("five sentences", lengths=drawn, T=7)
    yield Case("sentences of two documents", lengths=torch.tensor([[1, 4, 2], [3, 0, 4]]), T=4)


padding_mask = Exercise(
    "padding_mask",
    points=1,
    reference=masks.padding_mask,
    cases=lengths_of_sentences,
    keeps_dtype=True,
)


@padding_mask.fact
def counts_the_words(f: Answers, case: Case) -> None:
    """Each row is True as often as its sentence has words."""
    found = f(case).sum(-1)
    ensure(torch.equal(found.long(), case["lengths"].long()), "it is not", found, case["lengths"])


@padding_mask.fact
def words_come_first(f: Answers, case: Case) -> None:
    """Words stand in front and padding behind: after a False, a row is never True again."""
    row = f(case).long()
    ensure((row.diff(dim=-1) <= 0).all(), "a True follows a False", f(case), f.expected(case))


@padding_mask.mistake(
    "the mask is upside down",
    "In this course True means “may be read”, so the words are True and the padding is False.",
)
def upside_down(lengths, T):
    return ~masks.padding_mask(lengths, T)


@padding_mask.mistake(
    "one position too many",
    "Positions count from 0, so a sentence of 2 words has the positions 0 and 1: t < length.",
)
def one_too_many(lengths, T):
    return torch.arange(T, device=lengths.device) <= lengths[..., None]


@padding_mask.mistake(
    "one position too few",
    "Positions count from 0, so the last word of a sentence stands at length - 1. It is a word.",
)
def one_too_few(lengths, T):
    return torch.arange(T, device=lengths.device) < lengths[..., None] - 1


@padding_mask.mistake(
    "padding in front",
    "Here the words stand in front and the padding behind them.",
)
def in_front(lengths, T):
    return masks.padding_mask(lengths, T).flip(-1)


@padding_mask.mistake(
    "as wide as the longest sentence",
    "The mask must fit a batch of T positions, and T may be more than the longest sentence has.",
)
def ignores_T(lengths, T):
    return masks.padding_mask(lengths, int(lengths.max()))


@padding_mask.mistake(
    "one mask for all sentences",
    "Each sentence has a length of its own: compare every length with every position.",
)
def longest_for_all(lengths, T):
    return masks.padding_mask(torch.full_like(lengths, int(lengths.max())), T)


@padding_mask.mistake(
    "zeros and ones instead of booleans",
    "masked_fill and ~ want booleans; ~ of the number 1 is -2. A comparison gives booleans by "
    "itself.",
)
def as_numbers(lengths, T):
    return masks.padding_mask(lengths, T).float()


@padding_mask.mistake(
    "positions along the rows",
    "Each row is a sentence and each column a position. Compare lengths[..., None] with "
    "torch.arange(T), so that the positions run along the last axis.",
)
def turned(lengths, T):
    return masks.padding_mask(lengths, T).transpose(-1, -2)
