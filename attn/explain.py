"""Do weights explain an answer? Tests that change the weights, and one that compares rankings.

A *reader* is what stands behind the weights: a function from weights (*B, T) to the probabilities
(*B, C) of the classes, everything else about the example being held fast.
"""

from collections.abc import Callable

import torch
from jaxtyping import Bool, Float, Int
from torch import Generator, Tensor

Reader = Callable[[Tensor], Tensor]


def total_variation(p: Float[Tensor, "*B C"], q: Float[Tensor, "*B C"]) -> Float[Tensor, "*B"]:
    """½ Σ_c |p_c - q_c|: how much probability has to be moved to make one of the other, 0 to 1.

    The change of an answer, in Jain & Wallace 2019 and after.

    >>> total_variation(torch.tensor([0.7, 0.2, 0.1]), torch.tensor([0.5, 0.5, 0.0]))
    tensor(0.3000)
    """
    return (p - q).abs().sum(-1) / 2


def jensen_shannon(p: Float[Tensor, "*B T"], q: Float[Tensor, "*B T"]) -> Float[Tensor, "*B"]:
    """½ KL(p ‖ m) + ½ KL(q ‖ m) with m = (p + q) / 2, in nats: 0 for the same, ln 2 for no overlap.

    How different two sets of weights are (Lin 1991; for attention, Jain & Wallace 2019).

    >>> jensen_shannon(torch.tensor([1.0, 0.0]), torch.tensor([0.0, 1.0]))
    tensor(0.6931)
    """
    middle = (p + q) / 2
    return (_divergence(p, middle) + _divergence(q, middle)) / 2


def _divergence(p: Tensor, q: Tensor) -> Tensor:
    # Where p is 0 the term is 0, and so must its gradient be.
    safe = torch.where(p > 0, p, 1.0)
    return torch.where(p > 0, p * (safe.log() - torch.where(p > 0, q, 1.0).log()), 0.0).sum(-1)


def shuffles(mask: Bool[Tensor, "*B T"], n: int, generator: Generator) -> Int[Tensor, "n *B T"]:
    """n random orders of the positions of each row. Only those that may be read change places.

    Drawn on the generator's device and moved to the mask's.

    >>> shuffles(torch.tensor([True, True, False]), 2, Generator().manual_seed(1))[:, 2]
    tensor([2, 2])
    """
    T = mask.shape[-1]
    drawn = torch.rand(n, *mask.shape, generator=generator, device=generator.device)
    # The places that may be read, in random order, are handed to those places in their own order.
    unread = (~mask).to(drawn.dtype)
    random_first = (drawn.to(mask.device) + unread).argsort(-1)
    places = (torch.arange(T, device=mask.device) / T + unread).argsort(-1).expand_as(random_first)
    out = torch.empty_like(random_first).scatter(-1, places, random_first)
    return torch.where(mask, out, torch.arange(T, device=mask.device))


def permutation_test(
    reader: Reader, weights: Float[Tensor, "*B T"], orders: Int[Tensor, "n *B T"]
) -> Float[Tensor, "*B"]:
    """The median change of the answer when the weights are read in these orders.

    Jain & Wallace 2019: total variation between the answers, the median over n random
    orders (see ``shuffles``; of an even number, the lower of the two in the middle).

    >>> score = torch.tensor([2.0, 0.0])
    >>> reader = lambda w: torch.stack([(w @ score).sigmoid(), (-(w @ score)).sigmoid()], -1)
    >>> permutation_test(reader, torch.tensor([1.0, 0.0]), torch.tensor([[1, 0]]))
    tensor(0.3808)
    """
    answer = reader(weights)
    changes = [total_variation(reader(weights.gather(-1, order)), answer) for order in orders]
    return torch.stack(changes).median(0).values


def erase(
    weights: Float[Tensor, "*B T"], ranking: Float[Tensor, "*B T"], k: int
) -> Float[Tensor, "*B T"]:
    """The weights without those of the k positions that ``ranking`` puts first, summing to one.

    Serrano & Smith 2019: zero, then renormalise. Of equals, the earlier goes first; where nothing
    is left, all weights are zero.

    >>> weights = torch.tensor([0.5, 0.3, 0.2])
    >>> erase(weights, ranking=torch.tensor([0.0, 9.0, 1.0]), k=1)
    tensor([0.7143, 0.0000, 0.2857])
    """
    first = ranking.argsort(dim=-1, descending=True, stable=True)[..., :k]
    left = weights.scatter(-1, first, 0.0)
    total = left.sum(-1, keepdim=True)
    return left / torch.where(total > 0, total, 1.0)


def erased_until_flip(
    reader: Reader,
    weights: Float[Tensor, "*B T"],
    ranking: Float[Tensor, "*B T"],
    mask: Bool[Tensor, "*B T"],
) -> Float[Tensor, "*B"]:
    """The share of the readable positions to erase, in this order, until another class wins.

    Serrano & Smith 2019. 1 where no other class wins before everything is erased.

    >>> score = torch.tensor([2.0, -1.0, -1.0])
    >>> reader = lambda w: torch.stack([w @ score, torch.zeros(w.shape[:-1])], -1).softmax(-1)
    >>> weights, both = torch.tensor([0.6, 0.2, 0.2]), torch.tensor([True, True, True])
    >>> erased_until_flip(reader, weights, weights, both)
    tensor(0.3333)
    """
    ranking = ranking.masked_fill(~mask, -torch.inf)
    real = mask.sum(-1)
    decided = reader(weights).argmax(-1)
    needed = real.clone()
    for k in range(mask.shape[-1] - 1, 0, -1):
        flipped = reader(erase(weights, ranking, k)).argmax(-1) != decided
        needed = torch.where(flipped & (k < real), k, needed)
    return needed.to(weights.dtype) / real


def gradient_times_input(
    output: Float[Tensor, "*B"], inputs: Float[Tensor, "*B T m"]
) -> Float[Tensor, "*B T"]:
    """|∂output/∂x_t · x_t|: how much position t would change the output, to first order.

    ``inputs`` must be part of the graph of ``output``, an example a row. For word vectors it is the
    derivative with respect to the word's place in its one-hot vector (Jain & Wallace 2019).

    >>> x = torch.tensor([[1.0, 2.0], [3.0, 0.0]], requires_grad=True)
    >>> gradient_times_input((x[0] * torch.tensor([4.0, -1.0])).sum() + x[1, 1], x)
    tensor([2., 0.])
    """
    [slope] = torch.autograd.grad(output.sum(), inputs)
    return (slope * inputs).sum(-1).abs().detach()


def kendall_tau(
    a: Float[Tensor, "*B n"], b: Float[Tensor, "*B n"], mask: Bool[Tensor, "*B n"] | None = None
) -> Float[Tensor, "*B"]:
    """τ_b = Σ sign(a_i - a_j) sign(b_i - b_j) / √(untied pairs of a · of b) over the pairs i < j.

    1 where both rank alike, -1 where one ranks backwards, nan where one ranks nothing (Kendall
    1945). Only pairs of positions that may be read, True in ``mask``, are counted.

    >>> kendall_tau(torch.tensor([1.0, 2.0, 3.0]), torch.tensor([1.0, 3.0, 2.0]))
    tensor(0.3333)
    """
    mask = torch.ones_like(a, dtype=torch.bool) if mask is None else mask
    pairs = (mask[..., :, None] & mask[..., None, :]).to(a.dtype)
    of_a, of_b = ((x[..., :, None] - x[..., None, :]).sign() * pairs for x in (a, b))
    untied = of_a.abs().sum((-1, -2)) * of_b.abs().sum((-1, -2))
    return (of_a * of_b).sum((-1, -2)) / untied.sqrt()
