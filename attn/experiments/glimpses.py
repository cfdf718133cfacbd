"""One look at a grid of nine digits: which one is in the cell that was asked for?"""

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Generator, Tensor, nn

from attn import hard
from attn.data.digits import CELLS, SIDE, Grids, digits, grids
from attn.softmax import entropy
from attn.train import History, seeded, train

STEPS, BATCH = 2000, 128
SEEN = (250, 500, 1000, 2000)  # the steps after which a model is tested
EXPLORE = 0.01  # λ_e: what the entropy of the weights is worth
# "mean" and "soft" read a mixture of all cells, the others one cell. "every" tries each of them.
ARMS = ("mean", "soft", "every", "baseline", "no baseline", "others", "straight-through")
FAULTS = ("argmax", "not detached")  # the baseline's arm, with one thing wrong


class Reader(nn.Module):
    """Reads one of nine cells, or their mixture, and says which digit is where it was asked.

    The query is the cell's number, embedded; the keys belong to the nine places; the values are the
    cells, encoded one by one. So the weights depend on what is asked, and not on the digits.

    >>> reader = Reader()
    >>> tuple(reader.scores(torch.tensor([0, 4])).shape)
    (2, 9)
    """

    def __init__(self, width: int = 32, d: int = 16) -> None:
        super().__init__()
        self.query = nn.Embedding(CELLS, d)
        self.keys = nn.Parameter(0.3 * torch.randn(CELLS, d))
        self.encode = nn.Sequential(
            nn.Linear(SIDE * SIDE, 64), nn.ReLU(), nn.Linear(64, width), nn.ReLU()
        )
        self.decide = nn.Sequential(nn.Linear(width + d, 48), nn.ReLU(), nn.Linear(48, 10))

    def scores(self, asked: Int[Tensor, "*B"]) -> Float[Tensor, "*B 9"]:
        """How well each place matches what is asked."""
        return self.query(asked) @ self.keys.T / self.keys.shape[-1] ** 0.5

    def values(self, cells: Float[Tensor, "*B 8 8"]) -> Float[Tensor, "*B d"]:
        """The cells, encoded."""
        return self.encode(cells.flatten(-2))

    def answer(
        self, read: Float[Tensor, "*B d"], asked: Int[Tensor, "*B"]
    ) -> Float[Tensor, "*B 10"]:
        """A score for each digit, from what was read and what was asked."""
        return self.decide(torch.cat([read, self.query(asked)], -1))


def log_likelihood(
    model: Reader, read: Float[Tensor, "*N B d"], grid: Grids
) -> Float[Tensor, "*N B"]:
    """log p(y | what was read), the reward; any number of readings of each grid."""
    shape = read.shape[:-1]
    logs = model.answer(read, grid.asked.expand(shape)).log_softmax(-1)
    return logs.gather(-1, grid.answer.expand(shape)[..., None])[..., 0]


def rewards(model: Reader, grid: Grids) -> Float[Tensor, "B 9"]:
    """The reward of every glimpse that there is."""
    return log_likelihood(model, model.values(grid.cells).movedim(1, 0), grid).T


def mixed(model: Reader, weights: Float[Tensor, "B 9"], grid: Grids) -> Float[Tensor, ""]:
    """The mean log-likelihood, reading the cells averaged with the weights."""
    read = (weights[..., None] * model.values(grid.cells)).sum(-2)
    return log_likelihood(model, read, grid).mean()


@dataclass
class Objective:
    """What an arm minimises: a callable for the training loop.

    ``shift`` is added to every reward; ``baseline`` follows the rewards where the arm uses it.
    """

    arm: str
    generator: Generator
    explore: float = EXPLORE
    shift: float = 0.0
    baseline: float = 0.0

    def __call__(self, model: Reader, grid: Grids) -> Float[Tensor, ""]:
        scores = model.scores(grid.asked)
        weights = scores.softmax(-1)
        surprise = -self.explore * entropy(weights).mean()
        match self.arm:
            case "mean":
                return -mixed(model, torch.full_like(weights, 1 / CELLS), grid)
            case "soft":
                return -mixed(model, weights, grid)
            case "straight-through":
                noise = hard.gumbel(torch.rand(scores.shape, generator=self.generator))
                return surprise - mixed(model, hard.straight_through(scores, noise), grid)
            case "every":
                return surprise - (weights * rewards(model, grid)).sum(-1).mean()
            case "others":
                # As many glimpses as the other arms draw: two of each grid, of half the grids.
                half = Grids(*(part[: BATCH // 2] for part in grid))
                return surprise + self.reinforce(
                    model, half, scores[: BATCH // 2].expand(2, -1, -1)
                )
            case _:
                return surprise + self.reinforce(model, grid, scores[None])

    def reinforce(
        self, model: Reader, grid: Grids, scores: Float[Tensor, "N B 9"]
    ) -> Float[Tensor, ""]:
        """Both terms of equation 12. Only the cells that are looked at are encoded."""
        weights = scores.softmax(-1)
        glimpse = hard.sample_glimpse(weights, self.generator)
        if self.arm == "argmax":
            glimpse = weights.argmax(-1)
        seen = grid.cells[torch.arange(len(grid.cells)), glimpse]
        likelihood = log_likelihood(model, model.values(seen), grid)
        log_probability = hard.glimpse_log_probability(scores, glimpse)
        reward = likelihood + self.shift
        if self.arm == "not detached":
            where = -((reward - self.baseline) * log_probability).mean()
        elif self.arm == "others":
            where = hard.reinforce_loss(log_probability, reward, hard.others_mean(reward))
        else:
            where = hard.reinforce_loss(log_probability, reward, self.baseline)
        if self.arm != "no baseline":
            self.baseline = hard.moving_baseline(self.baseline, reward).item()
        return where - likelihood.mean()


def stream(seed: int, steps: int = STEPS) -> Iterator[Grids]:
    """Batches of grids of training digits, new at every step."""
    generator = Generator().manual_seed(seed)
    return (grids(digits()[0], BATCH, generator) for _ in range(steps))


def held_out(n: int = 2000) -> Grids:
    """Grids of digits that no training saw, always the same."""
    return grids(digits()[1], n, Generator().manual_seed(77))


def build(seed: int) -> Reader:
    """An untrained reader."""
    with seeded(seed):
        return Reader()


def learn(
    arm: str, seed: int, steps: int = STEPS, explore: float = EXPLORE, shift: float = 0.0
) -> tuple[Reader, History]:
    """A reader trained on batches of 128 grids, tested every 250 steps.

    >>> model, history = learn("soft", seed=0, steps=2)
    >>> 0 <= history.last("right") <= 1
    True
    """
    model, tests = build(seed), held_out()
    objective = Objective(arm, Generator().manual_seed(10_000 + seed), explore, shift)
    history = train(
        model,
        stream(seed, steps),
        objective,
        lr=2e-3,
        clip=None,
        measure=lambda m: marks(m, arm, tests),
        every=250,
    )
    return model, history


@torch.no_grad()
def marks(model: Reader, arm: str, grid: Grids) -> dict[str, float]:
    """The share of right answers, and of largest weights on the cell that was asked for.

    "mean" and "soft" read their mixture; the others look once, at the cell of the largest weight.
    "once" is the share of right answers where any of them looks so.
    """
    weights = model.scores(grid.asked).softmax(-1)
    best = weights.argmax(-1)
    values = model.values(grid.cells)
    given = torch.full_like(weights, 1 / CELLS) if arm == "mean" else weights
    readings = {
        "mixed": (given[..., None] * values).sum(1),
        "once": hard.read_glimpse(values, best),
    }
    share = {
        name: (model.answer(read, grid.asked).argmax(-1) == grid.answer).double().mean().item()
        for name, read in readings.items()
    }
    return {
        "right": round(share["mixed" if arm in ("mean", "soft") else "once"], 4),
        "once": round(share["once"], 4),
        "where": round((best == grid.asked).double().mean().item(), 4),
    }


def table(model: Reader) -> Float[Tensor, "9 9"]:
    """The weights of all places (columns), for each cell that can be asked for (rows)."""
    return model.scores(torch.arange(CELLS)).softmax(-1).detach()


def gradient_noise(model: Reader, draws: int = 200, seed: int = 5) -> dict[str, float]:
    """How far the policy gradient scatters on one batch, by baseline; and its exact squared size.

    The gradient to the keys from 128 glimpses, drawn anew ``draws`` times: variances, summed over
    the keys' numbers. Baselines: "none"; "batch": the mean over the batch; "picture": each grid's
    own expected reward; "best": each grid's number of smallest variance; "others": two glimpses of
    half of the grids, each with the other's reward.

    >>> sorted(gradient_noise(build(0), draws=3))
    ['batch', 'best', 'exact', 'none', 'others', 'picture']
    """
    grid = grids(digits()[0], BATCH, Generator().manual_seed(seed))
    generator = Generator().manual_seed(seed)
    scores = model.scores(grid.asked)
    every = rewards(model, grid).detach()
    weights = scores.softmax(-1).detach()
    squares = 1 - 2 * weights + (weights**2).sum(-1, keepdim=True)  # |∂log α_s/∂e|²
    picture = (weights * every).sum(-1)
    best = (weights * squares * every).sum(-1) / (weights * squares).sum(-1)

    def gradient(loss: Tensor) -> Tensor:
        return torch.autograd.grad(loss, model.keys, retain_graph=True)[0].flatten()

    def reinforced(scores: Tensor, baseline: str) -> Tensor:
        glimpse = hard.sample_glimpse(scores.softmax(-1), generator)
        reward = every[: scores.shape[-2]].expand_as(scores).gather(-1, glimpse[..., None])[..., 0]
        known = {"none": torch.zeros(()), "picture": picture, "best": best, "batch": reward.mean()}
        b = hard.others_mean(reward) if baseline == "others" else known[baseline]
        return gradient(
            hard.reinforce_loss(hard.glimpse_log_probability(scores, glimpse), reward, b)
        )

    twice = scores[: BATCH // 2].expand(2, -1, -1)
    noise = {}
    for name in ("none", "batch", "picture", "best", "others"):
        rows = [reinforced(twice if name == "others" else scores, name) for _ in range(draws)]
        noise[name] = torch.stack(rows).var(0).sum().item()
    exact = gradient((scores.softmax(-1) * every).sum(-1).mean()).square().sum().item()
    return noise | {"exact": exact}
