"""Two questions at once: how many heads does it take, and which of them can be spared?"""

from collections.abc import Sequence
from math import sqrt
from typing import Any, NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from attn.data.jars import COUNTS, SPICES, Shelves, shelves
from attn.dot_product import dot_product_weights
from attn.multi_head import MultiHead
from attn.train import seeded, train

D, STEPS, BATCH = 16, 1500, 256
TEST = 4000


class UnturnedHeads(MultiHead):
    """Cuts heads with ``reshape`` alone: no error, and each head gets other positions.

    H · T · d numbers lie in memory position by position, so the first T · d of them are the first
    T / H positions, cut in pieces; the transpose that would have turned them is missing.
    """

    def heads(
        self, X: Tensor, keys: Tensor, values: Tensor, mask: Tensor | None = None
    ) -> tuple[Tensor, Tensor]:
        """As ``MultiHead.heads``, for positions and heads that got mixed up."""
        Q, K, V = (
            project(x).reshape(*x.shape[:-2], self.H, x.shape[-2], -1)
            for project, x in ((self.W_q, X), (self.W_k, keys), (self.W_v, values))
        )
        everyone = None if mask is None else mask[..., None, :, :]
        weights = dot_product_weights(Q, K, everyone, temperature=sqrt(Q.shape[-1]))
        return weights @ V, weights


class TwoQuestions(nn.Module):
    """Asks a shelf for two of its jars in one query, and answers both from what was read.

    A jar is the sum of its spice's and its count's embedding, the query the sum of an embedding of
    the first spice asked for and one of the second. One multi-head attention reads the jars; a
    linear map gives the scores of both answers. With ``hidden``, a layer of so many ReLUs stands
    before that map; with ``turned`` False, heads are cut without a transpose.
    """

    def __init__(self, H: int, D: int = D, hidden: int = 0, turned: bool = True) -> None:
        super().__init__()
        self.spice, self.count = nn.Embedding(len(SPICES), D), nn.Embedding(COUNTS, D)
        self.first, self.second = nn.Embedding(len(SPICES), D), nn.Embedding(len(SPICES), D)
        self.attend = (MultiHead if turned else UnturnedHeads)(D, H)
        width = hidden or D
        self.bend = nn.Sequential(nn.Linear(D, hidden), nn.ReLU()) if hidden else nn.Identity()
        self.answers = nn.Linear(width, 2 * COUNTS)

    def query(self, asked: Int[Tensor, "B 2"]) -> Float[Tensor, "B 1 D"]:
        """Both questions in one vector."""
        return (self.first(asked[:, 0]) + self.second(asked[:, 1]))[:, None]

    def forward(
        self, shelf: Shelves, gates: Float[Tensor, "*#B H"] | None = None
    ) -> tuple[Float[Tensor, "B 2 10"], Float[Tensor, "B H 8"]]:
        """The scores of both answers, and the weights of every head over the jars."""
        jars = self.spice(shelf.spice) + self.count(shelf.count)
        read, weights = self.attend(self.query(shelf.asked), jars, gates=gates)
        return self.answers(self.bend(read[:, 0])).unflatten(-1, (2, -1)), weights[:, :, 0]


def _loss(model: TwoQuestions, shelf: Shelves) -> Float[Tensor, ""]:
    scores, _ = model(shelf)
    return nn.functional.cross_entropy(scores.flatten(0, 1), shelf.answer.flatten())


def learn(H: int, seed: int, steps: int = STEPS, **options: Any) -> TwoQuestions:
    """A model with H heads, trained on 256 fresh shelves at a step.

    >>> model = learn(H=2, seed=0, steps=1)
    """
    generator = torch.Generator().manual_seed(seed)
    with seeded(seed):
        model = TwoQuestions(H, **options)
    train(model, (shelves(BATCH, generator) for _ in range(steps)), _loss, lr=5e-3)
    return model


def unseen(n: int = TEST) -> Shelves:
    """The shelves that every model is tested on."""
    return shelves(n, torch.Generator().manual_seed(10_000))


class Marks(NamedTuple):
    """The share of shelves for which each answer, and both, are right."""

    first: float
    second: float
    both: float


def switched_off(H: int, off: Sequence[int]) -> Float[Tensor, " H"]:
    """Gates that silence the heads named in ``off``.

    >>> switched_off(3, [1])
    tensor([1., 0., 1.])
    """
    gates = torch.ones(H)
    gates[list(off)] = 0
    return gates


@torch.no_grad()
def marks(model: TwoQuestions, off: Sequence[int] = ()) -> Marks:
    """How many of 4,000 unseen shelves are answered right, with some heads switched off."""
    shelf = unseen()
    scores, _ = model(shelf, switched_off(model.attend.H, off))
    right = scores.argmax(-1) == shelf.answer
    shares = (*right.double().mean(0).tolist(), right.all(1).double().mean().item())
    return Marks(*(round(share, 4) for share in shares))


@torch.no_grad()
def reads(model: TwoQuestions) -> Float[Tensor, "H 2"]:
    """The mean weight of each head on the jar of the first question, and on that of the second."""
    shelf = unseen()
    _, weights = model(shelf)
    return weights.gather(2, shelf.where[:, None].expand(-1, weights.shape[1], -1)).mean(0)


def importance(model: TwoQuestions) -> Float[Tensor, " H"]:
    """E |∂ loss / ∂ξ_h|: how much each head's gate matters, without switching it off.

    Michel et al. 2019, their estimate of a head's importance: one backward pass for all heads.
    """
    shelf = unseen()
    gates = torch.ones(TEST, model.attend.H, requires_grad=True)
    scores, _ = model(shelf, gates)
    loss = nn.functional.cross_entropy(
        scores.flatten(0, 1), shelf.answer.flatten(), reduction="sum"
    )
    return torch.autograd.grad(loss, gates)[0].abs().mean(0)


def pruned(model: TwoQuestions, order: Sequence[int] | None = None) -> list[float]:
    """Both answers right, after 0, 1, … H - 1 heads were switched off one after another.

    In the ``order`` given, or always the head that is missed least.
    """
    off: list[int] = []
    shares = [marks(model).both]
    while len(off) < model.attend.H - 1:
        left = [h for h in range(model.attend.H) if h not in off]
        next_one = (
            max(left, key=lambda h: marks(model, [*off, h]).both)
            if order is None
            else order[len(off)]
        )
        off.append(next_one)
        shares.append(marks(model, off).both)
    return shares


@torch.no_grad()
def hears(model: TwoQuestions) -> Float[Tensor, "H 2"]:
    """How much of each head's query is the first question and how much the second: rows sum to 1.

    By the variance over the spices of what the head's rows of ``W_q`` make of each embedding.
    """
    W = model.attend.W_q.weight
    parts = [
        (embedding.weight @ W.T).unflatten(-1, (model.attend.H, -1)).var(0).sum(-1)
        for embedding in (model.first, model.second)
    ]
    both = torch.stack(parts, -1)
    return both / both.sum(-1, keepdim=True)
