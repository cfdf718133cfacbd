"""Other weights, same answer: how far can weights be moved before anybody notices?"""

from typing import NamedTuple

import torch
from jaxtyping import Bool, Float
from torch import Generator, Tensor

from attn.explain import Reader, jensen_shannon, total_variation
from attn.softmax import masked_softmax


class Adversary(NamedTuple):
    """The most different weights that were found, how different they are, and what they change."""

    weights: Float[Tensor, "*B T"]
    divergence: Float[Tensor, "*B"]
    change: Float[Tensor, "*B"]


def adversarial_weights(
    reader: Reader,
    weights: Float[Tensor, "*B T"],
    mask: Bool[Tensor, "*B T"],
    generator: Generator,
    *,
    within: float = 0.01,
    starts: int = 4,
    steps: int = 150,
    lr: float = 0.1,
    price: float = 100.0,
) -> Adversary:
    """Weights as far as possible from ``weights`` that change the answer by at most ``within``.

    Jain & Wallace 2019: maximises the Jensen-Shannon divergence, at most ln 2, under
    a total variation of at most ``within`` (their ε, .01 for classification), which is relaxed to a
    price on what exceeds it. Adam climbs from ``starts`` random scores; the best weights on the way
    that keep the condition are returned, the original ones where there are none. (They look for
    several adversaries at once that differ from one another too.)

    >>> blind = lambda w: torch.full((*w.shape[:-1], 2), 0.5) + 0 * w.sum(-1, keepdim=True)
    >>> both = torch.tensor([True, True])
    >>> found = adversarial_weights(blind, torch.tensor([1.0, 0.0]), both, Generator())
    >>> found.weights.round()
    tensor([0., 1.])
    """
    answer = reader(weights).detach()
    scores = torch.randn(starts, *weights.shape, generator=generator, device=generator.device)
    scores = scores.to(weights).requires_grad_()
    climber = torch.optim.Adam([scores], lr=lr)
    best = Adversary(
        weights.detach().clone(),
        torch.zeros_like(weights[..., 0]),
        torch.zeros_like(weights[..., 0]),
    )
    for _ in range(steps):
        tried = masked_softmax(scores, mask.expand_as(scores))
        divergence = jensen_shannon(tried, weights.detach().expand_as(tried))
        change = total_variation(reader(tried), answer.expand(starts, *answer.shape))
        best = _better(best, tried.detach(), divergence.detach(), change.detach(), within)
        loss = (price * (change - within).clamp(min=0) - divergence).sum()
        [scores.grad] = torch.autograd.grad(loss, [scores])
        climber.step()
    return best


def _better(
    best: Adversary, tried: Tensor, divergence: Tensor, change: Tensor, within: float
) -> Adversary:
    """The best so far or, where one is allowed and further away, one of those tried."""
    for i in range(len(tried)):
        found = Adversary(tried[i], divergence[i], change[i])
        wins = (found.change <= within) & (found.divergence > best.divergence)
        best = Adversary(
            torch.where(wins[..., None], found.weights, best.weights),
            torch.where(wins, found.divergence, best.divergence),
            torch.where(wins, found.change, best.change),
        )
    return best
