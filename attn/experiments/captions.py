"""Chapter 16's experiment: captions of generated scenes, and whether a model looks where it names.

Five ways to read the picture ("arms"), all with the same eye and the same width.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache

import torch
from jaxtyping import Float, Int
from torch import Generator, Tensor

from attn.captioning import (
    AdaptiveTeller,
    Captioner,
    Eye,
    Teller,
    Told,
    doubly_stochastic_penalty,
    pointing_accuracy,
)
from attn.data.batch import PAD
from attn.data.scenes import LONGEST, NOTHING, VOCABULARY, Scenes, scenes, word_class
from attn.hard import reinforce_loss
from attn.seq2seq import sequence_accuracy, token_loss
from attn.softmax import entropy
from attn.train import History, seeded, train

ARMS = {
    "mean": "all places alike",
    "soft": "soft attention",
    "penalty": "soft, doubly stochastic",
    "hard": "hard attention",
    "sentinel": "soft, with a sentinel",
}
D, N, K = 32, 64, 32  # widths: an annotation, a state, the hidden layer of the score
BATCH, STEPS, LR = 64, 900, 4e-3
LAMBDA = 0.02  # of the penalty
EXPLORE = 0.01  # the weight of the entropy, for hard looks
CELL = 4  # pixels of a place


@cache
def pictures(n: int = 8000) -> Scenes:
    """Those to learn from; always the same."""
    return scenes(n, Generator().manual_seed(1))


@cache
def held_out(n: int = 1000) -> Scenes:
    """Scenes that no training saw, always the same."""
    return scenes(n, Generator().manual_seed(77))


def build(arm: str, seed: int) -> Captioner:
    """An untrained model."""
    with seeded(seed):
        if arm == "sentinel":
            return Captioner(Eye(D), AdaptiveTeller(len(VOCABULARY), D, N, K))
        how = "soft" if arm == "penalty" else arm
        return Captioner(Eye(D), Teller(len(VOCABULARY), D, N, K, how))


def stream(seed: int, steps: int = STEPS) -> Iterator[Scenes]:
    """Batches of training scenes, drawn anew at every step."""
    generator, source = Generator().manual_seed(seed), pictures()
    for _ in range(steps):
        chosen = torch.randint(len(source.images), (BATCH,), generator=generator)
        yield Scenes(*(part[chosen] for part in source))


@dataclass
class Objective:
    """What an arm minimises. The baseline of hard looks is a moving mean, one for each word."""

    arm: str
    baseline: Tensor = field(default_factory=lambda: torch.zeros(LONGEST))

    def __call__(self, model: Captioner, batch: Scenes) -> Float[Tensor, ""]:
        told = model(batch.images, batch.captions)
        loss = token_loss(told.logits, batch.captions)
        if self.arm == "penalty":
            lengths = (batch.captions != PAD).sum(-1)
            return (
                loss
                + LAMBDA * doubly_stochastic_penalty(told.weights, lengths) / told.weights.shape[-1]
            )
        if self.arm == "hard":
            return loss + self.where(told, batch.captions)
        return loss

    def where(self, told: Told, captions: Int[Tensor, "B T"]) -> Float[Tensor, ""]:
        """The second term of Xu et al.'s equation 12: a look is paid by the words from its own."""
        real = captions != PAD
        said = told.logits.log_softmax(-1).gather(-1, captions[..., None])[..., 0] * real
        reward = said.flip(1).cumsum(1).flip(1).detach()
        loss = reinforce_loss(told.log_glimpse * real, reward, self.baseline)
        self.baseline = 0.9 * self.baseline + 0.1 * reward.mean(0)
        return loss - EXPLORE * entropy(told.weights).mean()


def learn(arm: str, seed: int, steps: int = STEPS, every: int = 250) -> tuple[Captioner, History]:
    """A trained model, tested every so many steps."""
    model, tests = build(arm, seed), held_out()
    if isinstance(model.teller, Teller):
        model.teller.generator = Generator().manual_seed(10_000 + seed)
    history = train(
        model,
        stream(seed, steps),
        Objective(arm),
        lr=LR,
        measure=lambda m: marks(m, tests),
        every=every,
    )
    return model, history


def marks(model: Captioner, tests: Scenes) -> dict[str, float]:
    """The share of captions right to the last word, and of looks that hit what is named."""
    written, _ = model.tell(tests.images, LONGEST)
    right = {"exact": sequence_accuracy(written, tests.captions)}
    return right | {f"at {k}": v for k, v in pointing(model, tests).items()}


@torch.no_grad()
def pointing(model: Captioner, tests: Scenes) -> dict[str, float]:
    """Pointing accuracy by word class, the true caption being dictated."""
    weights = model(tests.images, tests.captions).weights
    named = tests.named != NOTHING
    side = round(weights.shape[-1] ** 0.5)
    maps = weights[named].unflatten(-1, (side, side))
    classes = [word_class(n) for n in tests.captions[named].tolist()]
    return pointing_accuracy(maps, tests.word_boxes()[named] / CELL, classes)
