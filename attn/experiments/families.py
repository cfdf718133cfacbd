"""One tiny model of each family, trained on generated sentences, and asked what its kind can do."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Generator, Tensor

from attn.data.batch import BOS, EOS, PAD, Batch, pad, pair
from attn.data.english import WORDS, parse, possible
from attn.data.translation import Translation, corpus
from attn.data.vocabulary import Vocabulary
from attn.families import BERT, GPT
from attn.pretraining import causal_loss, draw_masked, masked_lm_loss, random_spans, span_corruption
from attn.seq2seq import token_loss
from attn.t5 import T5
from attn.train import History, seeded, train

TRAINED, HELD_OUT = 4000, 200
LONGEST = 26  # words of a sentence, with begin and end
SIZES = {"D": 64, "H": 4, "F": 128, "depth": 2}
STEPS = 500

ENGLISH = Vocabulary(["<mask>", *WORDS])
MASK = ENGLISH.numbers["<mask>"]
FIRST_WORD = MASK + 1


class Corpus(NamedTuple):
    """Sentences to learn from, and others to be asked about."""

    training: list[Translation]
    test: list[Translation]


def sentences(seed: int = 0) -> Corpus:
    """The same for every run: 4,000 different sentences, and 200 more.

    >>> len(sentences().test)
    200
    """
    drawn = corpus(TRAINED + HELD_OUT, Generator().manual_seed(seed))
    return Corpus(drawn[:TRAINED], drawn[TRAINED:])


def _draws(rows: Sequence[Sequence[int]], steps: int, rng: Generator) -> Iterator[Tensor]:
    """``steps`` batches of 64 random rows, padded."""
    for _ in range(steps):
        chosen = torch.randint(len(rows), (64,), generator=rng)
        yield pad([rows[i] for i in chosen.tolist()])[0]


# ------------------------------------------------------------------ BERT: which word was here?


def learn_bert(
    seed: int,
    of: Corpus,
    steps: int = STEPS,
    sizes: dict[str, int] = SIZES,
    longest: int = LONGEST,
) -> BERT:
    """A masked language model of the English sentences.

    >>> model = learn_bert(0, sentences(), steps=1)
    """
    with seeded(seed):
        model = BERT(len(ENGLISH), longest, **sizes)
    rng = Generator().manual_seed(seed)
    rows = [ENGLISH.encode(sentence.english) for sentence in of.training]

    def loss(model: BERT, tokens: Tensor) -> Tensor:
        real = tokens != PAD
        inputs, targets = draw_masked(tokens, real, MASK, (FIRST_WORD, len(ENGLISH)), rng)
        return masked_lm_loss(model(inputs, real), targets)

    train(model, _draws(rows, steps, rng), loss, lr=3e-3)
    return model


@torch.no_grad()
def guesses(model: BERT, words: Sequence[str], hidden: Sequence[int]) -> Float[Tensor, "n V"]:
    """What the model holds of each word of the vocabulary, at each of the ``hidden`` places."""
    tokens = torch.tensor([ENGLISH.encode(words)])
    tokens[0, list(hidden)] = MASK
    return model(tokens)[0, list(hidden)].softmax(-1)


class Fit(NamedTuple):
    """Of the words possible at a place: their share of the probability, and of first guesses."""

    mass: float
    best: float


@torch.no_grad()
def fit_of_bert(model: BERT, of: Corpus) -> Fit:
    """Every word of every held-out sentence is masked once, alone."""
    mass, best, n = 0.0, 0, 0
    for sentence in of.test:
        words = sentence.english
        tokens = torch.tensor(ENGLISH.encode(words)).repeat(len(words), 1)
        tokens.fill_diagonal_(MASK)
        chances = model(tokens).diagonal().T.softmax(-1)
        for place, row in enumerate(chances):
            good = ENGLISH.encode(possible(words, place))
            mass += row[good].sum().item()
            best += int(row.argmax()) in good
            n += 1
    return Fit(round(mass / n, 4), round(best / n, 4))


# ------------------------------------------------------------------ GPT: which word comes next?


def learn_gpt(seed: int, of: Corpus, steps: int = STEPS) -> GPT:
    """A causal language model of the same sentences, each between begin and end.

    >>> model = learn_gpt(0, sentences(), steps=1)
    """
    with seeded(seed):
        model = GPT(len(ENGLISH), LONGEST, **SIZES)
    rng = Generator().manual_seed(seed)
    rows = [_framed(sentence.english) for sentence in of.training]
    train(model, _draws(rows, steps, rng), next_word_loss, lr=3e-3)
    return model


def _framed(words: Sequence[str]) -> list[int]:
    return [BOS, *ENGLISH.encode(words), EOS]


def next_word_loss(model: GPT, tokens: Tensor) -> Tensor:
    """The causal loss of padded rows."""
    return causal_loss(model(tokens), tokens, tokens != PAD)


def learn_unshifted(seed: int, of: Corpus, steps: int = 120) -> tuple[History, list[list[str]]]:
    """A mistake: the scores at t are compared with the token at t. Its losses, and what it writes.

    >>> history, written = learn_unshifted(0, sentences(), steps=1)
    """
    with seeded(seed):
        model = GPT(len(ENGLISH), LONGEST, **SIZES)
    rng = Generator().manual_seed(seed)
    rows = [_framed(sentence.english) for sentence in of.training]
    told = lambda model, tokens: token_loss(model(tokens), tokens)  # noqa: E731
    history = train(model, _draws(rows, steps, rng), told, lr=3e-3)
    return history, write(model, 3, rng, begun=["the", "cat"])


@torch.no_grad()
def nats(model: GPT, of: Corpus) -> tuple[float, float]:
    """-log p of a held-out sentence, on average: by the model, and by the grammar itself."""
    tokens, lengths = pad([_framed(sentence.english) for sentence in of.test])
    steps = (lengths - 1).sum().item()
    mine = causal_loss(model(tokens), tokens, tokens != PAD).item() * steps / len(of.test)
    parses = [parse(sentence.english) for sentence in of.test]
    theirs = -sum(p.log_p for p in parses if p is not None) / len(of.test)
    return round(mine, 3), round(theirs, 3)


@torch.no_grad()
def write(model: GPT, n: int, rng: Generator, begun: Sequence[str] = ()) -> list[list[str]]:
    """n sentences that start with the words ``begun``, each next word drawn from the model's p."""
    tokens = torch.tensor([[BOS, *ENGLISH.encode(begun)]]).repeat(n, 1)
    while tokens.shape[1] < LONGEST:
        p = model(tokens)[:, -1].softmax(-1)
        tokens = torch.cat([tokens, torch.multinomial(p, 1, generator=rng)], 1)
    return [ENGLISH.decode(row) for row in tokens.tolist()]


def fit_of_gpt(model: GPT, of: Corpus) -> Fit:
    """The measure of ``fit_of_bert``, for a model that sees only what stands before the place."""
    mass, best, n = 0.0, 0, 0
    for sentence in of.test:
        words = sentence.english
        with torch.no_grad():
            chances = model(torch.tensor([_framed(words)]))[0].softmax(-1)
        for place in range(len(words)):
            good = ENGLISH.encode(possible(words, place))
            mass += chances[place, good].sum().item()
            best += int(chances[place].argmax()) in good
            n += 1
    return Fit(round(mass / n, 4), round(best / n, 4))


# ------------------------------------------------------------------ T5: text to text

TASKS = ("translate", "who", "short", "fill")
_SENTINELS = ("<x>", "<y>", "<z>", "<w>")


class Question(NamedTuple):
    """A text that says what is wanted, and the text that is wanted."""

    source: tuple[str, ...]
    target: tuple[str, ...]


def question(task: str, of: Translation, rng: Generator) -> Question:
    """A sentence as a question: its French, who does it, itself without what can be left out, or
    ("fill") what stood in the gaps that ``rng`` makes.

    >>> sentence = corpus(1, Generator().manual_seed(3))[0]
    >>> question("who", sentence, Generator())
    Question(source=('who:', 'the', 'old', 'schools', 'like', 'the', 'happy', 'car'), \
target=('the', 'old', 'schools'))
    """
    words = of.english
    if task == "fill":
        hidden = random_spans(len(words), rng, rate=0.3, mean=2)
        texts = span_corruption(range(len(words)), hidden, [-1, -2, -3, -4])
        named = [tuple(words[i] if i >= 0 else _SENTINELS[-i - 1] for i in text) for text in texts]
        return Question(*named)
    said = parse(words)
    assert said is not None, words
    answer = {"translate": of.french, "who": said.who, "short": said.short}[task]
    return Question((f"{task}:", *words), answer)


def text_vocabulary(of: Corpus) -> Vocabulary:
    """English, French, the names of the tasks and the sentinels, for both sides."""
    french = sorted({word for sentence in of.training for word in sentence.french})
    return Vocabulary([f"{task}:" for task in TASKS[:3]] + [*_SENTINELS, *WORDS, *french])


def _pairs(questions: Sequence[Question], words: Vocabulary) -> Batch:
    return pair(*([words.encode(part) for part in side] for side in zip(*questions, strict=True)))


def learn_t5(seed: int, of: Corpus, steps: int = 1200) -> T5:
    """One text-to-text model for all four tasks, 64 questions a step, each task as often.

    >>> model = learn_t5(0, sentences(), steps=1)
    """
    words, rng = text_vocabulary(of), Generator().manual_seed(seed)
    with seeded(seed):
        model = T5(len(words), D=64, H=4, d=16, F=128, depth=2, buckets=16, longest=24)

    def draws() -> Iterator[Batch]:
        for _ in range(steps):
            chosen = torch.randint(len(of.training), (64,), generator=rng).tolist()
            asked = [question(TASKS[n % 4], of.training[i], rng) for n, i in enumerate(chosen)]
            yield _pairs(asked, words)

    def loss(model: T5, batch: Batch) -> Tensor:
        return token_loss(model(batch.source, batch.source != PAD, batch.target), batch.target)

    train(model, draws(), loss, lr=3e-3)
    return model


def answers(model: T5, questions: Sequence[Question], of: Corpus) -> list[list[str]]:
    """What the model writes, greedily."""
    words = text_vocabulary(of)
    batch = _pairs(questions, words)
    written = model.greedy(batch.source, batch.source != PAD, batch.target.shape[1])
    return [words.decode(row) for row in written.tolist()]


def exact(model: T5, of: Corpus, seed: int = 7_000) -> dict[str, float]:
    """For each task the share of held-out questions that are answered word for word.

    For "fill", where several answers may be right: the share of answers with which the text is a
    sentence of the grammar again.
    """
    rng, found = Generator().manual_seed(seed), {}
    for task in TASKS:
        asked = [question(task, sentence, rng) for sentence in of.test]
        written = answers(model, asked, of)
        right = [
            parse(filled(q.source, words)) is not None if task == "fill" else words == [*q.target]
            for q, words in zip(asked, written, strict=True)
        ]
        found[task] = round(sum(right) / len(right), 4)
    return found


def filled(text: Sequence[str], answer: Sequence[str]) -> list[str]:
    """The text with each sentinel replaced by what stands behind it in the answer.

    >>> filled(["the", "<x>", "sees", "<y>"], ["<x>", "cat", "<y>", "a", "car", "<z>"])
    ['the', 'cat', 'sees', 'a', 'car']
    """
    gaps: dict[str, list[str]] = {}
    here: list[str] = []
    for word in answer:
        if word in _SENTINELS:
            here = gaps.setdefault(word, [])
        else:
            here.append(word)
    return [
        word for part in text for word in (gaps.get(part, []) if part in _SENTINELS else [part])
    ]
