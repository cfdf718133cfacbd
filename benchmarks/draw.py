"""Chapter 17's numbers, over all seeds: ``python -m benchmarks.draw``.

About six minutes on one core; an interrupted run goes on where it stopped.
"""

from typing import Any

import torch
from torch import Generator

from attn.data.clutter import held_out
from attn.draw import Draw, Step
from attn.experiments import drawing, looking
from benchmarks.keep import Kept

SEEDS = range(3)
FILMED = 1  # the seed whose drawing of these test pictures the page carries
SHOWN = (7, 100, 250)


def main() -> None:
    torch.set_num_threads(1)
    kept = Kept("draw")
    kept.measure(("least",), drawing.least)
    for seed in SEEDS:
        kept.measure(("whole", seed), _whole, seed)
        for T in (2, 3, 1):
            kept.measure(("looks", T, seed), _look, T, seed)
        kept.measure(("unbounded", seed), _look, 3, seed, bounded=False)
        for name, bounded in (("unbounded", False), ("bounded", True)):
            kept.measure(("hasty", name, seed), _look, 2, seed, bounded=bounded, **looking.HASTY)
        for name, attention in (("attention", True), ("none", False)):
            kept.measure(("drawing", name, seed), _draw, attention, seed)
    kept.measure(("film without a window",), _film_without)


def _look(T: int, seed: int, **options: Any) -> dict[str, Any]:
    """What was measured; and where the reader looks on the first three pictures, and its answer."""
    model, history = looking.learn(T, seed, **options)
    with torch.no_grad():
        scores, windows = model(held_out().images[:3])
    seen = [[[round(x[i].item(), 3) for x in where] for where in windows] for i in range(3)]
    measured = {name: dict(pairs) for name, pairs in history.measured.items()}
    return measured | {"seen": seen, "said": scores.argmax(-1).tolist()}


def _whole(seed: int) -> dict[str, Any]:
    _, history = looking.learn_whole(seed)
    return {name: dict(pairs) for name, pairs in history.measured.items()}


def _draw(attention: bool, seed: int) -> dict[str, Any]:
    model, history = drawing.learn(attention, seed)
    measured = {name: dict(pairs) for name, pairs in history.measured.items()}
    measured |= drawing.refinement(model)
    return measured | {"shown": _drawn(model)} if attention and seed == FILMED else measured


def _film_without() -> dict[str, Any]:
    """The same pictures, drawn by the model that has no window."""
    return _drawn(drawing.learn(False, FILMED)[0])


@torch.no_grad()
def _drawn(model: Draw) -> dict[str, Any]:
    """What the page shows: three test digits drawn from their codes, and three of its own."""
    images = drawing.pictures(test=True)[list(SHOWN)]
    copied = model(images, Generator().manual_seed(1))
    own = model.sample(3, Generator().manual_seed(1))
    return {
        "targets": [_ink(image) for image in images],
        "copies": [_film(copied, i) for i in range(3)],
        "samples": [_film(own, i) for i in range(3)],
        "N": model.N,
    }


def _film(steps: list[Step], i: int) -> list[dict[str, Any]]:
    """Picture i after each step, the step's KL, and the window that was written through, if any."""
    return [
        {"ink": _ink(step.canvas[i].sigmoid()), "kl": round(step.kl[i].item(), 2)}
        | {
            name: round(getattr(step.writes, name)[i].item(), 2)
            for name in ("x", "y", "stride")
            if step.writes is not None
        }
        for step in steps
    ]


def _ink(image: torch.Tensor) -> str:
    """Rows of pixels as letters: a is empty, z is full."""
    return "".join(chr(ord("a") + round(25 * p)) for p in image.flatten().tolist())


if __name__ == "__main__":
    main()
