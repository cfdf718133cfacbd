"""An agent among things on a grid, of which it wants one: the best steps are known."""

from typing import NamedTuple

import torch
from jaxtyping import Bool, Float, Int
from torch import Generator, Tensor

SIDE, KINDS = 9, 12
STEPS = torch.tensor([[0, 1], [0, -1], [1, 0], [-1, 0]])  # up, down, right, left
ACTIONS = ("up", "down", "right", "left")


class Scenes(NamedTuple):
    """``wanted`` (B) kinds; ``kinds`` and places of the things, x and y; where the agent stands.

    No two things of a scene are of one kind; ``goal`` says which of them is wanted.
    """

    wanted: Int[Tensor, " B"]
    kinds: Int[Tensor, "B N"]
    places: Int[Tensor, "B N 2"]
    mask: Bool[Tensor, "B N"]
    agent: Int[Tensor, "B 2"]
    goal: Int[Tensor, " B"]

    def way(self) -> Int[Tensor, "B 2"]:
        """From the agent to what it wants."""
        there = self.places.gather(1, self.goal[:, None, None].expand(-1, 1, 2))[:, 0]
        return there - self.agent

    def rewards(self) -> Float[Tensor, "B A"]:
        """For each action: by how many steps it brings the agent nearer, 1 or -1."""
        left = (self.way()[:, None] - STEPS).abs().sum(-1)
        return (self.way().abs().sum(-1)[:, None] - left).float()


def scenes(n: int, fewest: int, most: int, generator: Generator) -> Scenes:
    """n scenes of ``fewest`` to ``most`` things (at most 12), the agent not where it wants to be.

    >>> one = scenes(1, 3, 3, Generator().manual_seed(1))
    >>> one.way(), one.rewards()
    (tensor([[-5,  3]]), tensor([[ 1., -1., -1.,  1.]]))
    """
    kinds = torch.rand(n, KINDS, generator=generator).argsort(-1)[:, :most]
    count = torch.randint(fewest, most + 1, (n,), generator=generator)
    # The agent and all things stand on different squares.
    squares = torch.rand(n, SIDE * SIDE, generator=generator).argsort(-1)[:, : most + 1]
    spots = torch.stack([squares % SIDE, squares // SIDE], -1)
    goal = (torch.rand(n, generator=generator) * count).long()
    wanted = kinds.gather(1, goal[:, None])[:, 0]
    mask = torch.arange(most) < count[:, None]
    return Scenes(wanted, kinds, spots[:, 1:], mask, spots[:, 0], goal)
