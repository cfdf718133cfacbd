"""Does attention pooling help a classifier? ``python -m benchmarks.sentiment``.

Trains every arm on the same random splits, one after the other, on one thread. Each finished run is
a line of ``_build/sentiment.jsonl``; started again, the command goes on where it ended, and at the
end it writes ``results/sentiment.json``. Needs the UCI sentences: set ATTN_DATA, or run
``attn.data.sentiment.download()`` once.

``--only recipe "small / last, no mask"`` trains these alone, and keeps what the result file says of
all others; with ``--seeds 5``, the first five of them.
"""

import argparse
import json
import os
import platform
import subprocess
import time
from dataclasses import asdict
from pathlib import Path
from statistics import fmean, stdev
from typing import Any

import torch

from attn.classifier import POOLS, accuracy
from attn.data import sentiment
from attn.experiments.sentiment import (
    BURIED,
    CANDIDATES,
    SMALL,
    Regime,
    corpus,
    count_words,
    fit,
    learn,
    measured,
    splits,
    unpadded,
)
from attn.intervals import confidence_interval, paired_comparison, quantile, resampled_comparison
from benchmarks.keras_recipe import RECIPE_ARMS, run_recipe

SEEDS = range(10)
FEWEST = 5  # seeds of an arm of which anything is said
TUNING_SEEDS = range(100, 102)
COUNTING = ("words", "words and pairs")
RESULT = Path(__file__).parent / "results/sentiment.json"
RUNS = Path(__file__).parents[1] / "_build/sentiment.jsonl"


def run(name: str, regime: str, arm: str, seed: int, chosen: Regime) -> dict[str, Any]:
    """One training of one arm, and what was measured on it."""
    sentences, aside = corpus(name)
    if regime.endswith("counting"):
        order = torch.randperm(len(sentences), generator=torch.Generator().manual_seed(seed))
        shuffled = [sentences[i] for i in order.tolist()]
        cut = len(shuffled) * 4 // 5
        test = aside if regime.startswith("tuning") else shuffled[cut:]
        return {"accuracy": count_words(shuffled[:cut], test, arm == "words and pairs")}
    if regime.startswith("tuning"):
        setting = CANDIDATES[regime.removeprefix("tuning: ")]
        split, generator = splits(sentences, seed, setting.rare)
        model = fit(split, setting, arm, seed, generator)
        with torch.no_grad():
            return {"accuracy": accuracy(model, sentiment.encode(aside, split.vocabulary))}
    if regime == "recipe":
        return {"accuracy": run_recipe(sentences, arm, seed)}
    if arm.endswith(", no mask"):
        split, generator = splits(sentences, seed)
        model = fit(unpadded(split), SMALL, arm.removesuffix(", no mask"), seed, generator)
        with torch.no_grad():
            return {"accuracy": accuracy(model, unpadded(split).test)}
    model, split = learn(name, SMALL if regime == "small" else chosen, arm, seed)
    return measured(model, split, arm)


def plan() -> list[tuple[str, str, str, int]]:
    """Everything that is trained, in order: corpus, regime, arm, seed."""
    tuning = [
        *(
            ("uci", f"tuning: {setting}", pool, seed)
            for setting in CANDIDATES
            for seed in TUNING_SEEDS
            for pool in ("mean", "attention")
        ),
        *(("uci", "tuning: counting", arm, seed) for arm in COUNTING for seed in TUNING_SEEDS),
    ]
    main = [
        ("uci", regime, arm, seed)
        for seed in SEEDS
        for regime, arms in (
            ("regularised", POOLS),
            ("small", ("last", "mean", "attention")),
            ("counting", COUNTING),
        )
        for arm in arms
    ]
    made = [
        ("generated", "regularised", pool, seed) for seed in SEEDS for pool in ("last", "attention")
    ]
    recipe = [("uci", "recipe", arm, seed) for seed in SEEDS for arm in RECIPE_ARMS]
    blind = [("uci", "small", "last, no mask", seed) for seed in SEEDS]
    return [*tuning, *main, *made, *recipe, *blind]


def tuned(runs: list[dict[str, Any]]) -> str:
    """The candidate with the best mean accuracy on the sentences that were set aside."""

    def score(setting: str) -> float:
        return fmean(r["accuracy"] for r in runs if r["regime"] == f"tuning: {setting}")

    return max(CANDIDATES, key=score)


def summary(runs: list[dict[str, Any]]) -> dict[str, Any]:
    """Means, spreads and paired comparisons of one corpus."""
    table: dict[str, Any] = {}
    regularised = [
        r["accuracy"] for r in runs if (r["regime"], r["arm"]) == ("regularised", "attention")
    ]
    for regime in dict.fromkeys(r["regime"] for r in runs if not r["regime"].startswith("tuning")):
        here = [r for r in runs if r["regime"] == regime]
        arms = {
            arm: [r["accuracy"] for r in here if r["arm"] == arm]
            for arm in dict.fromkeys(r["arm"] for r in here)
        }
        arms = {arm: values for arm, values in arms.items() if len(values) >= FEWEST}
        table[regime] = {"arms": {}, "attention minus": {}}
        for arm, values in arms.items():
            t = quantile(len(values))
            mean, low, high = confidence_interval(values, t)
            # Where the next split's accuracy would fall, 19 times out of 20.
            reach = t * stdev(values) * (1 + 1 / len(values)) ** 0.5
            table[regime]["arms"][arm] = {
                "seeds": values,
                "mean": mean,
                "interval": [low, high],
                "one more seed": [mean - reach, min(1.0, mean + reach)],
                **{
                    name: fmean(r[name] for r in here if r["arm"] == arm)
                    for name in here[0]
                    if name.startswith("buried") and all(name in r for r in here if r["arm"] == arm)
                },
            }
        ours = arms.get("attention") or arms.get("attention, mended") or regularised
        for arm, values in arms.items():
            if values is not ours:
                common = min(len(ours), len(values))
                t, mine, theirs = quantile(common), ours[:common], values[:common]
                plain = paired_comparison(mine, theirs, t)
                wide = resampled_comparison(mine, theirs, t, tested=0.25)
                table[regime]["attention minus"][arm] = {
                    "mean": plain.mean,
                    "interval": plain[1:],
                    "corrected interval": wide[1:],
                    "better on": sum(x > y for x, y in zip(mine, theirs, strict=True)),
                }
                deepest = [
                    [r[f"buried {BURIED[-1]}"] for r in here if r["arm"] == name]
                    for name in ("attention", arm)
                    if all(f"buried {BURIED[-1]}" in r for r in here if r["arm"] == name)
                ]
                if regime != "recipe" and len(deepest) == 2 and all(deepest):
                    table[regime]["attention minus"][arm]["buried"] = paired_comparison(*deepest, t)
        looked = [r for r in here if "top word decides" in r]
        if looked:
            names = [
                n for n in looked[0] if n not in ("corpus", "regime", "arm", "seed", "accuracy")
            ]
            table[regime]["highlights"] = {
                n: fmean(r[n] for r in looked) for n in names if not n.startswith("buried")
            }
    return table


def main(arguments: list[str] | None = None) -> None:
    """Trains what is not trained yet, and writes the result."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", nargs="+", metavar="REGIME", help='such as "small / last"')
    parser.add_argument("--seeds", type=int, default=len(SEEDS), help="of those, the first so many")
    options = parser.parse_args(arguments)
    only, seeds = options.only, options.seeds
    if not only and seeds != len(SEEDS):
        parser.error("--seeds goes with --only: a whole run has all of them")
    planned = [
        item
        for item in plan()
        if not only or ({item[1], f"{item[1]} / {item[2]}"} & {*only} and item[3] < seeds)
    ]
    if not planned:
        parser.error(f"nothing is called {' or '.join(only)}, or no seeds are left")
    torch.set_num_threads(1)
    os.environ["ATTN_QUIET"] = "1"
    RUNS.parent.mkdir(exist_ok=True)
    runs = [json.loads(line) for line in RUNS.read_text().splitlines()] if RUNS.exists() else []
    done = {(r["corpus"], r["regime"], r["arm"], r["seed"]) for r in runs}
    kept = json.loads(RESULT.read_text("utf-8")) if only else None
    setting = kept["chosen on the sentences set aside"]["setting"] if kept else ""
    for number, item in enumerate(planned, start=1):
        if item in done:
            continue
        if not item[1].startswith("tuning") and not setting:
            setting = tuned(runs)
        start = time.perf_counter()
        found = run(*item, chosen=CANDIDATES[setting or next(iter(CANDIDATES))])
        runs.append(dict(zip(("corpus", "regime", "arm", "seed"), item, strict=True)) | found)
        with RUNS.open("a") as file:
            file.write(json.dumps(runs[-1]) + "\n")
        took = time.perf_counter() - start
        print(f"{number}/{len(planned)} {item} {found['accuracy']:.3f} {took:.0f} s", flush=True)
    if kept:
        merged(
            kept, [r for r in runs if (r["corpus"], r["regime"], r["arm"], r["seed"]) in planned]
        )
        kept["added later"] = {"only": only, "commit": _git("rev-parse", "HEAD")}
    result = kept or complete(runs, tuned(runs))
    RESULT.write_text(json.dumps(result, indent=1) + "\n", "utf-8")
    print(f"wrote {RESULT}")


def merged(kept: dict[str, Any], runs: list[dict[str, Any]]) -> None:
    """Adds the arms of these runs to a result file's content; the others stay as they are.

    What the file says of the others is their accuracies, seed by seed, and that is all that a
    comparison needs.
    """
    for name, table in kept["corpora"].items():
        fresh = [r for r in runs if r["corpus"] == name]
        new = {(r["regime"], r["arm"]) for r in fresh}
        known = [
            {"corpus": name, "regime": regime, "arm": arm, "seed": seed, "accuracy": accuracy}
            for regime, part in table.items()
            for arm, row in part["arms"].items()
            if (regime, arm) not in new
            for seed, accuracy in enumerate(row["seeds"])
        ]
        for regime, part in summary([*known, *fresh]).items():
            place = table.setdefault(regime, {"arms": {}, "attention minus": {}})
            for column in ("arms", "attention minus"):
                rows = {arm: row for arm, row in part[column].items() if (regime, arm) in new}
                place[column] |= rows


def complete(runs: list[dict[str, Any]], setting: str) -> dict[str, Any]:
    """The result file, when every arm was trained."""
    aside = [r for r in runs if r["regime"].startswith("tuning: ")]
    tuning = {
        name: fmean(r["accuracy"] for r in aside if r["regime"] == f"tuning: {name}")
        for name in CANDIDATES
    } | {arm: fmean(r["accuracy"] for r in aside if r["arm"] == arm) for arm in COUNTING}
    return {
        "command": "python -m benchmarks.sentiment",
        "commit": _git("rev-parse", "HEAD"),
        "machine": f"{platform.machine()}, {platform.system()}, one thread",
        "versions": {"python": platform.python_version(), "torch": torch.__version__},
        "seeds": len(SEEDS),
        "data": "UCI amazon_cells and yelp: 200 sentences set aside, 1,440 train, 360 test",
        "small": asdict(SMALL),
        "regularised": asdict(CANDIDATES[setting]),
        "chosen on the sentences set aside": {"setting": setting, "accuracy": tuning},
        "corpora": {
            name: summary([r for r in runs if r["corpus"] == name]) for name in ("uci", "generated")
        },
    }


def _git(*arguments: str) -> str:
    return subprocess.run(
        ["git", *arguments], capture_output=True, text=True, check=True
    ).stdout.strip()


if __name__ == "__main__":
    main()
