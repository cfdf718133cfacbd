"""What every answer to ``masked_lm_batch`` must satisfy."""

import torch

from attn import pretraining
from autograder.compare import ensure
from autograder.spec import Answers, Case, Exercise, Rng

MASK, WORDS = 3, 40


def batches(rng: Rng):
    yield Case(
        "the example of the task",
        tokens=torch.tensor([[5, 6, 7, 8]]),
        real=torch.ones(1, 4, dtype=torch.bool),
        chance=torch.tensor([[0.1, 0.1, 0.1, 0.7]]),
        fate=torch.tensor([[0.5, 0.85, 0.95, 0.5]]),
        other=torch.tensor([[9, 9, 9, 9]]),
        mask=MASK,
        rate=0.15,
    )
    yield _drawn("nobody is chosen", rng, 1, 5, rate=0.0)
    yield _drawn("everybody is chosen", rng, 1, 40, rate=1.0)
    yield _drawn("a sentence", rng, 1, 40, rate=0.5)
    yield _drawn("a batch", rng, 3, 40, rate=0.5)
    yield _drawn("padded", rng, 3, 30, rate=0.5, lengths=(30, 17, 4))
    yield _drawn("the rate of BERT", rng, 4, 100, rate=0.15, lengths=(100, 90, 50, 10))


def _drawn(name: str, rng: Rng, B: int, T: int, *, rate: float, lengths=None) -> Case:
    tokens, other = (torch.from_numpy(rng.integers(4, WORDS, (B, T))) for _ in range(2))
    chance, fate = (torch.from_numpy(rng.random((B, T))).float() for _ in range(2))
    real = torch.arange(T) < torch.tensor(lengths or [T] * B)[:, None]
    return Case(
        name,
        tokens=tokens.where(real, torch.tensor(0)),
        real=real,
        chance=chance,
        fate=fate,
        other=other,
        mask=MASK,
        rate=rate,
    )


masked_lm_batch = Exercise(
    "masked_lm_batch",
    points=3,
    reference=pretraining.masked_lm_batch,
    cases=batches,
    keeps_dtype=True,
)


@masked_lm_batch.fact
def what_is_not_asked_about_is_read_as_it_stands(f: Answers, case: Case) -> None:
    """Where the target is -100, the input is the token itself."""
    inputs, targets = f(case)
    silent = targets == -100
    ensure(
        torch.equal(inputs[silent], case["tokens"][silent]),
        "a token was changed although nothing is asked about it",
        f(case),
        f.expected(case),
    )


@masked_lm_batch.fact
def a_target_is_the_word_that_stood_there(f: Answers, case: Case) -> None:
    """A target is the true word, or -100."""
    _, targets = f(case)
    asked = targets != -100
    ensure(
        torch.equal(targets[asked], case["tokens"][asked]),
        "a target is not the word that stood there",
        f(case),
        f.expected(case),
    )


@masked_lm_batch.fact
def padding_is_never_asked_about(f: Answers, case: Case) -> None:
    """Nothing is asked where real is False."""
    _, targets = f(case)
    ensure(
        bool((targets[~case["real"]] == -100).all()),
        "padding is asked about",
        f(case),
        f.expected(case),
    )


def _wrong(inputs=None, targets=None, chosen=None):
    """The right answer, but for one of its three parts."""

    def answer(tokens, real, chance, fate, other, mask, rate):
        asked = chosen(real, chance, fate, rate) if chosen else real & (chance < rate)
        if inputs:
            read = inputs(tokens, asked, chance, fate, other, mask, rate)
        else:
            read = torch.where(asked & (fate < 0.8), mask, tokens)
            read = torch.where(asked & (fate >= 0.8) & (fate < 0.9), other, read)
        said = targets(tokens, read, asked, fate, mask) if targets else None
        return read, tokens.masked_fill(~asked, -100) if said is None else said

    return answer


masked_lm_batch.mistake(
    "every chosen word is masked",
    "All chosen words became the mask. One in ten of them becomes a random word, and one in ten "
    "stays: the model must not learn that a word which it can see is always right.",
)(_wrong(inputs=lambda x, asked, chance, fate, other, mask, rate: torch.where(asked, mask, x)))

masked_lm_batch.mistake(
    "all words are asked about",
    "The targets hold every word. BERT is asked about the chosen ones alone: at all others it can "
    "see the answer. Put -100 there.",
)(_wrong(targets=lambda x, read, asked, fate, mask: x.clone()))

masked_lm_batch.mistake(
    "only masked words are asked about",
    "A chosen word that was replaced or left is asked about as well; else the model would never "
    "have to doubt a word that it can see.",
)(
    _wrong(
        targets=lambda x, read, asked, fate, mask: x.masked_fill(~(asked & (fate < 0.8)), -100),
    )
)

masked_lm_batch.mistake(
    "words that were left are not asked about",
    "You ask wherever the input differs from the text. A chosen word that stays as it is, is asked "
    "about too.",
)(_wrong(targets=lambda x, read, asked, fate, mask: x.masked_fill(read == x, -100)))

masked_lm_batch.mistake(
    "padding is chosen",
    "Words are drawn among all places. Padding is no word: choose only where real is True.",
)(_wrong(chosen=lambda real, chance, fate, rate: chance < rate))

masked_lm_batch.mistake(
    "the targets are what is read",
    "The targets are taken from the inputs after they were changed, so that the model is asked to "
    "say “mask” where it reads it. They hold the words that stood there before.",
)(_wrong(targets=lambda x, read, asked, fate, mask: read.masked_fill(~asked, -100)))

masked_lm_batch.mistake(
    "masks and random words exchanged",
    "A fate below 0.8 means the mask; between 0.8 and 0.9, the random word.",
)(
    _wrong(
        inputs=lambda x, asked, chance, fate, other, mask, rate: torch.where(
            asked & (fate < 0.8), other, torch.where(asked & (fate < 0.9), mask, x)
        )
    )
)

masked_lm_batch.mistake(
    "nothing is left as it is",
    "Two in ten of the chosen words become random ones here. It is one in ten; the last tenth "
    "stays as it is.",
)(
    _wrong(
        inputs=lambda x, asked, chance, fate, other, mask, rate: torch.where(
            asked, torch.where(fate < 0.8, mask, other), x
        )
    )
)

masked_lm_batch.mistake(
    "one number decides both",
    "You compare chance with 0.8·rate and 0.9·rate, so the draws in fate are never used. As a "
    "lottery that would do; here both draws are given, and fate decides what becomes of a word.",
)(
    _wrong(
        inputs=lambda x, asked, chance, fate, other, mask, rate: torch.where(
            asked & (chance < 0.8 * rate),
            mask,
            torch.where(asked & (chance < 0.9 * rate), other, x),
        )
    )
)
