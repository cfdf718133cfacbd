"""Chapter 5's numbers, over all seeds: ``python -m benchmarks.bahdanau``.

About four minutes a seed on one core; an interrupted run goes on where it stopped.
"""

from typing import Any

import torch

from attn.experiments import dates, translation
from attn.experiments.exchange import follows
from attn.experiments.reversal import LENGTHS, accuracies, learn, looks, pointing
from attn.seq2seq import Seq2Seq
from benchmarks.keep import Kept

SEEDS = range(3)
LONG = 1200  # steps on dates: four times what the page trains


def main() -> None:
    torch.set_num_threads(1)
    kept = Kept("bahdanau")
    training, test = dates.task()
    of = translation.task()
    kept.measure(("diagonal",), _diagonal, of)
    for seed in SEEDS:
        for attention in ("additive", "general", "popular"):
            kept.measure(("translation", attention, seed), _translation, attention, seed, of)
        for attention in ("additive", "general", "popular", "unbent"):
            kept.measure(("reversal", attention, seed), _reversal, attention, seed)
        for attention in ("none", "additive"):
            kept.measure(("dates", attention, seed), _dates, attention, seed, training, test)
        kept.measure(("translation", "none", seed), _translation, "none", seed, of)


def _diagonal(of: translation.Task) -> float:
    return round(translation.error_rate(translation.diagonal_pairs(of), of), 4)


def _reversal(attention: str, seed: int) -> dict[str, Any]:
    model = learn(attention, seed)
    found: dict[str, Any] = {
        "accuracy": accuracies(model),
        "points": [round(pointing(model, length), 4) for length in LENGTHS],
        "within_one": [round(pointing(model, length, within=1), 4) for length in LENGTHS],
    }
    if attention in ("additive", "general"):
        found["follows"] = {name: round(x, 4) for name, x in follows(model, 8).items()}
    if seed == 0:
        found["looks"] = looks(model, 6)
    return found


def _dates(attention: str, seed: int, training: list, test: list) -> dict[str, Any]:
    model, history = dates.learn(attention, seed, training, test, steps=LONG)
    found: dict[str, Any] = {"exact": history.measured["exact"]}
    if attention != "none":
        found["year"] = [round(dates.year_found(model, test, within), 4) for within in (0, 1)]
    return found


def _translation(attention: str, seed: int, of: translation.Task) -> dict[str, Any]:
    model = translation.learn(attention, seed, of)
    found: dict[str, Any] = {"exact": round(translation.exact(model, of), 4)}
    if attention != "none":
        pairs = translation.found_pairs(model, of)
        found["error_rate"] = round(translation.error_rate(pairs, of), 4)
        kinds = translation.read_by_kind(pairs, of)
        found["read_by_kind"] = {kind: round(share, 4) for kind, share in kinds.items()}
    if attention in ("additive", "general") and seed == 0:
        found["sentences"] = _shown(model, of)
    return found


def _shown(model: Seq2Seq, of: translation.Task) -> list[dict[str, Any]]:
    """Eight held-out sentences with weights and gold, for the page's alignment explorer."""
    shown = of.test[:8]
    batch = of.batch(shown)
    with torch.no_grad():
        _, weights = model(batch.source, batch.source_lengths, batch.target)
    return [
        {
            "english": list(s.english),
            "french": list(s.french),
            "sure": sorted(map(list, s.sure)),
            "possible": sorted(map(list, s.possible)),
            "weights": [
                [round(x, 4) for x in row[: len(s.english)]]
                for row in weights[n, : len(s.french)].tolist()
            ],
        }
        for n, s in enumerate(shown)
    ]


if __name__ == "__main__":
    main()
