"""Encoder and decoder: one network reads a sequence, another writes one.

The decoder takes its attention as an argument: any function or module of the type ``Attention``.
"""

from collections.abc import Callable
from typing import Any, NamedTuple, Protocol, runtime_checkable

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from attn.data.batch import BOS, EOS, PAD
from attn.masks import padding_mask

# (state (B, n), annotations (B, T, m), mask (B, T)) to (context (B, m), weights (B, T)).
Attention = Callable[[Tensor, Tensor, Tensor], tuple[Tensor, Tensor]]


class Memory(NamedTuple):
    """What the encoder hands over: an annotation a position, which are real, and a summary."""

    annotations: Float[Tensor, "B T m"]
    mask: Bool[Tensor, "B T"]
    summary: Float[Tensor, "B m"]


class Encoder(nn.Module):
    """Reads token sequences with a GRU or an LSTM, forwards or both ways.

    ``m`` is the width of an annotation; both ways, each direction has half of it. Padding is
    packed away, so that it changes nothing. The summary is the state after the last real token,
    of both directions one behind the other: what Cho et al. 2014 and Sutskever et al. 2014 pass on.

    >>> encoder = Encoder(vocabulary=9, width=4, m=6)
    >>> memory = encoder(torch.tensor([[3, 4, 5], [3, 0, 0]]), torch.tensor([3, 1]))
    >>> memory.annotations.shape, memory.summary.shape
    (torch.Size([2, 3, 6]), torch.Size([2, 6]))
    """

    def __init__(
        self, vocabulary: int, width: int, m: int, cell: str = "gru", bidirectional: bool = True
    ) -> None:
        super().__init__()
        if cell not in ("gru", "lstm"):
            raise ValueError(f"cell is {cell!r}; it can be 'gru' or 'lstm'")
        if bidirectional and m % 2:
            raise ValueError(f"m is {m}; both ways, it must be even")
        self.embedding = nn.Embedding(vocabulary, width, padding_idx=PAD)
        network = nn.GRU if cell == "gru" else nn.LSTM
        hidden = m // 2 if bidirectional else m
        self.rnn = network(width, hidden, batch_first=True, bidirectional=bidirectional)

    def forward(self, tokens: Int[Tensor, "B T"], lengths: Int[Tensor, " B"]) -> Memory:
        embedded = self.embedding(tokens)
        # The lengths of a packed sequence live on the CPU, whatever the device is.
        packed = pack_padded_sequence(embedded, lengths.cpu(), True, enforce_sorted=False)
        states, last = self.rnn(packed)
        annotations, _ = pad_packed_sequence(states, True, total_length=tokens.shape[1])
        last = last[0] if isinstance(last, tuple) else last
        summary = last.transpose(0, 1).flatten(1)
        return Memory(annotations, padding_mask(lengths, tokens.shape[1]), summary)


class Decoder(nn.Module):
    """Writes a sequence, one token at a time: look, then move, then speak.

    At step i it looks with its state s_{i-1} and gets a context c_i; a GRU cell makes s_i of
    s_{i-1}, the last token and c_i; and s_i, c_i and the last token give the next one's scores
    (the order of Bahdanau et al. 2015). Without ``attention``, the context is the encoder's
    summary at every step (Cho et al. 2014), and the weights are zero: no annotation is read.

    >>> decoder = Decoder(vocabulary=9, width=4, n=6, m=6)
    """

    def __init__(
        self, vocabulary: int, width: int, n: int, m: int, attention: Attention | None = None
    ) -> None:
        super().__init__()
        self.embedding = nn.Embedding(vocabulary, width, padding_idx=PAD)
        self.first = nn.Linear(m, n)
        self.cell = nn.GRUCell(width + m, n)
        self.out = nn.Linear(n + m + width, vocabulary)
        self.attention = attention

    def start(self, memory: Memory) -> Float[Tensor, "B n"]:
        """The state before the first token."""
        return self.first(memory.summary).tanh()

    def look(
        self, state: Float[Tensor, "B n"], memory: Memory
    ) -> tuple[Float[Tensor, "B m"], Float[Tensor, "B T"]]:
        """The context for this state, and the weights it was made with."""
        if self.attention is None:
            return memory.summary, torch.zeros_like(memory.annotations[..., 0])
        return self.attention(state, memory.annotations, memory.mask)

    def step(
        self, token: Int[Tensor, " B"], state: Float[Tensor, "B n"], memory: Memory
    ) -> tuple[Float[Tensor, "B V"], Float[Tensor, "B n"], Float[Tensor, "B T"]]:
        """Scores for the next token, the new state, and where the step looked."""
        context, weights = self.look(state, memory)
        embedded = self.embedding(token)
        state = self.cell(torch.cat([embedded, context], -1), state)
        return self.out(torch.cat([state, context, embedded], -1)), state, weights


@runtime_checkable
class Steps(Protocol):
    """What writes one token at a time, in whatever order; its state is nobody else's business."""

    def start(self, memory: Memory) -> Any: ...

    def step(
        self, token: Int[Tensor, " B"], state: Any, memory: Memory
    ) -> tuple[Float[Tensor, "B V"], Any, Float[Tensor, "B T"]]: ...


class Seq2Seq(nn.Module):
    """An encoder and a decoder."""

    def __init__(self, encoder: Encoder, decoder: Steps) -> None:
        super().__init__()
        self.encoder, self.decoder = encoder, decoder

    def forward(
        self, source: Int[Tensor, "B Ts"], lengths: Int[Tensor, " B"], target: Int[Tensor, "B Tt"]
    ) -> tuple[Float[Tensor, "B Tt V"], Float[Tensor, "B Tt Ts"]]:
        """Teacher forcing: the scores of every target token given the *true* tokens before it.

        The decoder's input is the target shifted right behind BOS, so that no step sees its answer.
        """
        memory = self.encoder(source, lengths)
        state = self.decoder.start(memory)
        scores, weights = [], []
        for token in shift_right(target).unbind(1):
            score, state, weight = self.decoder.step(token, state, memory)
            scores.append(score)
            weights.append(weight)
        return torch.stack(scores, 1), torch.stack(weights, 1)

    @torch.no_grad()
    def greedy(
        self, source: Int[Tensor, "B Ts"], lengths: Int[Tensor, " B"], longest: int
    ) -> tuple[Int[Tensor, "B {longest}"], Float[Tensor, "B {longest} Ts"]]:
        """The most likely token at every step, fed back in; PAD after EOS. And where it looked."""
        memory = self.encoder(source, lengths)
        state = self.decoder.start(memory)
        token = source.new_full((len(source),), BOS)
        done = torch.zeros_like(token, dtype=torch.bool)
        tokens, weights = [], []
        for _ in range(longest):
            score, state, weight = self.decoder.step(token, state, memory)
            token = score.argmax(-1).masked_fill(done, PAD)
            done = done | (token == EOS)
            tokens.append(token)
            weights.append(weight)
        return torch.stack(tokens, 1), torch.stack(weights, 1)


def shift_right(target: Int[Tensor, "B T"]) -> Int[Tensor, "B T"]:
    """What the decoder is fed: BOS, then the target without its last token.

    >>> shift_right(torch.tensor([[5, 6, 2]]))
    tensor([[1, 5, 6]])
    """
    return torch.cat([torch.full_like(target[:, :1], BOS), target[:, :-1]], 1)


def token_loss(scores: Float[Tensor, "B T V"], target: Int[Tensor, "B T"]) -> Float[Tensor, ""]:
    """Mean cross-entropy over the real tokens; padding counts for nothing."""
    return nn.functional.cross_entropy(scores.transpose(1, 2), target, ignore_index=PAD)


def sequence_accuracy(written: Int[Tensor, "B Tw"], target: Int[Tensor, "B Tt"]) -> float:
    """The share of sequences that are right as a whole, up to and with EOS.

    >>> sequence_accuracy(torch.tensor([[5, 2, 0], [6, 6, 2]]), torch.tensor([[5, 2], [6, 2]]))
    0.5
    """
    longest = max(written.shape[1], target.shape[1])
    a, b = (nn.functional.pad(x, (0, longest - x.shape[1]), value=PAD) for x in (written, target))
    return (a == b).all(1).float().mean().item()
