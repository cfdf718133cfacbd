"""Chapter 6's numbers, over all seeds: ``python -m benchmarks.luong [SEEDS]``.

About a quarter of an hour on one core; an interrupted run goes on where it stopped.
"""

import sys
from collections.abc import Callable
from functools import lru_cache, partial
from itertools import product

import torch

from attn.experiments import summaries
from attn.experiments.luong import (
    ORDERS,
    PATIENT,
    SHOWN,
    Task,
    astray,
    learn,
    marks,
    trace,
    translations,
)
from attn.experiments.score_cost import ratios
from attn.luong import SCORES
from attn.seq2seq import Seq2Seq
from benchmarks.keep import Kept

SEEDS = 3
SIZES = [(T, 128) for T in (16, 64, 256)] + [(64, D) for D in (32, 512)]


def main(seeds: int = SEEDS) -> None:
    torch.set_num_threads(1)
    kept, task = Kept("luong"), translations()
    trained = lru_cache(maxsize=1)(partial(learn, task))
    for seed in range(seeds):
        for order, name in (*product(ORDERS, SCORES), ("luong", "half concat")):
            run = partial(trained, name, order, seed)
            kept.measure((order, name, seed), _marked, task, run)
            if order == "luong" and seed == 0 and name in SCORES:
                kept.measure(("trace", name), _traced, task, run)
            if (order, name) == ("luong", "location"):
                kept.measure(("astray", seed), _astray, task, run)
        for arm in summaries.ARMS + summaries.HALVES:
            kept.measure(("summaries", arm, seed), _summarised, arm, seed)
    for seed, name in product(range(seeds), SCORES):
        kept.measure(("patient", name, seed), _patient, task, name, seed)
    for T, D in SIZES:
        kept.measure(("ratios", f"T {T}, D {D}"), ratios, T, D)


def _marked(task: Task, run: Callable[[], Seq2Seq]) -> dict[str, float]:
    return marks(run(), task)._asdict()


def _patient(task: Task, name: str, seed: int) -> dict[str, float]:
    return marks(learn(task, name, "luong", seed, PATIENT), task)._asdict()


def _astray(task: Task, run: Callable[[], Seq2Seq]) -> dict[str, float]:
    return astray(run(), task)._asdict()


def _traced(task: Task, run: Callable[[], Seq2Seq]) -> list[list[list[float]]]:
    """The scores of every French word over the English ones, for each sentence shown."""
    scores = [trace(run(), task, task.test[i])[0] for i in SHOWN]
    return [[[round(x, 2) for x in row] for row in table.tolist()] for table in scores]


def _summarised(arm: str, seed: int) -> dict[str, dict[str, float]]:
    model = summaries.learn(arm, seed)
    return {str(facts): summaries.marks(model, facts)._asdict() for facts in summaries.FACTS}


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
