"""The full counts behind what `make test` tries in short: ``python -m benchmarks.proof``.

Every reference answer and every alternative of ``tests/bank/alternatives`` over 200 seeds, every
mistake over 20; writes ``results/proof.json``.
"""

import json
import platform
import statistics
import subprocess
import sys
import time
from pathlib import Path

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
    """Proves every exercise, writes the result, and exits with 1 if anything was wrong."""
    torch.set_num_threads(1)
    exercises = [exercise for slug in checks.slugs() for exercise in checks.load(slug)]
    proofs = {exercise.name: prove(exercise) for exercise in track(exercises, "proving")}
    bad = [
        name
        for name, proof in proofs.items()
        if proof["right_refused"] or proof["wrong_passed"] or proof["not_named_as_itself"]
    ]
    names = build.alternatives()
    otherwise = {name: prove_alternative(name) for name in track(names, "written otherwise")}
    bad += [name for name, proof in otherwise.items() if proof["refused"]]
    result = {
        "command": "python -m benchmarks.proof",
        "commit": _git("rev-parse", "HEAD"),
        "machine": f"{platform.machine()}, {platform.system()}, one thread",
        "versions": {"python": platform.python_version(), "torch": torch.__version__},
        "seeds": {"right": len(RIGHT_SEEDS), "wrong": len(WRONG_SEEDS)},
        "exercises": proofs,
        "alternatives": otherwise,
    }
    RESULT.parent.mkdir(exist_ok=True)
    RESULT.write_text(json.dumps(result, indent=2) + "\n")
    flaws = f"{len(bad)} with a flaw{': ' + ', '.join(bad) if bad else ''}"
    print(f"{len(proofs)} exercises, {len(names)} alternatives, {flaws}")
    sys.exit(bool(bad))


def _git(*arguments: str) -> str:
    return subprocess.run(
        ["git", *arguments], capture_output=True, text=True, check=True
    ).stdout.strip()


if __name__ == "__main__":
    main()
