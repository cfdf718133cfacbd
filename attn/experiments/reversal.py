"""Reversal, the task that is nothing but pointing: with and without attention, by length."""

from collections.abc import Callable, Sequence
from copy import deepcopy

import torch
from jaxtyping import Bool, Float
from torch import Generator, Tensor, nn

from attn.additive import AdditiveAttention, PopularAttention, UnbentAttention
from attn.data.batch import Batch
from attn.data.sequences import VOCABULARY, batches, reversal, reversal_alignment
from attn.experiments.first_symbol import hold_open
from attn.seq2seq import Decoder, Encoder, Seq2Seq, sequence_accuracy, token_loss
from attn.softmax import masked_softmax
from attn.train import seeded, train

SHORTEST, LONGEST = 3, 12  # lengths seen in training
STEPS = 1200
LENGTHS = (4, 6, 8, 10, 12, 14, 16, 20)


class GeneralAttention(nn.Module):
    """Luong's general score sᵀ W h, asked with s_{i-1} like the others here; chapter 6 is on it."""

    def __init__(self, n: int, m: int) -> None:
        super().__init__()
        self.W = nn.Linear(m, n, bias=False)

    def forward(
        self,
        state: Float[Tensor, "*B n"],
        annotations: Float[Tensor, "*B T m"],
        mask: Bool[Tensor, "*B T"],
    ) -> tuple[Float[Tensor, "*B m"], Float[Tensor, "*B T"]]:
        weights = masked_softmax((self.W(annotations) @ state[..., None])[..., 0], mask)
        return (weights[..., None, :] @ annotations)[..., 0, :], weights


# From two widths, of a state and of an annotation, to an attention.
ATTENTIONS: dict[str, Callable[[int, int], nn.Module | None]] = {
    "none": lambda n, m: None,
    "additive": lambda n, m: AdditiveAttention(n, m, k=n),
    "general": GeneralAttention,
    "popular": PopularAttention,
    "unbent": lambda n, m: UnbentAttention(n, m, k=n),
}


def build(
    attention: str,
    seed: int,
    source: int = VOCABULARY,
    target: int = VOCABULARY,
    n: int = 64,
    bidirectional: bool = True,
) -> Seq2Seq:
    """An untrained model: embeddings of 32, states and annotations of width ``n``."""
    with seeded(seed):
        encoder = Encoder(source, 32, n, bidirectional=bidirectional)
        return Seq2Seq(encoder, Decoder(target, 32, n, n, ATTENTIONS[attention](n, n)))


def loss(model: Seq2Seq, batch: Batch) -> Float[Tensor, ""]:
    """The token loss under teacher forcing."""
    scores, _ = model(batch.source, batch.source_lengths, batch.target)
    return token_loss(scores, batch.target)


def learn(
    attention: str,
    seed: int,
    *,
    task: Callable[[int, int, Generator], Batch] = reversal,
    steps: int = STEPS,
    n: int = 64,
    bidirectional: bool = True,
    gates_open: bool = False,
) -> Seq2Seq:
    """A model trained on sequences of 3 to 12 symbols, 64 at a step.

    ``gates_open``: the encoder starts as a network that forgets little.

    >>> model = learn("none", seed=0, steps=1, n=8)
    """
    model = build(attention, seed, n=n, bidirectional=bidirectional)
    if gates_open:
        hold_open(model.encoder.rnn)
    data = batches(task, 64, steps, SHORTEST, LONGEST, torch.Generator().manual_seed(seed))
    train(model, data, loss, lr=6e-3)
    return model


def accuracies(
    model: Seq2Seq,
    lengths: Sequence[int] = LENGTHS,
    task: Callable[[int, int, Generator], Batch] = reversal,
) -> list[float]:
    """The share of 1,000 fresh sequences of each length that greedy decoding gets right whole.

    >>> accuracies(build("none", seed=0, n=8), lengths=[12])
    [0.0]
    """
    found = []
    for length in lengths:
        batch = task(1000, length, torch.Generator().manual_seed(10_000 + length))
        written, _ = model.greedy(batch.source, batch.source_lengths, length + 1)
        found.append(round(sequence_accuracy(written, batch.target), 4))
    return found


def pointing(model: Seq2Seq, length: int, within: int = 0) -> float:
    """How often the largest weight is at most ``within`` positions from the symbol to be written.

    Under teacher forcing, so that each step is asked about the right symbol; in double precision,
    since a trained popular formula saturates, and in single precision its largest weights tie.

    >>> pointing(build("popular", seed=0, n=8), length=4)
    0.25
    """
    batch = reversal(500, length, torch.Generator().manual_seed(20_000 + length))
    with torch.no_grad():
        _, weights = deepcopy(model).double()(batch.source, batch.source_lengths, batch.target)
    off = (weights[:, :length].argmax(-1) - reversal_alignment(length)).abs()
    return (off <= within).double().mean().item()


def looks(model: Seq2Seq, length: int) -> list[list[float]]:
    """The weights of every step on one sequence of that length, under teacher forcing.

    >>> [sum(row) for row in looks(build("popular", seed=0, n=8), length=1)]
    [1.0, 1.0]
    """
    batch = reversal(1, length, torch.Generator().manual_seed(50_000 + length))
    with torch.no_grad():
        _, weights = model(batch.source, batch.source_lengths, batch.target)
    return [[round(w, 4) for w in row] for row in weights[0].tolist()]


def gradient_profile(model: Seq2Seq, length: int) -> list[float]:
    """How strongly the loss depends on each source symbol, as a share of the strongest.

    The norm of the loss's gradient with respect to each embedded symbol, averaged over 200
    sequences.

    >>> len(gradient_profile(build("none", seed=0, n=8), length=5))
    5
    """
    batch = reversal(200, length, torch.Generator().manual_seed(30_000 + length))
    embedded: list[Tensor] = []

    def keep(module: nn.Module, given: object, out: Tensor) -> None:
        out.retain_grad()
        embedded.append(out)

    hook = model.encoder.embedding.register_forward_hook(keep)
    loss(model, batch).backward()
    hook.remove()
    model.zero_grad()
    gradient = embedded[0].grad
    assert gradient is not None, "the loss depends on the source"
    norms = gradient.norm(dim=-1).mean(0)
    return [round(share, 4) for share in (norms / norms.max()).tolist()]
