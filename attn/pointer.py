"""Pointing at the source: a decoder that can copy what it reads, and remembers what it has read."""

from typing import NamedTuple

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn

from attn.data.batch import PAD
from attn.seq2seq import Memory
from attn.softmax import masked_softmax


class CoverageAttention(nn.Module):
    """e_i = vᵀ tanh(W_h h_i + W_s s_t + w_c c_i + b): the coverage c_i takes part in the score.

    See et al. 2017, equation 11; without ``remembers`` the term of w_c is left out (equation 1).
    Parameters: ``W_h`` (k, m), ``W_s`` (k, n) with the bias b, ``w_c`` (k, 1), ``v`` (1, k).

    >>> attend = CoverageAttention(n=2, m=3, k=4)
    >>> attend(torch.ones(2), torch.ones(5, 3), torch.ones(5) > 0, torch.zeros(5))[1].shape
    torch.Size([5])
    """

    def __init__(self, n: int, m: int, k: int, remembers: bool = True) -> None:
        super().__init__()
        self.W_h = nn.Linear(m, k, bias=False)
        self.W_s = nn.Linear(n, k)
        self.w_c = nn.Linear(1, k, bias=False) if remembers else None
        self.v = nn.Linear(k, 1, bias=False)

    def forward(
        self,
        state: Float[Tensor, "*B n"],
        annotations: Float[Tensor, "*B T m"],
        mask: Bool[Tensor, "*B T"],
        coverage: Float[Tensor, "*B T"],
    ) -> tuple[Float[Tensor, "*B m"], Float[Tensor, "*B T"]]:
        """The context (*B, m) and the weights (*B, T), given what earlier steps have read."""
        hidden = self.W_h(annotations) + self.W_s(state)[..., None, :]
        if self.w_c is not None:
            hidden = hidden + self.w_c(coverage[..., None])
        weights = masked_softmax(self.v(hidden.tanh())[..., 0], mask)
        return (weights[..., None, :] @ annotations)[..., 0, :], weights


def copy_distribution(
    p_gen: Float[Tensor, "*B"],
    vocabulary: Float[Tensor, "*B V"],
    weights: Float[Tensor, "*B T"],
    source: Int[Tensor, "*B T"],
    size: int,
) -> Float[Tensor, "*B {size}"]:
    """P(w) = p_gen P_vocab(w) + (1 - p_gen) Σ_{i: w_i = w} a_i (See et al. 2017, equation 9).

    ``source`` holds the numbers of the source's words, which may go beyond the V known ones: a word
    that is in no vocabulary has the number V + i, i counting such words of this source. ``size`` is
    at least V and larger than every number in ``source``.

    >>> known, copied = torch.tensor([0.5, 0.5]), torch.tensor([0.25, 0.5, 0.25])
    >>> copy_distribution(torch.tensor(0.5), known, copied, torch.tensor([1, 2, 1]), 3)
    tensor([0.2500, 0.5000, 0.2500])
    """
    unknown = size - vocabulary.shape[-1]
    generated = nn.functional.pad(p_gen[..., None] * vocabulary, (0, unknown))
    return generated.scatter_add(-1, source, (1 - p_gen)[..., None] * weights)


def coverage(weights: Float[Tensor, "*B Tq T"]) -> Float[Tensor, "*B Tq T"]:
    """c^t = Σ_{t' < t} a^{t'}: what was read before each step, zeros at first (equation 10).

    >>> coverage(torch.tensor([[1.0, 0.0], [0.5, 0.5], [0.0, 1.0]]))
    tensor([[0.0000, 0.0000],
            [1.0000, 0.0000],
            [1.5000, 0.5000]])
    """
    return weights.cumsum(-2) - weights


def coverage_loss(weights: Float[Tensor, "*B Tq T"]) -> Float[Tensor, "*B Tq"]:
    """Σ_i min(a_i^t, c_i^t): how much each step reads again what was read before (equation 12).

    >>> coverage_loss(torch.tensor([[1.0, 0.0], [0.5, 0.5], [0.0, 1.0]]))
    tensor([0.0000, 0.5000, 0.5000])
    """
    return torch.minimum(weights, coverage(weights)).sum(-1)


class PointerState(NamedTuple):
    """The cell's state, the last context, and the weights of all steps so far, added up."""

    h: Float[Tensor, "B n"]
    context: Float[Tensor, "B m"]
    coverage: Float[Tensor, "B T"]


class PointerMemory(NamedTuple):
    """An encoder's memory, and the source's numbers in the vocabulary of the targets."""

    memory: Memory
    source: Int[Tensor, "B T"]
    size: int


class PointerDecoder(nn.Module):
    """See et al.'s decoder: moves, looks, and either says a word that it knows or copies one.

    A GRU cell makes s_t of s_{t-1}, the last token and the last context; ``copies`` switches
    p_gen and the copying (without: p_gen = 1), ``remembers`` the coverage in the score. The scores
    of a step are log P(w). Unknown words are embedded as ``unknown``.

    >>> decoder = PointerDecoder(vocabulary=9, width=4, n=6, m=6, unknown=3)
    """

    def __init__(
        self,
        vocabulary: int,
        width: int,
        n: int,
        m: int,
        unknown: int,
        copies: bool = True,
        remembers: bool = True,
    ) -> None:
        super().__init__()
        self.embedding = nn.Embedding(vocabulary, width, padding_idx=PAD)
        self.first = nn.Linear(m, n)
        self.cell = nn.GRUCell(width + m, n)
        self.attention = CoverageAttention(n, m, n, remembers)
        self.out = nn.Linear(n + m, vocabulary)
        self.p_gen = nn.Linear(m + n + width, 1) if copies else None
        self.unknown = unknown

    def start(self, memory: PointerMemory) -> PointerState:
        """The state before the first token: nothing has been read."""
        annotations = memory.memory.annotations
        h = self.first(memory.memory.summary).tanh()
        nothing = torch.zeros_like(annotations[..., 0])
        return PointerState(h, torch.zeros_like(annotations[:, 0]), nothing)

    def step(
        self, token: Int[Tensor, " B"], state: PointerState, memory: PointerMemory
    ) -> tuple[Float[Tensor, "B V"], PointerState, Float[Tensor, "B T"]]:
        """log P of the next token (beyond the vocabulary: unknown words of this source)."""
        known = token.masked_fill(token >= self.embedding.num_embeddings, self.unknown)
        embedded = self.embedding(known)
        h = self.cell(torch.cat([embedded, state.context], -1), state.h)
        _, (annotations, mask, _) = h, memory.memory
        context, weights = self.attention(h, annotations, mask, state.coverage)
        vocabulary = self.out(torch.cat([h, context], -1)).softmax(-1)
        p_gen = torch.ones_like(vocabulary[..., 0])
        if self.p_gen is not None:
            p_gen = self.p_gen(torch.cat([context, h, embedded], -1)).sigmoid()[..., 0]
        P = copy_distribution(p_gen, vocabulary, weights, memory.source, memory.size)
        # A word that cannot be said has probability 0, whose logarithm would stop the training.
        log = P.clamp(min=torch.finfo(P.dtype).tiny).log()
        return log, PointerState(h, context, state.coverage + weights), weights
