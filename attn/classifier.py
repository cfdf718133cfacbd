"""A sentence in, one number out: an encoder, a pooling, and a verdict."""

from collections.abc import Callable

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from attn.attention_pooling import AttentionPooling
from attn.data.sentiment import Labelled
from attn.seq2seq import Encoder, Memory


class Classifier(nn.Module):
    """Encoder, pooling, one linear unit: a score above 0 says "praise".

    ``pool`` makes one vector (B, m) and weights (B, T) of the encoder's ``Memory``: see ``POOLS``.
    ``dropout`` falls on the words' vectors and on the pooled one.

    >>> model = Classifier(vocabulary=9, width=4, m=6, pool="mean", cell="gru")
    >>> score, weights = model(torch.tensor([[4, 5, 0]]), torch.tensor([2]))
    >>> score.shape, weights
    (torch.Size([1]), tensor([[0.5000, 0.5000, 0.0000]]))
    """

    def __init__(
        self,
        vocabulary: int,
        width: int,
        m: int,
        pool: str,
        cell: str,
        bidirectional: bool = True,
        dropout: float = 0.0,
        k: int = 32,
    ) -> None:
        super().__init__()
        self.encoder = Encoder(vocabulary, width, m, cell, bidirectional)
        embedding = nn.Sequential(self.encoder.embedding, nn.Dropout(dropout))
        self.encoder.add_module("embedding", embedding)
        self.pool = POOLS[pool](m, k)
        self.dropout = nn.Dropout(dropout)
        self.out = nn.Linear(m, 1)

    def forward(
        self, tokens: Int[Tensor, "B T"], lengths: Int[Tensor, " B"]
    ) -> tuple[Float[Tensor, " B"], Float[Tensor, "B T"]]:
        """The score of each sentence, and how much each word was read."""
        pooled, weights = self.pool(self.encoder(tokens, lengths))
        return self.out(self.dropout(pooled))[..., 0], weights


class LastState(nn.Module):
    """What the encoder's last step knows (both ways: each direction's). No word has a weight."""

    def forward(self, memory: Memory) -> tuple[Tensor, Tensor]:
        return memory.summary, torch.zeros_like(memory.annotations[..., 0])


class Mean(nn.Module):
    """Every word counts alike: 1 / length."""

    def forward(self, memory: Memory) -> tuple[Tensor, Tensor]:
        weights = memory.mask.to(memory.annotations.dtype)
        weights = weights / weights.sum(-1, keepdim=True).clamp(min=1)
        return (weights[..., None, :] @ memory.annotations)[..., 0, :], weights


class Largest(nn.Module):
    """Of every number of the annotations, the largest; a word's weight is its share of wins."""

    def forward(self, memory: Memory) -> tuple[Tensor, Tensor]:
        hidden = memory.annotations.masked_fill(~memory.mask[..., None], -torch.inf)
        largest, at = hidden.max(-2)
        wins = nn.functional.one_hot(at, hidden.shape[-2]).to(hidden.dtype).mean(-2)
        return largest, wins


class Attention(nn.Module):
    """A learned query decides: ``attn.attention_pooling``."""

    def __init__(self, m: int, k: int) -> None:
        super().__init__()
        self.read = AttentionPooling(m, k)

    def forward(self, memory: Memory) -> tuple[Tensor, Tensor]:
        weights = self.read.weights(memory.annotations, memory.mask)
        return (weights[..., None, :] @ memory.annotations)[..., 0, :], weights


POOLS: dict[str, Callable[[int, int], nn.Module]] = {
    "last": lambda m, k: LastState(),
    "mean": lambda m, k: Mean(),
    "max": lambda m, k: Largest(),
    "attention": Attention,
}


def verdict_loss(model: nn.Module, batch: Labelled) -> Tensor:
    """Mean cross-entropy of the scores against the labels."""
    scores, _ = model(batch.tokens, batch.lengths)
    return nn.functional.binary_cross_entropy_with_logits(scores, batch.positive)


def accuracy(model: nn.Module, batch: Labelled) -> float:
    """The share of sentences whose score is on the right side of 0."""
    scores, _ = model(batch.tokens, batch.lengths)
    return ((scores > 0) == (batch.positive > 0)).double().mean().item()
