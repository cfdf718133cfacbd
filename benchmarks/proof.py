"""The full counts behind what `make test` tries in short: ``python -m benchmarks.proof``.

Every reference answer and every alternative of ``tests/bank/alternatives`` over 200 seeds, every
mistake over 20; writes ``results/proof.json``. With names of exercises, these are proved again with
the alternatives that answer them, and what the file says of the others stays, with its commit.
"""

import argparse
import json
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import torch
from rich.progress import track

from autograder import checks
from autograder.judge import judge
from autograder.spec import Exercise
from autograder.subject import LocalSubject

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from bank import build, trial

RIGHT_SEEDS = range(1000, 1200)
WRONG_SEEDS = range(1000, 1020)
RESULT = Path(__file__).parent / "results/proof.json"


def prove(exercise: Exercise) -> dict[str, object]:
    """How often right code was refused, and wrong code was passed or not named as itself."""
    seconds, refused = [], []
    for seed in RIGHT_SEEDS:
        start = time.perf_counter()
        verdict = judge(exercise, LocalSubject(exercise.reference), seed=seed)
        seconds.append(time.perf_counter() - start)
        refused += [seed] if verdict.status != "passed" else []
    passed, unnamed = [], []
    for mistake in exercise.misconceptions:
        for seed in WRONG_SEEDS:
            verdict = judge(exercise, LocalSubject(mistake.implementation()), seed=seed)
            found = verdict.misconception
            if verdict.status != "failed":
                passed.append([mistake.name, seed])
            elif found is None or not found.complete or found.name != mistake.name:
                unnamed.append([mistake.name, seed])
    return {
        "right_refused": refused,
        "mistakes": len(exercise.misconceptions),
        "wrong_passed": passed,
        "not_named_as_itself": unnamed,
        "seconds_median": round(statistics.median(seconds), 4),
    }


def prove_alternative(name: str) -> dict[str, object]:
    """How often a right answer, written otherwise, was refused."""
    exercises = list(build.alternative(name).exercises)
    return {"exercises": exercises, "refused": trial.tried(name, RIGHT_SEEDS)}


def main() -> None:
    """Proves every exercise, or some again, and writes the result; exits with 1 at a flaw."""
    parser = argparse.ArgumentParser(description="The full counts behind `make test`.")
    parser.add_argument("exercise", nargs="*", help="prove these again and keep the rest")
    asked = set(parser.parse_args().exercise)
    torch.set_num_threads(1)
    exercises = {e.name: e for slug in checks.slugs() for e in checks.load(slug)}
    if unknown := asked - exercises.keys():
        parser.error(f"no exercise is called {', '.join(sorted(unknown))}")
    proofs, otherwise = _kept(exercises) if asked else ({}, {})
    due = [exercise for name, exercise in exercises.items() if not asked or name in asked]
    commit = {"commit": _git("rev-parse", "HEAD")}
    for exercise in track(due, "proving"):
        proofs[exercise.name] = commit | prove(exercise)
    names = [
        name
        for name in build.alternatives()
        if not asked or asked & set(build.alternative(name).exercises)
    ]
    for name in track(names, "written otherwise"):
        otherwise[name] = commit | prove_alternative(name)
    result = {
        "command": "python -m benchmarks.proof",
        "machine": f"{platform.machine()}, {platform.system()}, one thread",
        "versions": {"python": platform.python_version(), "torch": torch.__version__},
        "seeds": {"right": len(RIGHT_SEEDS), "wrong": len(WRONG_SEEDS)},
        "exercises": proofs,
        "alternatives": otherwise,
    }
    RESULT.parent.mkdir(exist_ok=True)
    RESULT.write_text(json.dumps(result, indent=2) + "\n")
    flawed = ("right_refused", "wrong_passed", "not_named_as_itself", "refused")
    both = proofs | otherwise
    bad = [name for name, proof in both.items() if any(proof.get(flaw) for flaw in flawed)]
    flaws = f"{len(bad)} with a flaw{': ' + ', '.join(bad) if bad else ''}"
    print(f"{len(proofs)} exercises, {len(otherwise)} alternatives, {flaws}")
    sys.exit(bool(bad))


def _kept(exercises: Iterable[str]) -> tuple[dict[str, Any], dict[str, Any]]:
    """What was proved of exercises and alternatives that are still there."""
    old = json.loads(RESULT.read_text())
    proofs = {name: old["exercises"][name] for name in exercises if name in old["exercises"]}
    there = [name for name in build.alternatives() if name in old["alternatives"]]
    return proofs, {name: old["alternatives"][name] for name in there}


def _git(*arguments: str) -> str:
    return subprocess.run(
        ["git", *arguments], capture_output=True, text=True, check=True
    ).stdout.strip()


if __name__ == "__main__":
    main()
