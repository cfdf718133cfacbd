"""What came of running and judging a submission, written down as its verdict."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from autograder.manifest import GradedExercise, Manifest
from autograder.sandbox import CellLog
from autograder.show import clean
from autograder.spec import Exercise
from autograder.submission import Rejected, Submission
from autograder.verdict import CellReport, ExerciseVerdict, Verdict, WrittenReport

MAX_SOURCE = 10_000  # characters of a cell that a verdict keeps
MAX_REPORTED = 400_000  # of all cells together: a thousand that fail must not fill a disk


@dataclass
class Run:
    """What came of it: each exercise's verdict by name, how the cells ran, what confined them."""

    verdicts: dict[str, ExerciseVerdict]
    log: tuple[CellLog, ...] = ()
    isolation: str = ""


def verdict_of(run: Run, submission: Submission, manifest: Manifest) -> Verdict:
    """The verdict on a submission, whose student the caller knows."""
    verdicts = tuple(run.verdicts[exercise.name] for exercise in manifest.exercises)
    broke = [verdict.exercise for verdict in verdicts if verdict.status == "broke"]
    return Verdict(
        student="",
        assignment=manifest.slug,
        status="incomplete" if broke else "graded",
        reason=f"We could not judge {', '.join(broke)}." if broke else "",
        exercises=verdicts,
        cells=_reports(submission, run.log),
        written=tuple(
            WrittenReport(
                name=written.grade_cell,
                max_points=written.points,
                text=clean(submission.written.get(written.grade_cell, ""), 20_000),
            )
            for written in manifest.written
        ),
        release_sha256=manifest.sha256,
        isolation=run.isolation,
    )


def reject(rejected: Rejected, student: str, manifest: Manifest) -> Verdict:
    """The verdict on what cannot be graded: no points, and why."""
    lost = [
        ExerciseVerdict(
            exercise=exercise.name,
            status="failed",
            points=0.0,
            max_points=exercise.points,
            error="the submission was rejected",
            seed=0,
            seconds=0.0,
        )
        for exercise in manifest.exercises
    ]
    return Verdict(
        student=student,
        assignment=manifest.slug,
        status="rejected",
        reason=clean(str(rejected), 500),
        exercises=tuple(lost),
        submission_sha256=rejected.sha256,
        release_sha256=manifest.sha256,
    )


def unjudged(manifest: Manifest, seed: int | None, error: str) -> Verdict:
    """The verdict where nothing could be judged, for a reason of ours."""
    return Verdict(
        student="",
        assignment=manifest.slug,
        status="incomplete",
        reason="We could not judge this notebook.",
        exercises=tuple(broke(exercise, seed, error) for exercise in manifest.exercises),
        release_sha256=manifest.sha256,
    )


def broke(exercise: Exercise | GradedExercise, seed: int | None, error: str) -> ExerciseVerdict:
    """The verdict on an exercise that could not be judged, and why: no points, and no zero."""
    return ExerciseVerdict(
        exercise=exercise.name,
        status="broke",
        points=None,
        max_points=exercise.points,
        error=clean(error),
        seed=seed or 0,
        seconds=0.0,
    )


def readable(verdict: ExerciseVerdict) -> ExerciseVerdict:
    """The verdict without terminal escapes and the like, which errors and values may hold."""

    def walk(value: Any) -> Any:
        match value:
            case str():
                return clean(value)
            case dict():
                return {clean(key): walk(item) for key, item in value.items()}
            case list():
                return [walk(item) for item in value]
        return value

    return ExerciseVerdict.model_validate(walk(verdict.model_dump(mode="json")))


def _reports(submission: Submission, log: Iterable[CellLog]) -> tuple[CellReport, ...]:
    """The cells worth reading: answers, and those that failed or wrote to stderr."""
    by_id = {entry.id: entry for entry in log}
    reports = []
    left = MAX_REPORTED

    def kept(text: str, most: int = 4000) -> str:
        nonlocal left
        text = clean(text, min(most, left))
        left = max(0, left - len(text))
        return text

    for cell in submission.cells:
        entry = by_id.get(cell.id, CellLog(cell.id, "ok"))
        if cell.exercise or entry.status != "ok" or entry.stderr.strip():
            reports.append(
                CellReport(
                    number=cell.number,
                    exercise=cell.exercise,
                    status=entry.status,
                    source=kept(cell.source, MAX_SOURCE),
                    error=kept(str(entry.error)) if entry.error else "",
                    stderr=kept(entry.stderr.strip()),
                )
            )
    return tuple(reports)
