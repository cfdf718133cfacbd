"""Chapter 13's numbers, over all seeds: ``python -m benchmarks.decoding``.

An interrupted run goes on where it stopped. With ``cost`` or ``search`` it does that part
alone.
"""

import sys
from collections.abc import Callable
from functools import cache, partial
from typing import Any

import torch

from attn import decoding
from attn.experiments import decoding as experiments
from attn.experiments import translation
from attn.experiments.transformer import translate
from attn.transformer import Transformer
from benchmarks.keep import Kept

Trained = Callable[[], Transformer]

SEEDS = range(3)
STEPS = (60, 110, 600)  # two models that are not done, and that of chapter 12
WIDTHS = (1, 2, 4, 16)
ALPHAS = (0.6, 1.0)  # for the first, at the widest
LENGTHS = (16, 32, 64, 128, 256, 512)
HEADS = (16, 4, 1)
SAMPLERS: dict[str, dict[str, Any]] = {
    "as it is": {},
    "temperature 0.5": {"temperature": 0.5},
    "temperature 2": {"temperature": 2.0},
    "top-k, k = 2": {"filtered": partial(decoding.top_k, k=2)},
    "top-p, p = 0.9": {"filtered": partial(decoding.top_p, p=0.9)},
    "temperature 2, top-p 0.9": {
        "temperature": 2.0,
        "filtered": partial(decoding.top_p, p=0.9),
    },
}


def main(parts: tuple[str, ...] = ("cost", "search")) -> None:
    if unknown := set(parts) - {"cost", "search"}:
        raise SystemExit(f"no part is called {', '.join(sorted(unknown))}: say cost or search")
    torch.set_num_threads(1)
    kept = Kept("decoding")
    if "cost" in parts:
        for T in LENGTHS:
            for name, cached in (("cached", True), ("rereading", False)):
                kept.measure(("writing", name, T), _writing, T, cached)
        for Hkv in HEADS:
            kept.measure(("heads", Hkv), _heads, Hkv)
    if "search" in parts:
        of = translation.task()
        for seed in SEEDS:
            for steps in STEPS:
                _searched(kept, of, seed, steps)


def _searched(kept: Kept, of: translation.Task, seed: int, steps: int) -> None:
    model = cache(lambda: translate(seed, of, steps))  # not trained if all is kept already
    for width in WIDTHS:
        kept.measure(("search", steps, "0", width, seed), _search, model, of, width, 0.0)
    if steps == STEPS[0]:
        for alpha in ALPHAS:
            key = ("search", steps, f"{alpha:g}", WIDTHS[-1], seed)
            kept.measure(key, _search, model, of, WIDTHS[-1], alpha)
    if steps == STEPS[-1]:
        for name, how in SAMPLERS.items():
            kept.measure(("drawn", name, seed), _drawn, model, of, how)


def _search(model: Trained, of: translation.Task, width: int, alpha: float) -> dict[str, float]:
    return experiments.search(model(), of, width, alpha)._asdict()


def _drawn(model: Trained, of: translation.Task, how: dict[str, Any]) -> float:
    return experiments.share_right(experiments.drawn(model(), of, seed=0, **how), of)


def _writing(T: int, cached: bool) -> float:
    return round(experiments.writing_time(T, cached), 2)


def _heads(Hkv: int) -> dict[str, float]:
    ms, nbytes = experiments.reading_time(Hkv)
    return {"ms": round(ms, 3), "bytes": nbytes}


if __name__ == "__main__":
    main(*([tuple(sys.argv[1:])] if sys.argv[1:] else []))
