"""The course proves itself: solutions pass, releases are unsolved, mistakes fail and are named."""

import re
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import jupytext
import nbformat

from autograder import checks
from autograder.judge import judge
from autograder.manifest import MANIFESTS, Manifest
from autograder.spec import Checks, Exercise
from autograder.subject import LocalSubject

ROOT = Path(__file__).parent.parent


@dataclass
class Report:
    """Counts, and a sentence a problem. ``killed`` mistakes fail; ``named`` ones as themselves."""

    exercises: int = 0
    facts: int = 0
    misconceptions: int = 0
    killed: int = 0
    named: int = 0
    problems: list[str] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        """The report as JSON can hold it."""
        return asdict(self)

    def __str__(self) -> str:
        counts = (
            f"{self.exercises} exercises, {self.facts} facts, {self.misconceptions} misconceptions:"
            f" {self.killed} fail, {self.named} are named as themselves"
        )
        return "\n".join([counts, *(f"✗ {problem}" for problem in self.problems)])


def verify(seeds: tuple[int, ...] = (0, 1, 2), root: Path = ROOT) -> Report:
    """Runs every solution, every released answer and every mistake through the judge."""
    report = Report(problems=_strays(root))
    for slug in checks.slugs():
        course = checks.load(slug)
        solved = defined(root / f"solutions/{slug}.md", course, report)
        released = defined(root / f"exercises/{slug}/{slug}.ipynb", course, report)
        for exercise in course:
            _verify_exercise(exercise, solved, released, seeds, report)
    return report


def _verify_exercise(
    exercise: Exercise,
    solved: dict[str, Any],
    released: dict[str, Any],
    seeds: tuple[int, ...],
    report: Report,
) -> None:
    report.exercises += 1
    report.misconceptions += len(exercise.misconceptions)
    name = exercise.name
    for seed in seeds:
        verdict = judge(exercise, LocalSubject(solved.get(name, _missing)), seed=seed)
        if verdict.status != "passed":
            because = [fact.because for fact in verdict.facts if fact.status == "failed"]
            report.problems.append(f"the solution of {name} is refused, seed {seed}: {because}")
    report.facts += len(verdict.facts)
    unsolved = judge(exercise, LocalSubject(released.get(name, _missing)), seed=seeds[0])
    if unsolved.misconception is None or unsolved.misconception.name != "not started yet":
        report.problems.append(f"{name} is not unsolved in its release: run `autograder release`")
    for mistake in exercise.misconceptions:
        found = [
            judge(exercise, LocalSubject(mistake.implementation()), seed=seed) for seed in seeds
        ]
        killed = all(verdict.status == "failed" for verdict in found)
        named = killed and all(
            verdict.misconception is not None
            and verdict.misconception.complete
            and verdict.misconception.name == mistake.name
            for verdict in found
        )
        report.killed += killed
        report.named += named
        if not killed:
            report.problems.append(f"{name}: the mistake {mistake.name!r} passes")
        elif not named:
            report.problems.append(f"{name}: the mistake {mistake.name!r} is not named as itself")


def _missing(*args: Any) -> None:
    raise NameError("the notebook does not define this exercise")


def defined(path: Path, course: Checks, report: Report) -> dict[str, Any]:
    """What a notebook of ours defines. Only for our own: this runs its code in this process."""
    if not path.is_file():
        report.problems.append(f"{path.name} is missing: {course.slug} has checks")
        return {}
    notebook: Any = jupytext.read(path) if path.suffix == ".md" else nbformat.read(path, 4)
    namespace: dict[str, Any] = {"__name__": path.stem}
    for cell in notebook.cells:
        defines = any(re.search(rf"^(def|class) {e.name}\b", cell.source, re.M) for e in course)
        imports = cell.source.lstrip().startswith(("import ", "from ")) and "%" not in cell.source
        if cell.cell_type == "code" and (defines or imports):
            exec(compile(cell.source, f"{path.name}", "exec"), namespace)
    return namespace


def _strays(root: Path) -> list[str]:
    slugs = set(checks.slugs())
    found = {
        "solutions": {path.name.removesuffix(".md") for path in (root / "solutions").iterdir()},
        "exercises": {path.name for path in (root / "exercises").iterdir()},
        "autograder/manifests": {path.stem for path in MANIFESTS.glob("*")},
    }
    problems = [
        f"{folder}/{name} belongs to no checks"
        for folder, names in found.items()
        for name in sorted(names - slugs)
    ]
    for slug in sorted(slugs & found["autograder/manifests"]):
        listed = {exercise.name for exercise in Manifest.load(slug).exercises}
        if listed != {exercise.name for exercise in checks.load(slug)}:
            problems.append(f"the manifest of {slug} is stale: run `autograder release`")
        folder = root / "exercises" / slug
        strays = {path.name for path in folder.glob("*")} - {f"{slug}.ipynb"}
        problems += [f"exercises/{slug}/{name} is astray" for name in sorted(strays)]
    return problems
