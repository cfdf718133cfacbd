"""Translation with known alignments: four scores, two orders, with and without input feeding."""

from typing import NamedTuple

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn

from attn.data.batch import Batch, pair
from attn.data.translation import Translation, corpus
from attn.data.vocabulary import Vocabulary
from attn.luong import ConcatScore, GlobalAttention, LuongDecoder, score
from attn.seq2seq import Decoder, Encoder, Seq2Seq, sequence_accuracy, token_loss
from attn.train import seeded, train

WIDTH = 48
LONGEST = 9  # words of an English sentence, at most
STEPS, BATCH = 160, 64
PATIENT = 3 * STEPS  # for those that are trained until most of them translate all
SHOWN = (13, 39, 34, 44, 3)  # sentences of the test set that the widget shows
ORDERS = ("luong", "unfed", "bahdanau")


class Task(NamedTuple):
    """Sentences to learn from, unseen ones, unseen longer ones, and the words of both languages."""

    train: list[Translation]
    test: list[Translation]
    longer: list[Translation]
    english: Vocabulary
    french: Vocabulary

    def batch(self, sentences: list[Translation]) -> Batch:
        """Sentences as numbers, padded."""
        return pair(
            [self.english.encode(s.english) for s in sentences],
            [self.french.encode(s.french) for s in sentences],
        )


def translations(n: int = 4000, held_out: int = 200, seed: int = 0) -> Task:
    """The generated corpus, all different: up to ``LONGEST`` words, and 10 to 12 in ``longer``.

    >>> task = translations(n=20, held_out=5)
    >>> len(task.train), len(task.test)
    (20, 5)
    """
    drawn = corpus(2 * (n + held_out), torch.Generator().manual_seed(seed))
    pairs = [p for p in drawn if len(p.english) <= LONGEST][: n + held_out]
    english = Vocabulary(sorted({word for p in drawn for word in p.english}))
    french = Vocabulary(sorted({word for p in drawn for word in p.french}))
    longer = [p for p in drawn if LONGEST < len(p.english) <= LONGEST + 3][: held_out // 2]
    return Task(pairs[:n], pairs[n:], longer, english, french)


class HalfConcatScore(ConcatScore):
    """The concat score as Luong et al. ran it: the annotation's half of W_a fixed to the identity.

    Their footnote 15 suspects this simplification of its high perplexities. Needs k = m.
    """

    def __init__(self, n: int, m: int) -> None:
        super().__init__(n, m, m)
        half = torch.eye(m)
        self.W_a.weight.data[:, n:] = half
        self.W_a.weight.register_hook(lambda gradient: gradient * self.free.to(gradient))
        self.register_buffer("free", torch.cat([torch.ones(m, n), 0 * half], 1), persistent=False)
        self.free: Tensor


def _score(name: str) -> nn.Module:
    if name == "half concat":
        return HalfConcatScore(WIDTH, WIDTH)
    return score(name, WIDTH, WIDTH, longest=LONGEST)


def build(task: Task, name: str, order: str, seed: int) -> Seq2Seq:
    """An untrained model with the score ``name`` in one of ``ORDERS``."""
    if order not in ORDERS:
        raise ValueError(f"no order is called {order!r}; there are: {', '.join(ORDERS)}")
    with seeded(seed):
        encoder = Encoder(len(task.english), 32, WIDTH)
        sizes = (len(task.french), 32, WIDTH, WIDTH, GlobalAttention(_score(name)))
        if order == "bahdanau":
            return Seq2Seq(encoder, Decoder(*sizes))
        return Seq2Seq(encoder, LuongDecoder(*sizes, feeding=order == "luong"))


def loss(model: Seq2Seq, batch: Batch) -> Float[Tensor, ""]:
    """The token loss under teacher forcing."""
    scores, _ = model(batch.source, batch.source_lengths, batch.target)
    return token_loss(scores, batch.target)


class Marks(NamedTuple):
    """How a model does on unseen sentences."""

    exact: float  # translated right as a whole
    longer: float  # the same, of sentences longer than any in training
    pointing: float  # words whose largest weight stands on an English word that they translate
    behind: float  # the same, of the step that has just been fed the word
    loss: float


def learn(task: Task, name: str, order: str, seed: int, steps: int = STEPS) -> Seq2Seq:
    """A model trained on ``steps`` batches of 64 sentences.

    >>> model = learn(translations(20, 5), "dot", "luong", seed=0, steps=1)
    """
    model = build(task, name, order, seed)
    draw = torch.Generator().manual_seed(seed)
    rows = torch.randint(len(task.train), (steps, BATCH), generator=draw).tolist()
    train(model, (task.batch([task.train[i] for i in row]) for row in rows), loss, lr=1e-2)
    return model


@torch.no_grad()
def marks(model: Seq2Seq, task: Task) -> Marks:
    """Exact translations by greedy decoding; pointing and loss under teacher forcing."""
    batch = task.batch(task.test)
    scores, weights = model(batch.source, batch.source_lengths, batch.target)
    looked = weights.argmax(-1)
    return Marks(
        round(_exact(model, batch), 4),
        round(_exact(model, task.batch(task.longer)), 4),
        round(pointing(looked, task.test), 4),
        round(pointing(looked[:, 1:], task.test), 4),
        round(token_loss(scores, batch.target).item(), 4),
    )


def _exact(model: Seq2Seq, batch: Batch) -> float:
    written, _ = model.greedy(batch.source, batch.source_lengths, batch.target.shape[1] + 2)
    return sequence_accuracy(written, batch.target)


def pointing(looked: Int[Tensor, "B Tt"], sentences: list[Translation]) -> float:
    """How often step i looked at an English word that French word i stands for.

    Over all French words that surely stand for some. Shifted by one, ``looked[:, 1:]`` asks
    about the word that a step was *fed*.
    """
    right = [
        (i, int(looked[row, i])) in sentence.possible
        for row, sentence in enumerate(sentences)
        for i in sorted({i for i, _ in sentence.sure})
    ]
    return sum(right) / len(right)


def trace(model: Seq2Seq, task: Task, sentence: Translation) -> tuple[Tensor, Tensor]:
    """The scores and the weights of every French word over the English ones, teacher-forced."""
    batch, kept = task.batch([sentence]), []
    assert isinstance(model.decoder, LuongDecoder | Decoder)
    assert isinstance(model.decoder.attention, GlobalAttention)
    hook = model.decoder.attention.score.register_forward_hook(
        lambda _, given, out: kept.append(out[0])
    )
    with torch.no_grad():
        _, weights = model(batch.source, batch.source_lengths, batch.target)
    hook.remove()
    return torch.stack(kept), weights[0]


class Narrowed(nn.Module):
    """Another attention's weights, but only the annotation of the largest one is handed over."""

    def __init__(self, attention: nn.Module) -> None:
        super().__init__()
        self.attention = attention

    def forward(
        self,
        state: Float[Tensor, "B n"],
        annotations: Float[Tensor, "B T m"],
        mask: Bool[Tensor, "B T"],
    ) -> tuple[Float[Tensor, "B m"], Float[Tensor, "B T"]]:
        _, weights = self.attention(state, annotations, mask)
        return annotations[torch.arange(len(weights)), weights.argmax(-1)], weights


class Astray(NamedTuple):
    """French words that a model looks for in the wrong place, and what it makes of them."""

    words: int  # whose largest weight stands on an English word that they do not translate
    right: float  # of these, written right nevertheless
    narrowed: float  # written right if the annotation at that wrong place is all that is read


@torch.no_grad()
def astray(model: Seq2Seq, task: Task) -> Astray:
    """What becomes of the words of the test sentences that a model looks for in the wrong place."""
    batch, decoder = task.batch(task.test), model.decoder
    assert isinstance(decoder, LuongDecoder | Decoder)
    assert isinstance(decoder.attention, GlobalAttention)
    scores, weights = model(batch.source, batch.source_lengths, batch.target)
    looked, attention = weights.argmax(-1), decoder.attention
    decoder.attention = Narrowed(attention)
    narrow, _ = model(batch.source, batch.source_lengths, batch.target)
    decoder.attention = attention
    wrong = torch.zeros_like(batch.target, dtype=torch.bool)
    for row, sentence in enumerate(task.test):
        for i in {i for i, _ in sentence.sure}:
            wrong[row, i] = (i, int(looked[row, i])) not in sentence.possible
    right, still = (x.argmax(-1)[wrong] == batch.target[wrong] for x in (scores, narrow))
    return Astray(
        int(wrong.sum()),
        round(right.double().mean().item(), 4),
        round(still.double().mean().item(), 4),
    )
