"""Chapter 19's numbers, over all seeds: ``python -m benchmarks.beyond``.

About three minutes on one core; an interrupted run goes on where it stopped.
"""

from functools import cache
from typing import Any

import torch

from attn.experiments import clicks, fetching, tones
from attn.sentiment_reader import quantised
from benchmarks.keep import Kept

SEEDS = range(3)
CARRIED = {"agent": 0, "clicks": 1}  # the seeds whose parameters the page's widgets carry
LONGER = ("mean", "mean of pairs")  # with three times as many scenes


@cache
def listener(arm: str, seed: int) -> tones.Listener:
    return tones.learn(arm, seed)


@cache
def agent(arm: str, seed: int, steps: int) -> fetching.Fetcher:
    return fetching.learn(arm, seed, steps)


def main() -> None:
    torch.set_num_threads(1)
    kept = Kept("beyond")
    for seed in SEEDS:
        for arm in tones.ARMS:
            for name, (few, many) in {"3 to 6": (3, 6), "8": (8, 8), "12": (12, 12)}.items():
                kept.measure(("tones", arm, name, seed), _heard, arm, seed, few, many)
        for name, (few, many) in {"1 to 6": (1, 6), "12": (12, 12)}.items():
            for arm in fetching.ARMS:
                kept.measure(("fetching", arm, name, seed), _walked, arm, seed, 2000, few, many)
            for arm in LONGER:
                place = ("fetching, longer", arm, name, seed)
                kept.measure(place, _walked, arm, seed, 6000, few, many)
        for arm in clicks.ARMS:
            kept.measure(("clicks", arm, seed), _judged, arm, seed)
    kept.measure(("carried", "agent"), _agent, CARRIED["agent"])
    for arm in ("softmax", "unnormalised"):
        kept.measure(("carried", arm), _clicker, arm, CARRIED["clicks"])


def _heard(arm: str, seed: int, few: int, many: int) -> dict[str, float]:
    return tones.heard(listener(arm, seed), few, many)


def _walked(arm: str, seed: int, steps: int, few: int, many: int) -> dict[str, float]:
    return fetching.walked(agent(arm, seed, steps), few, many)


def _judged(arm: str, seed: int) -> dict[str, float | list[float]]:
    return clicks.judged(clicks.learn(arm, seed))


def _agent(seed: int) -> dict[str, Any]:
    return quantised(agent("attention", seed, 2000))


def _clicker(arm: str, seed: int) -> dict[str, Any]:
    return quantised(clicks.learn(arm, seed))


if __name__ == "__main__":
    main()
