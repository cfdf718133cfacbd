"""Chapter 9's trainings, over all seeds: ``python -m benchmarks.scaled_dot_product``.

About six minutes on one core; an interrupted run goes on where it stopped.
"""

import torch

from attn.experiments.scaling import learn, reverse
from benchmarks.keep import Kept

SEEDS = range(3)
WIDTHS = (16, 128, 512)
SLOWER = 1.5e-3  # a quarter of chapter 4's learning rate
ARMS = (("none", "unit"), ("root", "unit"), ("d", "unit"), ("none", "small"))


def main() -> None:
    torch.set_num_threads(1)
    kept = Kept("scaled_dot_product")
    for seed in SEEDS:
        for divisor, start in ARMS:
            for d in WIDTHS:
                kept.measure(("lookup", divisor, start, d, seed), learn, d, divisor, start, seed)
    for seed in SEEDS:
        for divisor in ("none", "root"):
            kept.measure(("reversal", divisor, seed), reverse, divisor, seed)
            kept.measure(("slower", divisor, seed), reverse, divisor, seed, lr=SLOWER)


if __name__ == "__main__":
    main()
