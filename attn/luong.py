"""Luong's attention: four scores, an attentional vector, and a decoder that feeds it back in."""

from typing import NamedTuple

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn

from attn.data.batch import PAD
from attn.seq2seq import Attention, Memory
from attn.softmax import masked_softmax


def dot_score(
    state: Float[Tensor, "*B n"], annotations: Float[Tensor, "*B T n"]
) -> Float[Tensor, "*B T"]:
    """score(h_t, h̄_s) = h_tᵀ h̄_s, for states and annotations of one width (Luong et al. 2015, 3.1).

    >>> dot_score(torch.tensor([1.0, 2.0]), torch.tensor([[1.0, 0.0], [0.0, 1.0]]))
    tensor([1., 2.])
    """
    return (annotations @ state[..., None])[..., 0]


def general_score(
    state: Float[Tensor, "*B n"], annotations: Float[Tensor, "*B T m"], W_a: Float[Tensor, "n m"]
) -> Float[Tensor, "*B T"]:
    """score(h_t, h̄_s) = h_tᵀ W_a h̄_s.

    The matrix is applied to the state, once a step, and not to every annotation: the product is
    the same, and T times cheaper.

    >>> general_score(torch.tensor([1.0]), torch.eye(2), torch.tensor([[3.0, 4.0]]))
    tensor([3., 4.])
    """
    return dot_score(state @ W_a, annotations)


def concat_score(
    state: Float[Tensor, "*B n"],
    annotations: Float[Tensor, "*B T m"],
    W_a: Float[Tensor, "k n+m"],
    v_a: Float[Tensor, " k"],
) -> Float[Tensor, "*B T"]:
    """score(h_t, h̄_s) = v_aᵀ tanh(W_a [h_t; h̄_s]).

    Cut W_a in two, left of the annotation and right, and it is Bahdanau's score: nothing needs to
    be put side by side.

    >>> W_a, v_a = torch.tensor([[1.0, 1.0]]), torch.tensor([2.0])
    >>> concat_score(torch.tensor([1.0]), torch.tensor([[-1.0], [0.0]]), W_a, v_a)
    tensor([0.0000, 1.5232])
    """
    left, right = W_a[:, : state.shape[-1]], W_a[:, state.shape[-1] :]
    hidden = (state @ left.T)[..., None, :] + annotations @ right.T
    return hidden.tanh() @ v_a


class DotScore(nn.Module):
    """``dot_score`` as a module. No parameters.

    >>> DotScore()(torch.ones(2), torch.ones(4, 2)).tolist()
    [2.0, 2.0, 2.0, 2.0]
    """

    def forward(
        self, state: Float[Tensor, "*B n"], annotations: Float[Tensor, "*B T n"]
    ) -> Float[Tensor, "*B T"]:
        return dot_score(state, annotations)


class GeneralScore(nn.Module):
    """``general_score`` as a module. Parameter: ``W_a`` (n, m), the weight of a linear map.

    >>> GeneralScore(n=2, m=3)(torch.ones(2), torch.ones(4, 3)).shape
    torch.Size([4])
    """

    def __init__(self, n: int, m: int) -> None:
        super().__init__()
        self.W_a = nn.Linear(m, n, bias=False)

    def forward(
        self, state: Float[Tensor, "*B n"], annotations: Float[Tensor, "*B T m"]
    ) -> Float[Tensor, "*B T"]:
        return general_score(state, annotations, self.W_a.weight)


class ConcatScore(nn.Module):
    """``concat_score`` as a module. Parameters: ``W_a`` (k, n + m), ``v_a`` (1, k).

    >>> ConcatScore(n=2, m=3, k=5)(torch.ones(2), torch.ones(4, 3)).shape
    torch.Size([4])
    """

    def __init__(self, n: int, m: int, k: int) -> None:
        super().__init__()
        self.W_a = nn.Linear(n + m, k, bias=False)
        self.v_a = nn.Linear(k, 1, bias=False)

    def forward(
        self, state: Float[Tensor, "*B n"], annotations: Float[Tensor, "*B T m"]
    ) -> Float[Tensor, "*B T"]:
        return concat_score(state, annotations, self.W_a.weight, self.v_a.weight[0])


class LocationScore(nn.Module):
    """a_t = softmax(W_a h_t): a score a position, whatever stands there (equation 8).

    Parameter: ``W_a`` (longest, n). Of a shorter sentence only the first rows are used; positions
    beyond ``longest`` are never read: their score is minus infinity.

    >>> LocationScore(n=2, longest=3)(torch.ones(2), torch.ones(4, 3)).isinf().tolist()
    [False, False, False, True]
    """

    def __init__(self, n: int, longest: int) -> None:
        super().__init__()
        self.W_a = nn.Linear(n, longest, bias=False)

    def forward(
        self, state: Float[Tensor, "*B n"], annotations: Float[Tensor, "*B T m"]
    ) -> Float[Tensor, "*B T"]:
        scores = self.W_a(state)[..., : annotations.shape[-2]]
        beyond = annotations.shape[-2] - scores.shape[-1]
        return nn.functional.pad(scores, (0, beyond), value=-torch.inf)


SCORES = ("dot", "general", "concat", "location")


def score(name: str, n: int, m: int, k: int | None = None, longest: int | None = None) -> nn.Module:
    """The score of that name for states of width n and annotations of width m.

    ``k`` is the number of hidden units of ``concat`` (n, if none is given), ``longest`` the number
    of positions that ``location`` knows.

    >>> score("general", 2, 3).W_a.weight.shape
    torch.Size([2, 3])
    """
    if name == "dot":
        if n != m:
            raise ValueError(f"dot needs one width, but n is {n} and m is {m}: take 'general'")
        return DotScore()
    if name == "general":
        return GeneralScore(n, m)
    if name == "concat":
        return ConcatScore(n, m, k or n)
    if name == "location":
        if longest is None:
            raise ValueError("location needs `longest`, the number of positions that it knows")
        return LocationScore(n, longest)
    raise ValueError(f"no score is called {name!r}; there are: {', '.join(SCORES)}")


class GlobalAttention(nn.Module):
    """a_t = softmax over the whole source of a score (equation 7), c_t = Σ_s a_t(s) h̄_s.

    >>> attend = GlobalAttention(DotScore())
    >>> mask = torch.tensor([[True, True, False]])
    >>> attend(torch.zeros(1, 2), torch.ones(1, 3, 2), mask)[1]
    tensor([[0.5000, 0.5000, 0.0000]])
    """

    def __init__(self, score: nn.Module) -> None:
        super().__init__()
        self.score = score

    def forward(
        self,
        state: Float[Tensor, "*B n"],
        annotations: Float[Tensor, "*B T m"],
        mask: Bool[Tensor, "*B T"],
    ) -> tuple[Float[Tensor, "*B m"], Float[Tensor, "*B T"]]:
        """The context (*B, m) and the weights (*B, T); True in ``mask`` may be read."""
        weights = masked_softmax(self.score(state, annotations), mask)
        return (weights[..., None, :] @ annotations)[..., 0, :], weights


def attentional_vector(
    context: Float[Tensor, "*B m"], state: Float[Tensor, "*B n"], W_c: Float[Tensor, "k m+n"]
) -> Float[Tensor, "*B k"]:
    """h̃_t = tanh(W_c [c_t; h_t]): what was read and what was known, in that order (equation 5).

    >>> attentional_vector(torch.ones(1), torch.zeros(1), torch.tensor([[2.0, 5.0]]))
    tensor([0.9640])
    """
    return (torch.cat([context, state], -1) @ W_c.T).tanh()


class LuongState(NamedTuple):
    """What a decoder carries: its cell's state, the last attentional vector, the steps done."""

    h: Float[Tensor, "B n"]
    vector: Float[Tensor, "B n"]
    t: int


class LuongDecoder(nn.Module):
    """Moves, then looks, then speaks: h_t → a_t → c_t → h̃_t (Luong et al. 2015, section 3).

    A GRU cell makes h_t of h_{t-1} and the last token; ``attention`` looks with h_t; the
    attentional vector h̃_t gives the next token's scores, W_s h̃_t (equation 6). With ``feeding``,
    h̃_t is also part of the cell's next input, beside the token (section 3.3). It stands where
    ``attn.seq2seq.Decoder``, which has Bahdanau's order, may stand.

    >>> decoder = LuongDecoder(9, width=4, n=6, m=6, attention=GlobalAttention(DotScore()))
    >>> decoder.cell.input_size
    10
    """

    def __init__(
        self,
        vocabulary: int,
        width: int,
        n: int,
        m: int,
        attention: Attention,
        feeding: bool = True,
    ) -> None:
        super().__init__()
        self.embedding = nn.Embedding(vocabulary, width, padding_idx=PAD)
        self.first = nn.Linear(m, n)
        self.cell = nn.GRUCell(width + n * feeding, n)
        self.attention = attention
        self.W_c = nn.Linear(m + n, n, bias=False)
        self.W_s = nn.Linear(n, vocabulary, bias=False)
        self.feeding = feeding

    def start(self, memory: Memory) -> LuongState:
        """The state before the first token: nothing has been looked at."""
        h = self.first(memory.summary).tanh()
        return LuongState(h, torch.zeros_like(h), 0)

    def look(
        self, h: Float[Tensor, "B n"], memory: Memory, t: int
    ) -> tuple[Float[Tensor, "B m"], Float[Tensor, "B T"]]:
        """The context for h_t and the weights it was made with; t counts from 0."""
        return self.attention(h, memory.annotations, memory.mask)

    def step(
        self, token: Int[Tensor, " B"], state: LuongState, memory: Memory
    ) -> tuple[Float[Tensor, "B V"], LuongState, Float[Tensor, "B T"]]:
        """Scores for the next token, the new state, and where the step looked."""
        embedded = self.embedding(token)
        h = self.cell(
            torch.cat([embedded, state.vector], -1) if self.feeding else embedded, state.h
        )
        context, weights = self.look(h, memory, state.t)
        vector = attentional_vector(context, h, self.W_c.weight)
        return self.W_s(vector), LuongState(h, vector, state.t + 1), weights
