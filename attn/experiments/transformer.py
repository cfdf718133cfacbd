"""What holds a Transformer together: norms and warm-up, skips, scale; and a translation by it."""

from collections.abc import Iterable, Iterator
from typing import Any

import torch
from jaxtyping import Float, Int
from torch import Generator, Tensor, nn

from attn.alignment import Pair, most_read_pairs
from attn.data.batch import PAD, Batch
from attn.data.dates import ISO_LENGTH, VOCABULARY, Date, batch
from attn.experiments import translation
from attn.positions import sinusoidal_encoding
from attn.seq2seq import sequence_accuracy, token_loss
from attn.train import History, seeded, train
from attn.transformer import EncoderBlock, Transformer

SYMBOLS, LENGTH = 10, 16  # of the sequences that the deep encoder turns round
STEPS, WARM_UP, PEAK = 400, 200, 3e-3


class Reverser(nn.Module):
    """``depth`` encoder blocks that say, at every place, what stands at the mirrored one.

    ``spread`` is the deviation of the embeddings' first values, D^(-1/2) where it is None.
    """

    def __init__(
        self, norm: str, depth: int = 6, spread: float | None = None, skip: bool = True
    ) -> None:
        super().__init__()
        D = 64
        self.embedding = nn.Embedding(SYMBOLS, D)
        nn.init.normal_(self.embedding.weight, std=D**-0.5 if spread is None else spread)
        self.blocks = nn.ModuleList(
            EncoderBlock(D, 4, 2 * D, norm=norm, skip=skip) for _ in range(depth)
        )
        self.speak = nn.Linear(D, SYMBOLS)

    def streams(self, tokens: Int[Tensor, "B T"]) -> list[Float[Tensor, "B T D"]]:
        """The stream before the first block and after each."""
        X = self.embedding(tokens)
        streams = [X + sinusoidal_encoding(*X.shape[-2:], device=X.device, dtype=X.dtype)]
        for block in self.blocks:
            streams.append(block(streams[-1])[0])
        return streams

    def forward(self, tokens: Int[Tensor, "B T"]) -> Float[Tensor, "B T V"]:
        return self.speak(self.streams(tokens)[-1])


def digits(n: int, generator: Generator) -> Int[Tensor, "n T"]:
    """``n`` sequences of sixteen symbols.

    >>> digits(2, Generator().manual_seed(0)).shape
    torch.Size([2, 16])
    """
    return torch.randint(SYMBOLS, (n, LENGTH), generator=generator)


def warmed(
    optimiser: torch.optim.Optimizer, batches: Iterable[Tensor], peak: float, warmup: int
) -> Iterator[Tensor]:
    """The batches; before each, the rate of its step is set: up in a line to ``peak``, then flat.

    >>> sgd = torch.optim.SGD([torch.zeros(1)], lr=9.0)
    >>> [sgd.param_groups[0]["lr"] for _ in warmed(sgd, torch.zeros(3), peak=1.0, warmup=2)]
    [0.5, 1.0, 1.0]
    """
    for step, item in enumerate(batches, start=1):
        for group in optimiser.param_groups:
            group["lr"] = peak * min(1.0, step / warmup) if warmup else peak
        yield item


def reverse_deeply(
    norm: str, warmup: int, seed: int, spread: float | None = None, steps: int = STEPS
) -> History:
    """Six blocks learn to turn sixteen symbols round; ``"right"`` is the share of right places.

    >>> reverse_deeply("pre", warmup=0, seed=0, steps=1).last("right") < 0.5
    True
    """
    with seeded(seed):
        model = Reverser(norm, spread=spread)
    generator = Generator().manual_seed(seed)
    test = digits(200, Generator().manual_seed(1000 + seed))
    optimiser = torch.optim.Adam(model.parameters(), lr=PEAK)
    draws = (digits(64, generator) for _ in range(steps))

    def loss(model: Reverser, tokens: Tensor) -> Tensor:
        return nn.functional.cross_entropy(model(tokens).transpose(1, 2), tokens.flip(1))

    def right(model: Reverser) -> dict[str, float]:
        found = model(test).argmax(-1) == test.flip(1)
        return {"right": round(found.float().mean().item(), 4)}

    return train(
        model,
        warmed(optimiser, draws, PEAK, warmup),
        loss,
        optimiser=optimiser,
        measure=right,
        every=50,
    )


def likeness(skip: bool, depth: int = 12, seed: int = 0) -> list[float]:
    """Mean cosine between two positions' streams, before the first block and after each, untrained.

    1 means that all positions are one direction: whatever is read off one can be read off another.

    >>> flat, held = likeness(skip=False), likeness(skip=True)
    >>> flat[-1] > 0.99 > held[-1]
    True
    """
    with seeded(seed):
        model = Reverser("pre", depth=depth, spread=1.0, skip=skip)
    with torch.no_grad():
        streams = model.streams(digits(20, Generator().manual_seed(seed)))
    return [round(likeness_of(X), 4) for X in streams]


def likeness_of(X: Float[Tensor, "B T D"]) -> float:
    """Mean cosine between two different positions of one sequence.

    >>> likeness_of(torch.tensor([[[1.0, 0.0], [1.0, 0.0]]]))
    1.0
    """
    unit = nn.functional.normalize(X, dim=-1)
    others = ~torch.eye(X.shape[1], dtype=torch.bool, device=X.device)
    return (unit @ unit.transpose(-1, -2))[:, others].mean().item()


# ------------------------------------------------------------------ dates: scale and spread


def small(sources: int, targets: int, seed: int, **options: Any) -> Transformer:
    """An untrained Transformer of two blocks each, 64 wide, with four heads."""
    with seeded(seed):
        return Transformer(sources, targets, D=64, H=4, F=128, depth=2, **options)


def loss(model: Transformer, batch: Batch) -> Float[Tensor, ""]:
    """Cross-entropy of the right tokens, each given the right ones before it."""
    scores, _ = model(batch.source, batch.source_lengths, batch.target)
    return token_loss(scores, batch.target)


def write_dates(
    scaled: bool,
    spread: float | None,
    seed: int,
    training: list[Date],
    test: list[Date],
    steps: int = 600,
) -> History:
    """A Transformer learns dates; ``"exact"`` is the share of ``test`` right to the last character.

    >>> from attn.data.dates import dates
    >>> few = dates(4, Generator().manual_seed(0))
    >>> write_dates(True, None, 0, few, few, steps=1).last("exact")
    0.0
    """
    model = small(len(VOCABULARY), len(VOCABULARY), seed, scaled=scaled, spread=spread)
    generator = Generator().manual_seed(seed)
    asked = batch(test)

    def draws() -> Iterator[Batch]:
        for _ in range(steps):
            chosen = torch.randint(len(training), (64,), generator=generator)
            yield batch([training[i] for i in chosen.tolist()])

    def right(model: Transformer) -> dict[str, float]:
        written, _ = model.greedy(asked.source, asked.source_lengths, ISO_LENGTH + 1)
        return {"exact": round(sequence_accuracy(written, asked.target), 4)}

    return train(model, draws(), loss, lr=2e-3, measure=right, every=100)


# ------------------------------------------------------------------ translation


def translate(
    seed: int, of: translation.Task, steps: int = 600, smoothing: float = 0.0
) -> Transformer:
    """A Transformer trained on generated English and French, 64 random sentences at a step.

    With ``smoothing``, that share of each target's probability is spread over the vocabulary.

    >>> model = translate(0, translation.task(), steps=1)
    """
    model = small(len(of.english), len(of.french), seed)
    generator = Generator().manual_seed(seed)

    def draws() -> Iterator[Batch]:
        for _ in range(steps):
            chosen = torch.randint(len(of.training), (64,), generator=generator)
            yield of.batch([of.training[i] for i in chosen.tolist()])

    def smoothed(model: Transformer, batch: Batch) -> Tensor:
        scores, _ = model(batch.source, batch.source_lengths, batch.target)
        return nn.functional.cross_entropy(
            scores.transpose(1, 2), batch.target, ignore_index=PAD, label_smoothing=smoothing
        )

    train(model, draws(), smoothed, lr=2e-3)
    return model


@torch.no_grad()
def sureness(model: Transformer, of: translation.Task) -> tuple[float, float]:
    """Perplexity a word on the held-out sentences, and the mean probability of the likeliest word.

    >>> untrained = small(len(translation.task().english), len(translation.task().french), 0)
    >>> sureness(untrained, translation.task())[0] > 10
    True
    """
    asked = of.batch(of.test)
    scores, _ = model(asked.source, asked.source_lengths, asked.target)
    likeliest = scores.softmax(-1).amax(-1)[asked.target != PAD].mean().item()
    return round(token_loss(scores, asked.target).exp().item(), 4), round(likeliest, 4)


def copycat(of: translation.Task, steps: int = 150) -> tuple[Transformer, History]:
    """A Transformer whose decoder is fed the targets as they are, *not* shifted right: a mistake.

    >>> model, history = copycat(translation.task(), steps=1)
    """
    model = small(len(of.english), len(of.french), seed=0)
    generator = Generator().manual_seed(0)

    def told(model: Transformer, batch: Batch) -> Tensor:
        memory = model.encode(batch.source, batch.source_lengths)
        scores, _ = model.decode(batch.target, *memory)
        return token_loss(scores, batch.target)

    def draws() -> Iterator[Batch]:
        for _ in range(steps):
            chosen = torch.randint(len(of.training), (64,), generator=generator)
            yield of.batch([of.training[i] for i in chosen.tolist()])

    return model, train(model, draws(), told, lr=2e-3)


def written_out(model: Transformer, of: translation.Task) -> list[list[str]]:
    """What the model writes for every held-out sentence, as words."""
    asked = of.batch(of.test)
    written, _ = model.greedy(asked.source, asked.source_lengths, asked.target.shape[1])
    return [of.french.decode(row) for row in written.tolist()]


def exact(model: Transformer, of: translation.Task) -> float:
    """The share of held-out sentences whose French is right word for word."""
    pairs = zip(written_out(model, of), of.test, strict=True)
    return sum(words == list(sentence.french) for words, sentence in pairs) / len(of.test)


def error_rates(model: Transformer, of: translation.Task) -> list[list[float]]:
    """The alignment error rate of each layer's (row) and head's (column) largest weights."""
    asked = of.batch(of.test)
    with torch.no_grad():
        _, weights = model(asked.source, asked.source_lengths, asked.target)
    return [
        [round(translation.error_rate(_pairs(head, of), of), 4) for head in layer.unbind(1)]
        for layer in weights.unbind(1)
    ]


def _pairs(weights: Float[Tensor, "B Tq Tk"], of: translation.Task) -> set[Pair]:
    return {
        (n, i, j)
        for n, sentence in enumerate(of.test)
        for i, j in most_read_pairs(weights[n, : len(sentence.french), : len(sentence.english)])
    }
