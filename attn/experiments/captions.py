"""Chapter 16's experiment: captions of generated scenes, and whether a model looks where it names.

Seven ways to read the picture ("arms"), all with the same eye and the same widths.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import torch
from jaxtyping import Bool, Float, Int
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
from attn.seq2seq import sequence_accuracy, shift_right, token_loss
from attn.softmax import entropy
from attn.train import History, seeded, train

ARMS = {
    "mean": "all places alike",
    "soft": "soft",
    "penalty": "soft, doubly stochastic",
    "hard": "hard, REINFORCE",
    "through": "hard, straight through",
    "sentinel": "soft, with a shy sentinel",
    "eager": "soft, with an eager sentinel",
}
SHY = {"sentinel": -2.0, "eager": 0.0}  # where the sentinel's score starts
HARD = ("hard", "through")
D, N, K = 32, 64, 32  # widths: an annotation, a state, the hidden layer of the score
BATCH, STEPS, LR = 64, 750, 4e-3
LAMBDA = 0.02  # of the penalty
EXPLORE = 0.005  # the weight of the entropy, for hard looks
CELL = 4  # pixels of a place, each way


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
        if arm in SHY:
            return Captioner(Eye(D), AdaptiveTeller(len(VOCABULARY), D, N, K, SHY[arm]))
        how = {"mean": "mean", "through": "through"}.get(arm, "hard" if arm in HARD else "soft")
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
            return loss + LAMBDA * doubly_stochastic_penalty(told.weights, lengths)
        if self.arm in HARD:
            loss = loss - EXPLORE * entropy(told.weights).mean()
        if self.arm == "hard":
            loss = loss + self.where(told, batch.captions)
        return loss

    def where(self, told: Told, captions: Int[Tensor, "B T"]) -> Float[Tensor, ""]:
        """The second term of Xu et al.'s equation 12.

        The paper pays every look with the whole caption; here its own word pays, which is less
        noisy, and blind to what a look does for later words.
        """
        real = captions != PAD
        said = told.logits.log_softmax(-1).gather(-1, captions[..., None])[..., 0] * real
        loss = reinforce_loss(told.log_glimpse * real, said, self.baseline)
        self.baseline = 0.9 * self.baseline + 0.1 * said.detach().mean(0)
        return loss


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


def maps_of(weights: Float[Tensor, "*B L"]) -> Float[Tensor, "*B R R"]:
    """The weights as square maps."""
    side = round(weights.shape[-1] ** 0.5)
    return weights.unflatten(-1, (side, side))


@torch.no_grad()
def pointing(model: Captioner, tests: Scenes, margin: float = 0.0) -> dict[str, float]:
    """Pointing accuracy by word class, the true caption being dictated.

    With a ``margin``, the boxes are so many cells larger on every side.
    """
    weights = model(tests.images, tests.captions).weights
    named = tests.named != NOTHING
    wider = torch.tensor([-margin, -margin, margin, margin])
    classes = [word_class(n) for n in tests.captions[named].tolist()]
    boxes = tests.word_boxes()[named] / CELL + wider
    return pointing_accuracy(maps_of(weights[named]), boxes, classes)


def chance(tests: Scenes) -> dict[str, float]:
    """Pointing accuracy of a look that falls on every cell alike, in expectation."""
    named = tests.named != NOTHING
    boxes = tests.word_boxes()[named] / CELL
    side = tests.images.shape[-1] // CELL
    middle = torch.arange(side) + 0.5
    left, top, right, bottom = boxes[:, :, None].unbind(1)
    columns = ((left <= middle) & (middle <= right)).sum(-1)
    rows = ((top <= middle) & (middle <= bottom)).sum(-1)
    share = (columns * rows / side**2).tolist()
    classes = [word_class(n) for n in tests.captions[named].tolist()]
    return by_class(share, classes)


def by_class(values: Sequence[float], classes: Sequence[str]) -> dict[str, float]:
    """The mean of the values, for each class.

    >>> by_class([1.0, 0.0, 5.0], ["a", "a", "b"])
    {'a': 0.5, 'b': 5.0}
    """
    groups: dict[str, list[float]] = {}
    for value, kind in zip(values, classes, strict=True):
        groups.setdefault(kind, []).append(value)
    return {kind: sum(found) / len(found) for kind, found in groups.items()}


@torch.no_grad()
def study(model: Captioner, tests: Scenes) -> dict[str, Any]:
    """What a trained model does on the scenes, beyond ``marks``.

    "near" widens the boxes by a cell; "words" is the share of right words, "beta" the mean gate,
    and "spread" the mean entropy of the weights in nats, by class; "pointing of right and wrong
    words" splits naming words by whether the model would have said them; "relation" says how often
    the relation's look lies in the first and in the second thing's box.
    """
    written, _ = model.tell(tests.images, LONGEST)
    told = model(tests.images, tests.captions)
    exact = (written == tests.captions).all(1)
    things = tests.boxes.any(-1).sum(-1)
    real = tests.captions != PAD
    classes = [word_class(n) for n in tests.captions[real].tolist()]
    right = told.logits.argmax(-1) == tests.captions
    named = tests.named != NOTHING
    hit = hits(told.weights, tests.word_boxes())
    found = {
        "exact": exact.double().mean().item(),
        "by things": {str(n): exact[things == n].double().mean().item() for n in (2, 3, 4)},
        "pointing": pointing(model, tests),
        "near": pointing(model, tests, margin=1.0),
        "words": by_class(right[real].double().tolist(), classes),
        "beta": by_class(told.beta[real].tolist(), classes),
        "spread": by_class(entropy(told.weights)[real].tolist(), classes),
        "pointing of right words": hit[named & right].double().mean().item(),
        "pointing of wrong words": hit[named & ~right].double().mean().item(),
        "wrong words": int((named & ~right).sum()),
        "relation": relation_looks(told, tests),
    }
    return rounded(found)


def hits(weights: Float[Tensor, "B T L"], boxes: Float[Tensor, "B T 4"]) -> Bool[Tensor, "B T"]:
    """Whether the largest weight of each word lies in its box, which is in pixels."""
    best = weights.argmax(-1)
    side = round(weights.shape[-1] ** 0.5)
    x, y = (best % side + 0.5) * CELL, (best // side + 0.5) * CELL
    left, top, right, bottom = boxes.unbind(-1)
    return (left <= x) & (x <= right) & (top <= y) & (y <= bottom)


def at_relation(tests: Scenes) -> Bool[Tensor, "B T"]:
    """Where each caption's relation stands."""
    rows = tests.captions.tolist()
    return torch.tensor([[word_class(n) == "relation" for n in row] for row in rows])


def ends(tests: Scenes) -> tuple[Float[Tensor, "B 4"], Float[Tensor, "B 4"]]:
    """The boxes of the thing that is named first, and of the one named last."""
    boxes, rows = tests.word_boxes(), torch.arange(len(tests.images))
    named = (tests.named != NOTHING).int()
    return boxes[rows, named.argmax(1)], boxes[rows, LONGEST - 1 - named.flip(1).argmax(1)]


def margin(tests: Scenes) -> Float[Tensor, " B"]:
    """By how many pixels the two things are further apart one way than the other.

    At 0 they lie on a diagonal, where "left of" turns into "above" or "below".
    """
    first, last = ((box[:, :2] + box[:, 2:]) / 2 for box in ends(tests))
    dx, dy = (last - first).abs().unbind(-1)
    return (dx - dy).abs()


def relation_looks(told: Told, tests: Scenes) -> dict[str, float]:
    """How often the relation's look lies in the first thing's box, and in the second's."""
    weights = told.weights[at_relation(tests)][:, None]
    return {
        name: hits(weights, box[:, None])[:, 0].double().mean().item()
        for name, box in zip(("first", "second"), ends(tests), strict=True)
    }


@torch.no_grad()
def right_in_the_dark(
    model: Captioner, tests: Scenes, kind: str, words: int = 1
) -> Bool[Tensor, " N"]:
    """Which words of a class are right if the picture is dark while they are written.

    The last of so many ``words`` in the dark is the word itself. The true caption is dictated; dark
    annotations are zeros, and so is whatever is read of them.
    """
    at = torch.tensor([[word_class(n) == kind for n in row] for row in tests.captions.tolist()])
    dark = at.clone()
    for back in range(1, words):
        dark[:, :-back] |= at[:, back:]
    annotations = model.eye(tests.images)
    state: Any = model.teller.start(annotations)
    said = []
    for t, token in enumerate(shift_right(tests.captions).unbind(1)):
        lit = annotations * ~dark[:, t, None, None]
        logits, state, *_ = model.teller.step(token, state, lit)
        said.append(logits.argmax(-1))
    return (torch.stack(said, 1) == tests.captions)[at]


def rounded(found: Any) -> Any:
    """Numbers to four digits, however deep."""
    if isinstance(found, dict):
        return {key: rounded(value) for key, value in found.items()}
    return round(found, 4) if isinstance(found, float) else found
