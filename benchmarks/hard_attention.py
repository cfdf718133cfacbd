"""Chapter 8's numbers, over all seeds: ``python -m benchmarks.hard_attention``.

About four minutes on one core; an interrupted run goes on where it stopped.
"""

from typing import Any

import torch

from attn.data.digits import Grids
from attn.experiments.glimpses import (
    ARMS,
    FAULTS,
    SEEN,
    build,
    gradient_noise,
    held_out,
    learn,
    rewards,
)
from benchmarks.keep import Kept

SEEDS = range(3)
PAGE = range(4)  # of the arm that the page trains before the reader's eyes there is one more
SHIFT = 10.0  # what "shifted" adds to every reward
MOMENTS = (0, 100, 250, 500, 1000, 2000)  # of the training of the baseline's arm
SHOWN = (0, 100, 250, 350, 500, 2000)  # the widget's


def main() -> None:
    torch.set_num_threads(1)
    kept = Kept("hard_attention")
    for arm in ARMS:
        for seed in PAGE if arm == "baseline" else SEEDS:
            kept.measure(("arms", arm, seed), _run, arm, seed)
    for seed in SEEDS:
        for fault in FAULTS:
            kept.measure(("faults", fault, seed), _run, fault, seed)
        for arm in ("baseline", "no baseline"):
            kept.measure(("shifted", arm, seed), _run, arm, seed, shift=SHIFT)
        for steps in MOMENTS:
            kept.measure(("noise", seed, steps), _noise, seed, steps)
    for steps in SHOWN:
        kept.measure(("shown", steps), _shown, steps)


def _run(arm: str, seed: int, **options: Any) -> dict[str, Any]:
    """Accuracy and where it looks, at some steps."""
    _, history = learn(arm, seed, **options)
    return {
        name: {step: value for step, value in pairs if step in SEEN}
        for name, pairs in history.measured.items()
    }


def _noise(seed: int, steps: int) -> dict[str, float]:
    model = learn("baseline", seed, steps)[0] if steps else build(seed)
    return {name: float(f"{value:.4g}") for name, value in gradient_noise(model).items()}


def _shown(steps: int) -> list[dict[str, Any]]:
    """Three held-out grids as a model of seed 0 sees them: the widget's."""
    model = learn("baseline", 0, steps)[0] if steps else build(0)
    grid = Grids(*(part[:400] for part in held_out()))
    found = []
    for cell in (4, 0, 5):
        i = int((grid.asked == cell).nonzero()[0])
        one = Grids(*(part[i : i + 1] for part in grid))
        with torch.no_grad():
            found.append(
                {
                    "grid": i,
                    "scores": [round(x, 4) for x in model.scores(one.asked)[0].tolist()],
                    "rewards": [round(x, 4) for x in rewards(model, one)[0].tolist()],
                }
            )
    return found


if __name__ == "__main__":
    main()
