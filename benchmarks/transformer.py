"""Chapter 12's numbers, over all seeds: ``python -m benchmarks.transformer``.

An interrupted run goes on where it stopped. Needs sacrebleu.
"""

from typing import Any

import sacrebleu
import torch

from attn.experiments import dates, translation
from attn.experiments import transformer as experiments
from benchmarks.keep import Kept

SEEDS = range(3)
DEAR = range(2)  # the seeds of what takes minutes a seed: norms and dates
SMOOTHING = 0.1  # as in Vaswani et al. 2017, section 5.4


def main() -> None:
    torch.set_num_threads(1)
    kept = Kept("transformer")
    of = translation.task()
    training, test = dates.task()
    for skip in (True, False):
        kept.measure(("likeness", "skip" if skip else "none"), experiments.likeness, skip)
    for seed in SEEDS:
        kept.measure(("translation", seed), _translation, seed, of, 0.0)
        kept.measure(("smoothed", seed), _translation, seed, of, SMOOTHING)
    for seed in DEAR:
        for norm in ("post", "pre"):
            for warmup in (0, experiments.WARM_UP):
                key = ("norms", "small", norm, warmup, seed)
                kept.measure(key, _norms, norm, warmup, seed, None)
        kept.measure(("norms", "unit", "post", 0, seed), _norms, "post", 0, seed, 1.0)
        for scaled in (True, False):
            for spread in (None, 1.0):
                key = (
                    "dates",
                    "scaled" if scaled else "plain",
                    "unit" if spread else "small",
                    seed,
                )
                kept.measure(key, _dates, scaled, spread, seed, training, test[:300])


def _norms(norm: str, warmup: int, seed: int, spread: float | None) -> dict[str, Any]:
    return {"right": experiments.reverse_deeply(norm, warmup, seed, spread).measured["right"]}


def _dates(scaled: bool, spread: float | None, seed: int, training: list, test: list) -> Any:
    history = experiments.write_dates(scaled, spread, seed, training, test)
    return {"exact": history.measured["exact"]}


def _translation(seed: int, of: translation.Task, smoothing: float) -> dict[str, Any]:
    model = experiments.translate(seed, of, smoothing=smoothing)
    perplexity, likeliest = experiments.sureness(model, of)
    said = [" ".join(words) for words in experiments.written_out(model, of)]
    right = [" ".join(sentence.french) for sentence in of.test]
    bleu = sacrebleu.corpus_bleu(said, [right], tokenize="none")
    return {
        "exact": round(sum(a == b for a, b in zip(said, right, strict=True)) / len(right), 4),
        "bleu": round(bleu.score, 2),
        "perplexity": perplexity,
        "likeliest": likeliest,
        "error_rates": experiments.error_rates(model, of),
        "parameters": sum(p.numel() for p in model.parameters()),
    }


if __name__ == "__main__":
    main()
