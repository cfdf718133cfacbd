"""Captions that look: a network sees, another tells, and at each word it looks somewhere.

Xu et al. 2015, "Show, Attend and Tell", with the sentinel of Lu et al. 2017. The arithmetic comes
first; the networks that use it are below.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Generator, Tensor, nn

from attn.additive import AdditiveAttention
from attn.data.batch import BOS, EOS, PAD
from attn.hard import glimpse_log_probability, gumbel, sample_glimpse, straight_through
from attn.seq2seq import shift_right
from attn.softmax import softmax

HOWS = ("soft", "hard", "through", "mean")


def gated_context(
    annotations: Float[Tensor, "*B L D"], weights: Float[Tensor, "*B L"], beta: Float[Tensor, "*B"]
) -> Float[Tensor, "*B D"]:
    """ẑ = β Σ_i α_i a_i: the soft φ, the weighted sum times the gate (Xu et al. 2015, sec. 4.2.1).

    >>> a = torch.tensor([[2.0], [4.0]])
    >>> gated_context(a, torch.tensor([0.5, 0.5]), torch.tensor(0.1))
    tensor([0.3000])
    """
    return beta[..., None] * (weights[..., None, :] @ annotations)[..., 0, :]


def doubly_stochastic_penalty(
    weights: Float[Tensor, "*B T L"], lengths: Int[Tensor, "*B"]
) -> Float[Tensor, ""]:
    """Σ_i (1 - Σ_t α_ti)², averaged over the pictures: be everywhere about once (sec. 4.2.1).

    Only the first ``lengths`` words of each caption count. The weights of C words sum to C over
    the L places, so it cannot fall below (L - C)² / L: Σ_t α_ti = 1 everywhere needs C = L.

    >>> doubly_stochastic_penalty(torch.tensor([[[1.0, 0.0], [0.5, 0.5]]]), torch.tensor([2]))
    tensor(0.5000)
    """
    T = weights.shape[-2]
    real = torch.arange(T, device=weights.device) < lengths[..., None]
    looked = (weights * real[..., None]).sum(-2)
    return ((1 - looked) ** 2).sum(-1).mean()


def sentinel_context(
    scores: Float[Tensor, "*B L"],
    sentinel_score: Float[Tensor, "*B"],
    annotations: Float[Tensor, "*B L D"],
    sentinel: Float[Tensor, "*B D"],
) -> tuple[Float[Tensor, "*B D"], Float[Tensor, "*B L"], Float[Tensor, "*B"]]:
    """ĉ = β s + (1 - β) c, the weights α of c, and β (Lu et al. 2017).

    One softmax over all the scores, the sentinel's last: β is the sentinel's weight in it.

    >>> a, s = torch.tensor([[2.0], [4.0]]), torch.tensor([9.0])
    >>> sentinel_context(torch.zeros(2), torch.tensor(0.0), a, s)
    (tensor([5.]), tensor([0.5000, 0.5000]), tensor(0.3333))
    """
    weights = softmax(scores)
    beta = softmax(torch.cat([scores, sentinel_score[..., None]], -1))[..., -1]
    context = (weights[..., None, :] @ annotations)[..., 0, :]
    mixed = beta[..., None] * sentinel + (1 - beta[..., None]) * context
    return mixed, weights, beta


def pointing_accuracy(
    maps: Float[Tensor, "N R C"], boxes: Float[Tensor, "N 4"], classes: Sequence[str]
) -> dict[str, float]:
    """For each word class, the share of words whose largest weight lies in the box that they name.

    ``maps[n]`` are the weights of word n on R rows and C columns of cells; ``boxes[n]`` is (left,
    top, right, bottom) in cells, so that the cell of row r and column c has its middle at
    (c + ½, r + ½). A middle on the edge is inside. Words of the class "" name nothing and do not
    count. (Zhang et al. 2016 call this the pointing game.)

    >>> maps, boxes = torch.tensor([[[0.1, 0.9]], [[0.6, 0.4]]]), torch.tensor([[1.0, 0, 2, 1]] * 2)
    >>> pointing_accuracy(maps, boxes, ["shape", "shape"])
    {'shape': 0.5}
    """
    best = maps.flatten(1).argmax(-1)
    columns = maps.shape[-1]
    x, y = best % columns + 0.5, best // columns + 0.5
    left, top, right, bottom = boxes.unbind(-1)
    hits = ((left <= x) & (x <= right) & (top <= y) & (y <= bottom)).tolist()
    named = [(kind, hit) for kind, hit in zip(classes, hits, strict=True) if kind]
    shares = {}
    for kind in dict.fromkeys(kind for kind, _ in named):
        found = [hit for other, hit in named if other == kind]
        shares[kind] = sum(found) / len(found)
    return shares


class Told(NamedTuple):
    """What a model says, and where it looks: logits of T words, weights on L places, the gate."""

    logits: Float[Tensor, "B T V"]
    weights: Float[Tensor, "B T L"]
    beta: Float[Tensor, "B T"]
    log_glimpse: Float[Tensor, "B T"]  # of the hard looks; zeros without


class Eye(nn.Module):
    """A picture (B, 3, 24, 24) to 36 annotation vectors of width D, one for each 4 × 4 pixels.

    The last layer is told where each place is; otherwise nothing in the annotations could say so.

    >>> Eye(D=8)(torch.zeros(2, 3, 24, 24)).shape
    torch.Size([2, 36, 8])
    """

    def __init__(self, D: int) -> None:
        super().__init__()
        self.early = nn.Sequential(
            *(nn.Conv2d(3, 16, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)),
            *(nn.Conv2d(16, D, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)),
        )
        self.late = nn.Sequential(nn.Conv2d(D + 2, D, 3, padding=1), nn.ReLU())

    def forward(self, images: Float[Tensor, "B 3 H W"]) -> Float[Tensor, "B L D"]:
        seen = self.early(images - 0.9)
        rows, columns = (
            torch.linspace(-1, 1, n, device=images.device, dtype=images.dtype)
            for n in seen.shape[-2:]
        )
        places = torch.stack(torch.meshgrid(rows, columns, indexing="ij"))
        places = places.expand(len(images), -1, -1, -1)
        return self.late(torch.cat([seen, places], 1)).flatten(2).transpose(1, 2)


class Teller(nn.Module):
    """The decoder of Xu et al. 2015: look with the old state, gate, move, speak.

    e_ti = f_att(a_i, h_{t-1}), α = softmax(e), ẑ_t = β_t Σ α a with β_t = σ(f_β(h_{t-1})); an LSTM
    reads E y_{t-1} and ẑ_t; the words' logits are L_o (E y_{t-1} + L_h h_t + L_z ẑ_t), equation 7.
    ``how``: "soft"; "hard", which looks at one place, drawn in training and the likeliest
    otherwise; "through", the same with a straight-through gradient; "mean": all places alike.
    """

    def __init__(self, vocabulary: int, D: int, n: int, k: int, how: str = "soft") -> None:
        super().__init__()
        if how not in HOWS:
            raise ValueError(f"how is {how!r}; it can be {', '.join(HOWS)}")
        self.how = how
        self.embedding = nn.Embedding(vocabulary, n)
        self.start_h, self.start_c = nn.Linear(D, n), nn.Linear(D, n)
        self.attend = AdditiveAttention(n, D, k)
        self.f_beta = nn.Linear(n, 1)
        self.lstm = nn.LSTMCell(n + D, n)
        self.L_h, self.L_z = nn.Linear(n, n), nn.Linear(D, n)
        self.L_o = nn.Linear(n, vocabulary)
        # As in the paper's code, half of the pictures of a batch are read softly all the same.
        self.softly = 0.5
        self.generator: Generator | None = None

    def start(self, annotations: Float[Tensor, "B L D"]) -> tuple[Tensor, Tensor]:
        """h_0 and c_0 from the mean annotation."""
        mean = annotations.mean(1)
        return self.start_h(mean).tanh(), self.start_c(mean).tanh()

    def look(
        self, scores: Float[Tensor, "B L"]
    ) -> tuple[Float[Tensor, "B L"], Float[Tensor, "B L"], Float[Tensor, " B"]]:
        """What is read of each place, the weights, and log α of the place looked at."""
        weights, none = softmax(scores), torch.zeros_like(scores[:, 0])
        if self.how == "mean":
            uniform = torch.full_like(weights, 1 / weights.shape[-1])
            return uniform, uniform, none
        if self.how == "soft":
            return weights, weights, none
        if not self.training:
            best = nn.functional.one_hot(weights.argmax(-1), weights.shape[-1])
            return best.to(weights), weights, none
        if self.how == "through":
            noise = gumbel(torch.rand(scores.shape, generator=self.generator).to(scores))
            return straight_through(scores, noise), weights, none
        glimpse = sample_glimpse(weights, self.generator)
        one = nn.functional.one_hot(glimpse, weights.shape[-1]).to(weights)
        soft = torch.rand(len(scores), generator=self.generator).to(scores) < self.softly
        read = torch.where(soft[:, None], weights, one)
        return read, weights, glimpse_log_probability(scores, glimpse).masked_fill(soft, 0)

    def step(
        self, token: Int[Tensor, " B"], state: tuple[Tensor, Tensor], annotations: Tensor
    ) -> tuple[Tensor, tuple[Tensor, Tensor], Tensor, Tensor, Tensor]:
        """Logits, new state, weights, gate, and log-probability of the look."""
        h, _ = state
        read, weights, log_glimpse = self.look(self.attend.scores(h, annotations))
        beta = self.f_beta(h)[:, 0].sigmoid()
        z = gated_context(annotations, read, beta)
        embedded = self.embedding(token)
        state = self.lstm(torch.cat([embedded, z], -1), state)
        logits = self.L_o(embedded + self.L_h(state[0]) + self.L_z(z))
        return logits, state, weights, beta, log_glimpse


class AdaptiveTeller(nn.Module):
    """The decoder of Xu et al. 2015 with the sentinel of Lu et al. 2017 in the place of its gate.

    x_t = [E y_{t-1}; ĉ_t] moves the LSTM to h_t and its memory m_t, and the sentinel
    s_t = σ(W_x x_t + W_h h_{t-1}) ⊙ tanh(m_t) (Lu et al.) can be read at the
    next word, with a score made like any place's (12), plus a learned number that starts at
    ``shy``: as low as this, the places are learned first. Annotations are brought to the width n.
    (Lu et al. look *after* the LSTM has moved, and it never reads what was seen.)
    """

    def __init__(self, vocabulary: int, D: int, n: int, k: int, shy: float = -2.0) -> None:
        super().__init__()
        self.embedding = nn.Embedding(vocabulary, n)
        self.see = nn.Linear(D, n)
        self.start_h, self.start_c = nn.Linear(D, n), nn.Linear(D, n)
        self.attend = AdditiveAttention(n, n, k)
        self.lstm = nn.LSTMCell(2 * n, n)
        self.W_x, self.W_h = nn.Linear(2 * n, n), nn.Linear(n, n, bias=False)
        self.W_s = nn.Linear(n, n, bias=False)
        self.shy = nn.Parameter(torch.tensor(shy))
        self.L_h, self.L_z = nn.Linear(n, n), nn.Linear(n, n)
        self.L_o = nn.Linear(n, vocabulary)

    def start(self, annotations: Float[Tensor, "B L D"]) -> tuple[Tensor, Tensor, Tensor]:
        """h_0 and m_0 from the mean annotation, and a sentinel that remembers nothing yet."""
        mean = annotations.mean(1)
        h = self.start_h(mean).tanh()
        return h, self.start_c(mean).tanh(), torch.zeros_like(h)

    def step(
        self,
        token: Int[Tensor, " B"],
        state: tuple[Tensor, Tensor, Tensor],
        annotations: Float[Tensor, "B L D"],
    ) -> tuple[Tensor, tuple[Tensor, Tensor, Tensor], Tensor, Tensor, Tensor]:
        """Logits, new state, weights of the places, the sentinel's weight, and zeros."""
        h, m, sentinel = state
        V = self.see(annotations).relu()
        scores = self.attend.scores(h, V)
        own = self.attend.scores(h, self.W_s(sentinel)[:, None])[:, 0] + self.shy
        z, weights, beta = sentinel_context(scores, own, V, sentinel)
        embedded = self.embedding(token)
        x = torch.cat([embedded, z], -1)
        gate = (self.W_x(x) + self.W_h(h)).sigmoid()
        h, m = self.lstm(x, (h, m))
        logits = self.L_o(embedded + self.L_h(h) + self.L_z(z))
        return logits, (h, m, gate * m.tanh()), weights, beta, torch.zeros_like(beta)


class Captioner(nn.Module):
    """An eye and a teller."""

    def __init__(self, eye: Eye, teller: Teller | AdaptiveTeller) -> None:
        super().__init__()
        self.eye, self.teller = eye, teller

    def forward(self, images: Float[Tensor, "B 3 H W"], captions: Int[Tensor, "B T"]) -> Told:
        """Teacher forcing: every word given the true words before it."""
        annotations = self.eye(images)
        state: Any = self.teller.start(annotations)
        steps = []
        for token in shift_right(captions).unbind(1):
            logits, state, *looked = self.teller.step(token, state, annotations)
            steps.append((logits, *looked))
        return Told(*(torch.stack(part, 1) for part in zip(*steps, strict=True)))

    @torch.no_grad()
    def tell(
        self, images: Float[Tensor, "B 3 H W"], longest: int
    ) -> tuple[Int[Tensor, "B {longest}"], Told]:
        """The likeliest word at every step, fed back in; PAD after the end. And where it looked."""
        annotations = self.eye(images)
        state: Any = self.teller.start(annotations)
        steps, words = [], []
        token = torch.full((len(images),), BOS, device=images.device)
        done = torch.zeros_like(token, dtype=torch.bool)
        for _ in range(longest):
            logits, state, *looked = self.teller.step(token, state, annotations)
            token = logits.argmax(-1).masked_fill(done, PAD)
            done = done | (token == EOS)
            words.append(token)
            steps.append((logits, *looked))
        return torch.stack(words, 1), Told(*(torch.stack(x, 1) for x in zip(*steps, strict=True)))
