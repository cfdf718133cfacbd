"""What the weights of a trained reader explain: every test of ``attn.explain``, class by class."""

from collections.abc import Callable, Iterator
from typing import Any

import torch
from jaxtyping import Float, Int
from torch import Generator, Tensor

from attn.adversarial import Adversary, adversarial_weights
from attn.data.cues import CLASSES, Remarks, remarks
from attn.experiments.cues import CueReader, guided_loss, loss, mask_of
from attn.explain import (
    erased_until_flip,
    gradient_times_input,
    jensen_shannon,
    kendall_tau,
    permutation_test,
    shuffles,
    total_variation,
)
from attn.softmax import entropy
from attn.train import seeded, train

ORDERS = 101
POOL, WRONG = 300, 0.2


def unseen(n: int = 400) -> Remarks:
    """The remarks on which everything is measured."""
    return remarks(n, Generator().manual_seed(20_000))


class Read:
    """What a model makes of remarks, all that the tests need: nothing of it is in a graph."""

    def __init__(self, model: CueReader, said: Remarks) -> None:
        self.model, self.said, self.mask = model, said, mask_of(said)
        embedded = model.embedding(said.tokens).detach().requires_grad_()
        annotations = model.annotate(embedded, said.lengths)
        self.weights = model.pool.weights(annotations, self.mask).detach()
        # As in Jain & Wallace 2019, the gradient does not flow through the weights.
        score = model.decide(self.weights, annotations)
        self.gradient = gradient_times_input(score, embedded)
        self.annotations = annotations.detach()

    @torch.no_grad()
    def reader(self, weights: Float[Tensor, "*n B T"]) -> Float[Tensor, "*n B 2"]:
        """The probabilities of blame and praise for other weights."""
        score = self.model.decide(weights, self.annotations)
        return torch.stack([(-score).sigmoid(), score.sigmoid()], -1)

    def differentiable(self, weights: Float[Tensor, "*n B T"]) -> Float[Tensor, "*n B 2"]:
        """The same, with a graph: for a search that climbs."""
        score = self.model.decide(weights, self.annotations)
        return torch.stack([(-score).sigmoid(), score.sigmoid()], -1)

    @torch.no_grad()
    def alone(self) -> Float[Tensor, "B T"]:
        """The score if one word got all the weight."""
        return self.model.out(self.annotations)[..., 0]


def by_class(x: Float[Tensor, " B"], said: Remarks) -> dict[str, list[float]]:
    """Quartiles of a number in each class, and in all remarks together."""
    groups = {name: x[said.praise == i] for i, name in enumerate(CLASSES)}
    return {name: _quartiles(group) for name, group in (groups | {"pooled": x}).items()}


def _quartiles(x: Tensor) -> list[float]:
    quarters = torch.tensor([0.25, 0.5, 0.75], dtype=torch.float64)
    return [round(q, 4) for q in x.double().quantile(quarters).tolist()]


def share_right(answers: Float[Tensor, "B 2"], said: Remarks) -> dict[str, float]:
    """The share of right answers in each class, and in all remarks together."""
    right = (answers.argmax(-1) == said.praise).double()
    groups = {name: right[said.praise == i] for i, name in enumerate(CLASSES)}
    return {n: round(g.mean().item(), 4) for n, g in (groups | {"pooled": right}).items()}


def uniform(said: Remarks) -> Float[Tensor, "B T"]:
    """Every word counts alike."""
    mask = mask_of(said).float()
    return mask / mask.sum(-1, keepdim=True)


def shuffled(read: Read, seed: int = 0) -> Float[Tensor, " B"]:
    """The median change of each answer over random orders of its weights."""
    orders = shuffles(read.mask, ORDERS, Generator().manual_seed(seed))
    return permutation_test(read.reader, read.weights, orders)


def elsewhere(read: Read, seed: int = 0) -> Adversary:
    """The most different weights that leave each answer where it is."""
    generator = Generator().manual_seed(seed)
    return adversarial_weights(read.differentiable, read.weights, read.mask, generator)


def without(said: Remarks, place: Int[Tensor, " B"]) -> Remarks:
    """The remarks without the word at that place; those behind it move up."""
    T = said.tokens.shape[1]
    at = torch.arange(T)
    later = (at + (at >= place[:, None]).long()).clamp(max=T - 1)
    tokens = said.tokens.gather(1, later)
    tokens = tokens * (at < said.lengths[:, None] - 1)
    return said._replace(tokens=tokens, lengths=said.lengths - 1)


def deleted(read: Read, place: Int[Tensor, " B"]) -> Float[Tensor, " B"]:
    """The change of each answer when that word is taken out of the text."""
    fewer = Read(read.model, without(read.said, place))
    return total_variation(fewer.reader(fewer.weights), read.reader(read.weights))


def examined(model: CueReader, said: Remarks) -> dict[str, Any]:
    """All tests of one reader."""
    read = Read(model, said)
    found = elsewhere(read)
    right = (read.alone() > 0) == (said.praise[:, None] > 0)
    some = torch.rand(read.mask.shape, generator=Generator().manual_seed(1))
    rankings = {"weights": read.weights, "gradient": read.gradient, "random": some}
    moved = found.weights.argmax(-1) != read.weights.argmax(-1)
    other = some.masked_fill(~read.mask, -1).scatter(1, said.cue[:, None], -1.0).argmax(-1)
    return {
        "accuracy": share_right(read.reader(read.weights), said),
        "points": _mean(read.weights.argmax(-1) == said.cue),
        "gradient points": _mean(read.gradient.masked_fill(~read.mask, -1).argmax(-1) == said.cue),
        "shuffled": by_class(shuffled(read), said),
        "uniform": share_right(read.reader(uniform(said)), said),
        "alone": {
            name: _mean(right[(said.praise == i)[:, None] & read.mask])
            for i, name in enumerate(CLASSES)
        },
        "tau": by_class(kendall_tau(read.weights, read.gradient, read.mask), said),
        "erased": {
            name: by_class(erased_until_flip(read.reader, read.weights, ranking, read.mask), said)
            for name, ranking in rankings.items()
        },
        "deleted": {
            "most read": by_class(deleted(read, read.weights.argmax(-1)), said),
            "another": by_class(deleted(read, other), said),
        },
        "divergence": by_class(found.divergence, said),
        "moved": share_of(moved, said),
    }


def share_of(which: Tensor, said: Remarks) -> dict[str, float]:
    """The share of remarks for which something holds, in each class."""
    return {name: _mean(which[said.praise == i]) for i, name in enumerate(CLASSES)}


def _mean(x: Tensor) -> float:
    return round(x.double().mean().item(), 4)


def between(a: Read, b: Read) -> dict[str, list[float]]:
    """How different the weights of two readers are, by class."""
    return by_class(jensen_shannon(a.weights, b.weights), a.said)


def learn_elsewhere(base: CueReader, seed: int, steps: int = 400, pull: float = 0.05) -> CueReader:
    """A reader that answers like ``base`` and reads other words (Wiegreffe & Pinter 2019).

    It minimises the total variation of the answers minus ``pull`` times KL(base's weights ‖ its
    own), on new remarks; it never sees a label.
    """
    rng = Generator().manual_seed(seed)
    with seeded(seed):
        model = CueReader(base.encoder)

    def deceives(model: CueReader, said: Remarks) -> Tensor:
        with torch.no_grad():
            scores, weights = base(said)
        own_scores, own = model(said)
        floor = torch.finfo(own.dtype).tiny
        ratio = weights.clamp(min=floor).log() - own.clamp(min=floor).log()
        apart = (weights * ratio).sum(-1)
        return ((scores.sigmoid() - own_scores.sigmoid()).abs() - pull * apart).mean()

    train(model, (remarks(128, rng) for _ in range(steps)), deceives, lr=3e-3)
    return model


def compared(base: Read, other: Read) -> dict[str, float]:
    """A reader and its adversary: how alike the answers, how different the weights."""
    changes = total_variation(other.reader(other.weights), base.reader(base.weights))
    return {
        "change": _mean(changes),
        "divergence": _mean(jensen_shannon(base.weights, other.weights)),
        "accuracy": share_right(other.reader(other.weights), other.said)["pooled"],
        "points": _mean(other.weights.argmax(-1) == other.said.cue),
    }


def guide_of(model: CueReader | None) -> Callable[[Remarks], Tensor]:
    """The weights of a model, or uniform ones for None, as a function of remarks."""

    @torch.no_grad()
    def guide(said: Remarks) -> Tensor:
        return uniform(said) if model is None else model(said)[1]

    return guide


def guided(guide: Callable[[Remarks], Tensor], encoder: str, seed: int, steps: int) -> float:
    """How well a reader does that is trained, and asked, with somebody else's weights.

    With ``encoder`` "words" it is the diagnostic of Wiegreffe & Pinter 2019: a model that
    sees no context can use the weights only for which words they pick.
    """
    rng = Generator().manual_seed(seed)
    with seeded(seed):
        model = CueReader(encoder)
    batches: Iterator[Remarks] = (remarks(128, rng) for _ in range(steps))
    train(model, batches, lambda m, said: guided_loss(m, said, guide(said)), lr=3e-3)
    said = unseen()
    with torch.no_grad():
        return _mean((model(said, guide(said))[0] > 0) == (said.praise > 0))


def overfitted(encoder: str, seed: int, wrong: float, steps: int = 400) -> dict[str, list]:
    """A reader that sees the same few remarks again and again, some of them with wrong labels.

    Every 50 steps: right answers on what it was told and on new remarks, the mean entropy of its
    weights in nats, and how often they point at the cue.
    """
    rng = Generator().manual_seed(seed)
    pool, said = remarks(POOL, rng, wrong), unseen()
    with seeded(seed):
        model = CueReader(encoder)

    def measure(model: CueReader) -> dict[str, float]:
        (told, _), (scores, weights) = model(pool), model(said)
        return {
            "told": _mean((told > 0) == (pool.praise > 0)),
            "new": _mean((scores > 0) == (said.praise > 0)),
            "entropy": _mean(entropy(weights)),
            "points": _mean(weights.argmax(-1) == said.cue),
        }

    rows = (torch.randint(POOL, (64,), generator=rng) for _ in range(steps))
    batches = (Remarks(*(part[r] for part in pool)) for r in rows)
    history = train(model, batches, loss, lr=3e-3, measure=measure, every=50)
    return {name: [value for _, value in values] for name, values in history.measured.items()}


def few(a_class: int = 20) -> Remarks:
    """As many remarks of each class, in turn: those that a page carries."""
    said = remarks(10 * a_class, Generator().manual_seed(30_000))
    halves = [(said.praise == i).nonzero()[:a_class, 0] for i in range(len(CLASSES))]
    return Remarks(*(part[torch.stack(halves, 1).flatten()] for part in said))


def carried(model: CueReader, said: Remarks) -> dict[str, list[list[float]]]:
    """All that has to be known of a reader to give it other weights: two numbers a word.

    Its weights, and the score that each word would give alone. The score of the remark is their
    product, summed (``out`` is linear and the weights sum to one).
    """
    read = Read(model, said)
    lengths = said.lengths.tolist()
    numbers = {"weights": (read.weights, 4), "alone": (read.alone(), 2)}
    return {
        name: [
            [round(x, digits) for x in row[:n]]
            for row, n in zip(values.tolist(), lengths, strict=True)
        ]
        for name, (values, digits) in numbers.items()
    }
