"""A digit somewhere in clutter, read by one, two or three glimpses, or from all pixels at once."""

from collections.abc import Iterable, Iterator
from typing import Any

import torch
from torch import Generator, Tensor, nn
from torch.nn.functional import cross_entropy
from torch.optim.lr_scheduler import OneCycleLR

from attn.data.clutter import SIZE, Canvases, cluttered, held_out
from attn.data.digits import digits
from attn.draw import GlimpseReader
from attn.glimpse import Window
from attn.train import History, seeded, train

STEPS, BATCH, PEAK = 1500, 128, 2e-3
HASTY = {"steps": 700, "every": 140, "peak": 5 * PEAK}  # a training in which windows leave


def stream(seed: int, steps: int) -> Iterator[Canvases]:
    """Batches of cluttered canvases of training digits, new at every step."""
    generator = Generator().manual_seed(seed)
    return (cluttered(digits()[0], BATCH, generator) for _ in range(steps))


def cycled(
    optimiser: torch.optim.Optimizer, batches: Iterable[Any], steps: int, peak: float = PEAK
) -> Iterator[Any]:
    """The batches; the learning rate goes up to ``peak`` and down again over ``steps`` of them.

    >>> sgd = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=9.0)
    >>> len(list(cycled(sgd, range(5), steps=5)))
    5
    """
    schedule = OneCycleLR(optimiser, peak, total_steps=steps + 1)
    for batch in batches:
        yield batch
        if optimiser.param_groups[0]["params"][0].grad is not None:
            schedule.step()


def learn(
    T: int,
    seed: int,
    steps: int = STEPS,
    bounded: bool = True,
    every: int = 500,
    peak: float = PEAK,
) -> tuple[GlimpseReader, History]:
    """A reader of T glimpses, trained on canvases that are new at every step.

    >>> reader, history = learn(T=2, seed=0, steps=2)
    >>> sorted(history.measured)
    ['away', 'off 1', 'off 2', 'right']
    """
    with seeded(seed):
        model = GlimpseReader(T, bounded=bounded)
    return model, _train(model, seed, steps, every, lambda m: marks(m, held_out()), peak)


def learn_whole(seed: int, steps: int = STEPS) -> tuple[nn.Module, History]:
    """A network with a hidden layer that is given all 1,024 pixels.

    >>> sorted(learn_whole(seed=0, steps=1)[1].measured)
    ['right']
    """
    with seeded(seed):
        model = nn.Sequential(
            nn.Flatten(), nn.Linear(SIZE * SIZE, 128), nn.ReLU(), nn.Linear(128, 10)
        )

    def share(model: nn.Module) -> dict[str, float]:
        found = model(held_out().images).argmax(-1) == held_out().labels
        return {"right": round(found.double().mean().item(), 4)}

    return model, _train(model, seed, steps, 500, share)


def _train(
    model: nn.Module, seed: int, steps: int, every: int, measure: Any, peak: float = PEAK
) -> History:
    optimiser = torch.optim.Adam(model.parameters(), lr=peak)

    def loss(model: nn.Module, batch: Canvases) -> Tensor:
        out = model(batch.images)
        return cross_entropy(out[0] if isinstance(out, tuple) else out, batch.labels)

    batches = cycled(optimiser, stream(seed, steps), steps, peak)
    return train(model, batches, loss, optimiser=optimiser, clip=5.0, measure=measure, every=every)


@torch.no_grad()
def marks(model: GlimpseReader, tests: Canvases) -> dict[str, float]:
    """The share of right answers; how far look t's middle is from the digit's; who is away.

    "off t" is the mean distance along one axis, in pixels; "away" the share of last looks whose
    middle is more than two pixels beyond the canvas.
    """
    scores, windows = model(tests.images)
    found = {"right": (scores.argmax(-1) == tests.labels).double().mean().item()}
    for t, where in enumerate(windows, start=1):
        found[f"off {t}"] = _off(where, tests).mean().item()
    last = torch.stack([windows[-1].x, windows[-1].y])
    away = ((last < -2) | (last > SIZE + 1)).any(0)
    return {
        name: round(x, 4) for name, x in (found | {"away": away.double().mean().item()}).items()
    }


def _off(where: Window, tests: Canvases) -> Tensor:
    middle = torch.stack([where.y, where.x], -1)
    return (middle - tests.centres).abs().mean(-1)
