"""DRAW on real digits, with and without its attention: nats, and a canvas that is refined."""

from collections.abc import Iterator

import torch
from jaxtyping import Float
from torch import Generator, Tensor
from torch.nn.functional import binary_cross_entropy

from attn.data.digits import SIDE, digits
from attn.draw import Draw, bound
from attn.experiments.looking import cycled
from attn.train import History, seeded, train

STEPS, BATCH, PEAK = 1200, 100, 4e-3
T, N = 6, 4  # steps, and filters a side


def pictures(test: bool = False) -> Float[Tensor, "n 8 8"]:
    """The digits to learn from, or those to be tested on.

    >>> tuple(pictures().shape), tuple(pictures(test=True).shape)
    ((1347, 8, 8), (450, 8, 8))
    """
    return digits()[test].images


def build(attention: bool, seed: int) -> Draw:
    """An untrained model; without attention it reads and writes every pixel."""
    with seeded(seed):
        return Draw(SIDE, T, N if attention else None)


def learn(attention: bool, seed: int, steps: int = STEPS) -> tuple[Draw, History]:
    """A model trained by the variational bound; measured every 300 steps.

    >>> model, history = learn(True, seed=0, steps=2)
    >>> sorted(history.measured)
    ['ink', 'kl', 'nats']
    """
    model, generator = build(attention, seed), Generator().manual_seed(seed)
    images = pictures()
    optimiser = torch.optim.Adam(model.parameters(), lr=PEAK)

    def batches() -> Iterator[Tensor]:
        for _ in range(steps):
            yield images[torch.randint(len(images), (BATCH,), generator=generator)]

    def loss(model: Draw, images: Tensor) -> Tensor:
        ink, kl = bound(model(images, generator), images)
        return (ink + kl).mean()

    history = train(
        model,
        cycled(optimiser, batches(), steps, PEAK),
        loss,
        optimiser=optimiser,
        clip=5.0,
        measure=nats,
        every=300,
    )
    return model, history


@torch.no_grad()
def nats(model: Draw, draws: int = 4) -> dict[str, float]:
    """The bound on the test digits and its two parts, means over pictures and ``draws`` codes."""
    images = pictures(test=True)
    generator = Generator().manual_seed(3)
    parts = [bound(model(images, generator), images) for _ in range(draws)]
    ink, kl = (torch.stack(part).mean().item() for part in zip(*parts, strict=True))
    return {"nats": round(ink + kl, 3), "ink": round(ink, 3), "kl": round(kl, 3)}


def least() -> float:
    """What no model can beat on the test digits: grey pixels have an entropy of their own, in nats.

    >>> 0 < least() < 30
    True
    """
    images = pictures(test=True)
    each = binary_cross_entropy(images, images, reduction="none")
    return round(each.sum((1, 2)).mean().item(), 3)


@torch.no_grad()
def refinement(model: Draw) -> dict[str, list[float]]:
    """After each step, on the test digits: mean squared error of σ(c_t), and the step's KL."""
    images = pictures(test=True)
    steps = model(images, Generator().manual_seed(3))
    return {
        "mse": [round((s.canvas.sigmoid() - images).square().mean().item(), 5) for s in steps],
        "kl": [round(s.kl.mean().item(), 3) for s in steps],
    }
