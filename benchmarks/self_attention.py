"""Chapter 10's numbers, over all seeds: ``python -m benchmarks.self_attention``.

About eight minutes on one core; an interrupted run goes on where it stopped.
"""

import torch

from attn.experiments.positions import (
    SCHEMES,
    learn_reversal,
    learn_stream,
    reversal_accuracy,
    stream_accuracy,
)
from attn.experiments.recurrence import times
from attn.experiments.roles import learn_roles, numbers, role_accuracy
from benchmarks.keep import Kept

SEEDS = range(3)
LENGTHS = (32, 64, 128, 256)  # training sees the first
# Name, scheme, number of layers, causal.
REVERSALS = (
    ("with positions", "sinusoidal", 1, False),
    ("without", "none", 1, False),
    ("causal, with positions", "sinusoidal", 1, True),
    ("causal, without", "none", 1, True),
    ("causal, without, two layers", "none", 2, True),
)


def main() -> None:
    torch.set_num_threads(1)
    kept = Kept("self_attention")
    for seed in SEEDS:
        for name, positions in (("with", True), ("without", False)):
            kept.measure(("roles", name, seed), _roles, positions, seed)
    for name, positions in (("with", True), ("without", False)):
        kept.measure(("reader", name), _reader, positions)
    for T in (16, 32, 64, 128, 256, 512, 1024, 2048):
        kept.measure(("milliseconds", T), times, T)
    for seed in SEEDS:  # one of everything first
        for name, scheme, layers, causal in REVERSALS:
            kept.measure(("reversal", name, seed), _reversal, scheme, seed, layers, causal)
        for question in ("latest", "back"):
            for scheme in (*SCHEMES, "gru"):
                key = (question, scheme, seed)
                kept.measure(key, _stream, scheme, question, seed)


def _roles(positions: bool, seed: int) -> float:
    return role_accuracy(learn_roles(positions, seed))


def _reader(positions: bool) -> dict[str, list]:
    return numbers(learn_roles(positions, 0))


def _reversal(scheme: str, seed: int, layers: int, causal: bool) -> list[float]:
    return reversal_accuracy(learn_reversal(scheme, seed, layers=layers, causal=causal))


def _stream(scheme: str, question: str, seed: int) -> dict[str, dict[str, float]]:
    """By length: as it is, and (not for the GRU) when it may read no farther than in training."""
    model = learn_stream(scheme, question, seed)
    found = {"whole": {str(T): stream_accuracy(model, question, T) for T in LENGTHS}}
    if scheme != "gru":
        found["window"] = {
            str(T): stream_accuracy(model, question, T, window=LENGTHS[0]) for T in LENGTHS
        }
    return found


if __name__ == "__main__":
    main()
