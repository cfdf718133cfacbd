"""Agents that fetch one of many things, taught by REINFORCE: a mean of the things, or attention."""

import torch
from jaxtyping import Float
from torch import Generator, Tensor, nn

from attn.data.fetching import ACTIONS, KINDS, SIDE, STEPS, Scenes, scenes
from attn.entities import EntityAttention
from attn.hard import reinforce_loss
from attn.train import seeded, train

WIDTH = 32
ARMS = ("mean", "mean of pairs", "attention")
MOST = 6  # things in training


class Fetcher(nn.Module):
    """Scores of the four actions from what is wanted and the things around.

    ``arm``: "mean" averages what each thing is; "mean of pairs" averages what a small network says
    of each thing *and* what is wanted; "attention" asks for it.

    >>> Fetcher("attention")(scenes(2, 3, 5, Generator().manual_seed(0)))[0].shape
    torch.Size([2, 4])
    """

    def __init__(self, arm: str) -> None:
        super().__init__()
        if arm not in ARMS:
            raise ValueError(f"arm is {arm!r}; it can be {', '.join(ARMS)}")
        self.arm = arm
        seen = KINDS + 2
        if arm == "attention":
            self.attend = EntityAttention(KINDS, seen, WIDTH)
        else:
            seen += KINDS if arm == "mean of pairs" else 0
            self.encode = nn.Sequential(
                nn.Linear(seen, WIDTH), nn.ReLU(), nn.Linear(WIDTH, WIDTH), nn.ReLU()
            )
        self.act = nn.Sequential(
            nn.Linear(KINDS + WIDTH, 64), nn.ReLU(), nn.Linear(64, len(ACTIONS))
        )

    def forward(self, some: Scenes) -> tuple[Float[Tensor, "B A"], Float[Tensor, "B N"]]:
        """The scores, and how much each thing was read."""
        wanted = nn.functional.one_hot(some.wanted, KINDS).float()
        away = (some.places - some.agent[:, None]) / SIDE
        things = torch.cat([nn.functional.one_hot(some.kinds, KINDS).float(), away], -1)
        if self.arm == "attention":
            read, weights = self.attend(wanted, things, some.mask)
        else:
            weights = some.mask / some.mask.sum(-1, keepdim=True)
            if self.arm == "mean of pairs":
                asked = wanted[:, None].expand(-1, things.shape[1], -1)
                things = torch.cat([things, asked], -1)
            read = (weights[:, None] @ self.encode(things))[:, 0]
        return self.act(torch.cat([wanted, read], -1)), weights


def learn(arm: str, seed: int, steps: int = 2000) -> Fetcher:
    """An agent that tries one step in each of 128 new scenes, and hears whether it got nearer."""
    rng = Generator().manual_seed(seed)
    with seeded(seed):
        model = Fetcher(arm)

    def loss(model: Fetcher, some: Scenes) -> Float[Tensor, ""]:
        logs = model(some)[0].log_softmax(-1)
        tried = torch.multinomial(logs.detach().exp(), 1, generator=rng)
        reward = some.rewards().gather(1, tried)[:, 0]
        return reinforce_loss(logs.gather(1, tried)[:, 0], reward, reward.mean())

    train(model, (scenes(128, 1, MOST, rng) for _ in range(steps)), loss, lr=3e-3)
    return model


@torch.no_grad()
def walked(model: Fetcher, fewest: int, most: int, n: int = 1000) -> dict[str, float]:
    """``best``: first steps that are best; ``shortest``: walks that arrive by a shortest way;
    ``mass``: how much was read of the wanted thing at the first step."""
    some = scenes(n, fewest, most, Generator().manual_seed(10_000 + most))
    scores, weights = model(some)
    best = some.rewards().gather(1, scores.argmax(-1)[:, None])[:, 0] > 0
    mass = weights.gather(1, some.goal[:, None]).mean()
    straight = torch.ones(n, dtype=torch.bool)
    for _ in range(2 * SIDE):
        far = some.way().abs().sum(-1) > 0
        action = model(some)[0].argmax(-1)
        nearer = some.rewards().gather(1, action[:, None])[:, 0] > 0
        straight &= nearer | ~far
        some = some._replace(agent=some.agent + STEPS[action] * far[:, None])
    return {
        "best": best.float().mean().item(),
        "shortest": straight.float().mean().item(),
        "mass": mass.item(),
    }
