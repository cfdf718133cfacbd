"""Summaries of marked facts: attention alone, with copying, and with coverage as well."""

from typing import NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Generator, Tensor, nn

from attn.data import summaries
from attn.data.batch import BOS, EOS, PAD
from attn.data.summaries import UNKNOWN, VOCABULARY, Pointed, Report, reports
from attn.pointer import PointerDecoder, PointerMemory, coverage_loss
from attn.seq2seq import Encoder, shift_right
from attn.train import seeded, train

WIDTH, STEPS, BATCH = 48, 200, 48
SHORTEST, LONGEST = 2, 3  # facts of a report in training
FACTS = (3, 5)  # and when tested
ARMS = ("attention", "copying", "coverage")  # each has what the one before it has
HALVES = ("told", "charged")  # copying with one half of coverage: in the score, or in the loss


class Summariser(nn.Module):
    """An encoder, and a decoder that may copy and may remember where it has read.

    >>> model = Summariser("coverage")
    """

    def __init__(self, arm: str) -> None:
        super().__init__()
        if arm not in ARMS + HALVES:
            raise ValueError(f"no arm is called {arm!r}; there are: {', '.join(ARMS + HALVES)}")
        copies, remembers = arm != "attention", arm in ("coverage", "told")
        V, unknown = len(VOCABULARY), VOCABULARY.numbers[UNKNOWN]
        self.encoder = Encoder(V, 32, WIDTH)
        self.decoder = PointerDecoder(V, 32, WIDTH, WIDTH, unknown, copies, remembers)
        self.penalty = float(arm in ("coverage", "charged"))  # λ of equation 13; the paper's is 1

    def read(self, pointed: Pointed) -> PointerMemory:
        """What the decoder writes from."""
        memory = self.encoder(pointed.known, pointed.batch.source_lengths)
        return PointerMemory(memory, pointed.batch.source, pointed.size)

    def forward(
        self, pointed: Pointed
    ) -> tuple[Float[Tensor, "B Tt size"], Float[Tensor, "B Tt Ts"]]:
        """Teacher forcing: log P of every next token, and where each step looked."""
        memory = self.read(pointed)
        state = self.decoder.start(memory)
        logs, weights = [], []
        for token in shift_right(pointed.batch.target).unbind(1):
            log, state, weight = self.decoder.step(token, state, memory)
            logs.append(log)
            weights.append(weight)
        return torch.stack(logs, 1), torch.stack(weights, 1)

    @torch.no_grad()
    def greedy(
        self, pointed: Pointed, longest: int
    ) -> tuple[Int[Tensor, "B {longest}"], Float[Tensor, "B {longest} Ts"]]:
        """The most likely token at every step, fed back in; PAD after EOS. And where it looked."""
        memory = self.read(pointed)
        state = self.decoder.start(memory)
        token = pointed.known.new_full((len(pointed.known),), BOS)
        done = torch.zeros_like(token, dtype=torch.bool)
        tokens, weights = [], []
        for _ in range(longest):
            log, state, weight = self.decoder.step(token, state, memory)
            token = log.argmax(-1).masked_fill(done, PAD)
            done = done | (token == EOS)
            tokens.append(token)
            weights.append(weight)
        return torch.stack(tokens, 1), torch.stack(weights, 1)


def loss(model: Summariser, pointed: Pointed) -> Float[Tensor, ""]:
    """-log P(w*) + λ Σ_i min(a_i, c_i), averaged over the real tokens (equation 13)."""
    logs, weights = model(pointed)
    target = pointed.batch.target
    real = target != PAD
    # What cannot be said costs -log P = 20 and has no gradient: a stranger, without copying.
    surprise = -logs.gather(-1, target[..., None])[..., 0].clamp(min=-20)
    return ((surprise + model.penalty * coverage_loss(weights)) * real).sum() / real.sum()


def learn(arm: str, seed: int, steps: int = STEPS) -> Summariser:
    """A model trained on reports of 2 or 3 facts, half of whose names are in no vocabulary.

    >>> model = learn("attention", seed=0, steps=1)
    """
    generator = torch.Generator().manual_seed(seed)
    with seeded(seed):
        model = Summariser(arm)
    data = (summaries.batch(reports(BATCH, SHORTEST, LONGEST, generator)) for _ in range(steps))
    train(model, data, loss, lr=1e-2)
    return model


class Marks(NamedTuple):
    """How a model summarises reports of one length."""

    exact: float  # right as a whole
    familiar: float  # the same, of those summaries that hold no stranger
    repeats: float  # summaries that say one fact twice


def held_out(facts: int, n: int = 150) -> list[Report]:
    """Reports that no training saw, always the same."""
    return reports(n, facts, facts, Generator().manual_seed(10_000 + facts))


def marks(model: Summariser, facts: int) -> Marks:
    """What it makes of 150 reports of so many facts, by greedy decoding.

    >>> marks(Summariser("attention"), 2).exact
    0.0
    """
    items = held_out(facts)
    pointed = summaries.batch(items)
    written, _ = model.greedy(pointed, 4 * facts + 1)
    said = [summaries.decode(row, item) for row, item in zip(written.tolist(), items, strict=True)]
    right = [tuple(words) == item.summary for words, item in zip(said, items, strict=True)]
    known = [set(item.summary) <= set(VOCABULARY.words) for item in items]
    easy = [ok for ok, familiar in zip(right, known, strict=True) if familiar]
    again = [_repeats(words) for words in said]
    shares = (sum(right) / len(right), sum(easy) / max(1, len(easy)), sum(again) / len(again))
    return Marks(*(round(share, 4) for share in shares))


class Written(NamedTuple):
    """What a model writes for one report, word by word."""

    words: list[str]
    looked: list[int]  # the place in the report of each word's largest weight
    p_gen: list[float]  # how far the vocabulary was trusted


def write(model: Summariser, item: Report) -> Written:
    """The summary that a model which copies writes, with where it looked and its p_gen.

    >>> made = write(Summariser("copying"), held_out(2)[0])
    >>> len(made.words) == len(made.looked) == len(made.p_gen)
    True
    """
    assert model.decoder.p_gen is not None, "this model does not copy"
    kept: list[float] = []
    hook = model.decoder.p_gen.register_forward_hook(
        lambda _, given, out: kept.append(out.sigmoid().item())
    )
    tokens, weights = model.greedy(summaries.batch([item]), len(item.words))
    hook.remove()
    words = summaries.decode(tokens[0].tolist(), item)
    return Written(words, weights[0].argmax(-1).tolist()[: len(words)], kept[: len(words)])


def _repeats(words: list[str]) -> bool:
    facts = " ".join(words).split(" . ")
    return len(set(facts)) < len(facts)
