"""Chapter 20's numbers, over all seeds: ``python -m benchmarks.is_attention_explanation``.

About three minutes on one core; an interrupted run goes on where it stopped.
"""

from functools import cache
from itertools import combinations

import torch

from attn.experiments.cues import ENCODERS, CueReader, learn
from attn.experiments.explanation import (
    WRONG,
    Read,
    between,
    carried,
    compared,
    examined,
    few,
    guide_of,
    guided,
    learn_elsewhere,
    overfitted,
    unseen,
)
from benchmarks.keep import Kept

SEEDS = range(5)
FEW = range(3)
STEPS = (20, 40, 80)
SHOWN = (("words", 1), ("words", 2), ("bigru", 0))  # in the page's widget


@cache
def reader(encoder: str, seed: int) -> CueReader:
    return learn(encoder, seed)[0]


@cache
def adversary(seed: int) -> CueReader:
    return learn_elsewhere(reader("bigru", seed), seed=1000 + seed)


def main() -> None:
    torch.set_num_threads(1)
    kept = Kept("is_attention_explanation")
    kept.measure(("remarks",), _texts)
    for encoder, seed in SHOWN:
        kept.measure(("carried", f"{encoder} {seed}"), _carried, encoder, seed)
    for encoder in ENCODERS:
        for seed in SEEDS:
            kept.measure(("examined", encoder, seed), _examined, encoder, seed)
        for a, b in combinations(SEEDS, 2):
            kept.measure(("seeds", encoder, f"{a} {b}"), _between, encoder, a, b)
        for seed in FEW:
            kept.measure(("uniform", encoder, seed), guided, guide_of(None), encoder, seed, 200)
    for seed in FEW:
        for wrong in (0.0, WRONG):
            kept.measure(("overfitted", wrong, seed), overfitted, "bigru", seed, wrong)
        kept.measure(("elsewhere", seed), _compared, seed)
        for steps in STEPS:
            for name in ("uniform", "reader's", "adversary's"):
                kept.measure(("guided", name, steps, seed), _guided, name, steps, seed)


def _texts() -> list:
    said = few()
    return [
        {"words": words, "praise": int(praise)}
        for words, praise in zip(said.texts(), said.praise.tolist(), strict=True)
    ]


def _carried(encoder: str, seed: int) -> dict:
    return carried(reader(encoder, seed), few())


def _examined(encoder: str, seed: int) -> dict:
    return examined(reader(encoder, seed), unseen())


def _between(encoder: str, a: int, b: int) -> dict:
    return between(*(Read(reader(encoder, seed), unseen()) for seed in (a, b)))


def _compared(seed: int) -> dict:
    return compared(*(Read(model, unseen()) for model in (reader("bigru", seed), adversary(seed))))


def _guided(name: str, steps: int, seed: int) -> float:
    """Another reader of single words, with the weights of the BiGRU of this seed."""
    if name == "uniform":
        model = None
    else:
        model = reader("bigru", seed) if name == "reader's" else adversary(seed)
    return guided(guide_of(model), "words", 2000 + seed, steps)


if __name__ == "__main__":
    main()
