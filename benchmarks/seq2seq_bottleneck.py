"""Chapter 4's numbers, over all seeds: ``python -m benchmarks.seq2seq_bottleneck``.

About ten minutes on one core; an interrupted run goes on where it stopped.
"""

from collections.abc import Callable
from typing import Any

import torch

from attn.data.batch import Batch
from attn.data.sequences import copy, reversal
from attn.experiments import first_symbol
from attn.experiments.reversal import LENGTHS, accuracies, gradient_profile, learn
from benchmarks.keep import Kept

SEEDS = range(3)
FIXED = range(4)  # what the page repeats before the reader's eyes has one more
WIDTHS = (16, 32, 128)  # 64 is what the curves by length use
DISTANCES = (10, 20, 40)


def main() -> None:
    torch.set_num_threads(1)
    kept = Kept("seq2seq_bottleneck")
    kept.measure(("shown",), _shown)
    for width in WIDTHS:
        kept.measure(("width", width, 0), _reversal, "none", 0, n=width)
    for seed in FIXED:
        kept.measure(("none", seed), _fixed, seed)
    for seed in SEEDS:
        kept.measure(("additive", seed), _reversal, "additive", seed)
        kept.measure(("one_way", "copy", seed), _one_way, copy, seed)
        kept.measure(("one_way", "reversal", seed), _one_way, reversal, seed)
        kept.measure(("gates_open", seed), _reversal, "none", seed, gates_open=True)
        for T in DISTANCES:
            for cell in first_symbol.CELLS:
                kept.measure(("first_symbol", cell, T, seed), _first_symbol, cell, T, seed)


def _fixed(seed: int) -> dict[str, list[float]]:
    """The fixed context by length, and whether the gradient reaches every source symbol."""
    model = learn("none", seed)
    return {"accuracy": accuracies(model), "gradient": gradient_profile(model, 12)}


def _reversal(attention: str, seed: int, **options: Any) -> list[float]:
    return accuracies(learn(attention, seed, **options))


def _shown() -> list[list[dict[str, list[int]]]]:
    """For each length six sequences and what models of seed 0 write of them: for the widget."""
    models = {attention: learn(attention, 0) for attention in ("none", "additive")}
    shown = []
    for length in LENGTHS:
        batch = reversal(6, length, torch.Generator().manual_seed(50_000 + length))
        written = [
            model.greedy(batch.source, batch.source_lengths, length + 4)[0].tolist()
            for model in models.values()
        ]
        columns = zip(batch.source.tolist(), *written, strict=True)
        shown.append([dict(zip(("source", *models), row, strict=True)) for row in columns])
    return shown


def _one_way(task: Callable[..., Batch], seed: int) -> list[float]:
    return accuracies(learn("none", seed, task=task, bidirectional=False), task=task)


def _first_symbol(cell: str, T: int, seed: int) -> float:
    return first_symbol.accuracy(first_symbol.learn(cell, T, seed), T)


if __name__ == "__main__":
    main()
