"""Chapter 7's numbers, over all seeds: ``python -m benchmarks.local_attention [SEEDS]``.

About ten minutes on one core; an interrupted run goes on where it stopped.
"""

import sys

import torch

from attn.experiments.local import ATTENTIONS, EARLY, TASKS, accuracies, learn, looks
from benchmarks.keep import Kept

SEEDS = 3


def main(seeds: int = SEEDS) -> None:
    torch.set_num_threads(1)
    kept = Kept("local_attention")
    for seed in range(seeds):
        for task in TASKS:
            for attention in ATTENTIONS:
                kept.measure((task, attention, seed), measured, attention, task, seed)
        for attention in ("global", "local-p"):
            kept.measure(("early", attention, seed), near_early, attention, seed)


def measured(attention: str, task: str, seed: int) -> dict[str, object]:
    """Accuracy by length, and the share of steps that look within one position of the right one."""
    model = learn(attention, task, seed)
    return {
        "accuracy": accuracies(model, task),
        "near": round(looks(model, task).near.mean().item(), 4),
    }


def near_early(attention: str, seed: int) -> list[float]:
    """Of each step of a reversal of ten: how often a beginner looks at the right place."""
    near = looks(learn(attention, "reversal", seed, steps=EARLY), "reversal").near
    return [round(x, 4) for x in near.tolist()]


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
