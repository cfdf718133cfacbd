"""Chapter 11's numbers, over all seeds: ``python -m benchmarks.multi_head``.

About three minutes on one core; an interrupted run goes on where it stopped.
"""

from typing import Any

import torch

from attn.experiments.two_questions import (
    TwoQuestions,
    hears,
    importance,
    learn,
    marks,
    pruned,
    reads,
)
from benchmarks.keep import Kept

SEEDS = range(5)
FEW = range(3)


def main() -> None:
    torch.set_num_threads(1)
    kept = Kept("multi_head")
    for seed in SEEDS:
        for H in (1, 2, 4):
            kept.measure(("heads", H, seed), _heads, H, seed)
    for seed in FEW:
        kept.measure(("heads", 8, seed), _heads, 8, seed)
        kept.measure(("bent", seed), _heads, 1, seed, hidden=16)
        for H in (1, 2):
            kept.measure(("wide", H, seed), _marks, H, seed, D=32)
        for H in (2, 4):
            kept.measure(("unturned", H, seed), _marks, H, seed, turned=False)


def _marks(H: int, seed: int, **options: Any) -> list[float]:
    return list(marks(learn(H, seed, **options)))


def _heads(H: int, seed: int, **options: Any) -> dict[str, Any]:
    """Both answers, with every head and with each switched off, and what each head looks at."""
    model = learn(H, seed, **options)
    found: dict[str, Any] = {
        "parameters": sum(p.numel() for p in model.parameters()),
        "marks": list(marks(model)),
        "reads": _rounded(reads(model)),
        "hears": _rounded(hears(model)),
    }
    if H > 1:
        found |= {"off": [list(marks(model, [h])) for h in range(H)], **_pruning(model)}
    return found


def _pruning(model: TwoQuestions) -> dict[str, Any]:
    """Heads taken out one by one: always the one missed least, and by the gradient's estimate."""
    order = importance(model).argsort().tolist()
    return {"pruned": pruned(model), "by_importance": pruned(model, order), "order": order}


def _rounded(table: torch.Tensor) -> list[list[float]]:
    return [[round(x, 4) for x in row] for row in table.tolist()]


if __name__ == "__main__":
    main()
