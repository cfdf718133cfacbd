"""Chapter 18's numbers, over all seeds: ``python -m benchmarks.vision_transformer``.

About eight minutes on one core; an interrupted run goes on where it stopped.
"""

from typing import Any

import torch

from attn.data.digits import digits
from attn.experiments import clutter
from attn.experiments.vit import ARMS, accuracy, by_shift, learn, line
from benchmarks.keep import Kept

SEEDS = range(3)
FEW = (100, 300)  # training digits
FEW_STEPS = 400
LONGER = 1800  # batches: three times as many


def main() -> None:
    torch.set_num_threads(1)
    kept = Kept("vision_transformer")
    kept.measure(("line", "all"), by_shift, line())
    for seed in SEEDS:
        for arm in ARMS:
            kept.measure(("arms", arm, seed), _run, arm, seed)
        for arm in clutter.ARMS:
            kept.measure(("clutter", arm, seed), _clutter, arm, seed)
    for seed in SEEDS:
        kept.measure(("shaken", "patch 4", seed), _run, "patch 4", seed, shake=True)
        for n in FEW:
            for arm in ("patch 4", "CNN"):
                kept.measure(("few", arm, n, seed), _few, arm, n, seed)
    for n in FEW:
        kept.measure(("line", n), by_shift, line(n))
    for seed in SEEDS:
        for arm in ("patch 4", "CNN", "patch 2"):
            kept.measure(("longer", arm, seed), _run, arm, seed, steps=LONGER)


def _run(arm: str, seed: int, **options: Any) -> dict[int, float]:
    """Accuracy by how far the test digits were moved."""
    return by_shift(learn(arm, seed, **options))


def _few(arm: str, n: int, seed: int) -> float:
    return accuracy(learn(arm, seed, n, steps=FEW_STEPS), digits()[1])


def _clutter(arm: str, seed: int) -> dict[str, Any]:
    model, tests = clutter.learn(arm, seed), clutter.held_out()
    found: dict[str, Any] = {"right": clutter.accuracy(model, tests)}
    if arm == "ViT":
        return found | {"claims": clutter.marks(model, tests)}
    with torch.no_grad():
        found["in digit"] = clutter.in_digit(model(tests.images)[1], tests.inside)
    return found


if __name__ == "__main__":
    main()
