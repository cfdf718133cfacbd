"""Copy and reversal: when a window on the source helps, and when it looks the wrong way."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Generator, Tensor

from attn.data.batch import Batch
from attn.data.sequences import VOCABULARY, batches, copy, reversal, reversal_alignment
from attn.local import LocalAttention, LocalDecoder, PredictedPosition
from attn.luong import GeneralScore, GlobalAttention, LuongDecoder
from attn.seq2seq import Encoder, Seq2Seq, sequence_accuracy, token_loss
from attn.train import seeded, train

WIDTH, STEPS, D = 48, 450, 2
EARLY = 100  # steps after which a beginner is asked where it looks
SHORTEST, LONGEST = 4, 10  # lengths seen in training
LENGTHS = (6, 10)
ATTENTIONS = ("global", "local-m", "local-p")
TASKS: dict[str, Callable[[int, int, Generator], Batch]] = {"copy": copy, "reversal": reversal}


def build(attention: str, seed: int, reach: int = D) -> Seq2Seq:
    """An untrained model of Luong's order with input feeding and the general score."""
    with seeded(seed):
        encoder = Encoder(VOCABULARY, 32, WIDTH)
        score = GeneralScore(WIDTH, WIDTH)
        sizes = (VOCABULARY, 32, WIDTH, WIDTH)
        if attention == "global":
            return Seq2Seq(encoder, LuongDecoder(*sizes, GlobalAttention(score)))
        position = PredictedPosition(WIDTH, WIDTH) if attention == "local-p" else None
        return Seq2Seq(encoder, LocalDecoder(*sizes, LocalAttention(score, reach, position)))


def loss(model: Seq2Seq, batch: Batch) -> Float[Tensor, ""]:
    """The token loss under teacher forcing."""
    scores, _ = model(batch.source, batch.source_lengths, batch.target)
    return token_loss(scores, batch.target)


def learn(attention: str, task: str, seed: int, steps: int = STEPS, reach: int = D) -> Seq2Seq:
    """A model trained on sequences of 4 to 10 symbols, 64 at a step.

    >>> model = learn("local-m", "copy", seed=0, steps=1)
    """
    model = build(attention, seed, reach)
    generator = torch.Generator().manual_seed(seed)
    train(model, batches(TASKS[task], 64, steps, SHORTEST, LONGEST, generator), loss, lr=8e-3)
    return model


def accuracies(model: Seq2Seq, task: str, lengths: Sequence[int] = LENGTHS) -> list[float]:
    """The share of 300 fresh sequences of each length that are written right as a whole."""
    found = []
    for length in lengths:
        batch = TASKS[task](300, length, torch.Generator().manual_seed(10_000 + length))
        written, _ = model.greedy(batch.source, batch.source_lengths, length + 1)
        found.append(round(sequence_accuracy(written, batch.target), 4))
    return found


class Looks(NamedTuple):
    """Where a model looks, under teacher forcing, over 200 fresh sequences of one length."""

    near: Float[Tensor, " T"]  # of each step: the share within one position of the right one
    total: Float[Tensor, " T"]  # of each step: the sum of its weights
    weights: Float[Tensor, "T T"]  # their mean, a row a step


@torch.no_grad()
def looks(model: Seq2Seq, task: str, length: int = LONGEST) -> Looks:
    """Where the model looks at each step of the task.

    >>> looks(build("global", seed=0), "copy", length=3).total
    tensor([1., 1., 1.])
    """
    batch = TASKS[task](200, length, torch.Generator().manual_seed(20_000 + length))
    _, weights = model(batch.source, batch.source_lengths, batch.target)
    weights = weights[:, :length]
    right = torch.arange(length) if task == "copy" else reversal_alignment(length)
    near = ((weights.argmax(-1) - right).abs() <= 1).float().mean(0)
    return Looks(near, weights.sum(-1).mean(0), weights.mean(0))


def centres(model: Seq2Seq, task: str, length: int = LONGEST) -> Float[Tensor, " T"]:
    """Of each step: the mean of the position p_t that local-p predicts, over the same sequences.

    >>> centres(build("local-p", seed=0), "copy", length=2).shape
    torch.Size([2])
    """
    assert isinstance(model.decoder, LocalDecoder)
    attention, kept = model.decoder.attention, []
    assert isinstance(attention, LocalAttention)
    assert attention.position is not None
    hook = attention.position.register_forward_hook(lambda _, given, p: kept.append(p.mean()))
    looks(model, task, length)
    hook.remove()
    return torch.stack(kept[:length])
