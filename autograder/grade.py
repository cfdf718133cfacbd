"""One submission: its code runs in a sandbox, its answers are judged here: a verdict results."""

import contextlib
import secrets
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from IPython.core.interactiveshell import InteractiveShell

from autograder import calibration, checks
from autograder.forbidden import forbidden_calls
from autograder.judge import judge
from autograder.manifest import MANIFESTS, GradedExercise, Manifest
from autograder.questions import Memory
from autograder.sandbox import Backend, CellLog, CodeCell, Limits, SandboxMissing, open_session
from autograder.show import clean
from autograder.spec import Exercise
from autograder.subject import LocalSubject, StudentError, Subject
from autograder.submission import Notebook, Rejected, Submission, extract, read
from autograder.verdict import (
    CellReport,
    ExerciseVerdict,
    LimitsInForce,
    Verdict,
    WrittenReport,
)

MAX_SOURCE = 10_000  # characters of a cell that a verdict keeps
MAX_REPORTED = 400_000  # of all cells together: a thousand that fail must not fill a disk
MAX_FLAGS = 20
_SHOWN_LIMITS = ("seconds_per_check", "seconds_per_cell", "seconds_in_all", "memory_mb")


@dataclass(frozen=True)
class How:
    """How to grade. Without ``seed``, a secret one is drawn: once for all that are graded by it."""

    seed: int | None = None
    limits: Limits = field(default_factory=Limits)
    devices: tuple[str, ...] = ("cpu",)  # see ``device.resolve``
    backend: Backend = "bubblewrap"

    @property
    def beside(self) -> str:
        """The device that is needed beside the CPU, or "cpu"."""
        return next((device for device in self.devices if device != "cpu"), "cpu")

    def drawn(self) -> "How":
        """The same, with a seed."""
        seed = secrets.randbelow(2**31) if self.seed is None else self.seed
        return replace(self, seed=seed)


DEFAULT = How()
_MEMORY = Memory()  # a class is graded with one seed: what it takes to judge is computed once


def grade_submission(path: Path, student: str, manifest: Manifest, how: How = DEFAULT) -> Verdict:
    """The verdict on the notebook at ``path``; of one that cannot be read, why it is rejected.

    ``SandboxMissing`` where code cannot be isolated. Nothing else is raised: an exercise that could
    not be judged is tried once more, then it is "broke", and the verdict "incomplete".
    """
    try:
        notebook = read(path)
    except Rejected as rejected:
        return reject(rejected, student, manifest)
    return grade_notebook(notebook, student, manifest, how)


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


def give_up(reason: str, sha256: str, student: str, manifest: Manifest, how: How) -> Verdict:
    """The verdict where we could not grade at all, and why; ``sha256`` is of the submission."""
    verdict = _unjudged(manifest, how, None)
    exercises = tuple(e.model_copy(update={"error": clean(reason)}) for e in verdict.exercises)
    return verdict.model_copy(
        update={"student": student, "submission_sha256": sha256, "exercises": exercises}
    )


def grade_notebook(
    notebook: Notebook, student: str, manifest: Manifest, how: How = DEFAULT
) -> Verdict:
    """As ``grade_submission``, of a notebook that was read already."""
    start = time.perf_counter()
    how = how.drawn()
    problem = None
    for _ in range(2):
        try:
            verdict = _graded(extract(notebook, manifest), manifest, how)
            break
        except SandboxMissing:
            raise
        except Exception as error:
            problem = error
    else:
        verdict = _unjudged(manifest, how, problem)
    return verdict.model_copy(
        update={
            "student": student,
            "submission_sha256": notebook.sha256,
            "seconds": round(time.perf_counter() - start, 3),
        }
    )


def _graded(submission: Submission, manifest: Manifest, how: How) -> Verdict:
    """The verdict; what broke at the first attempt is tried again."""
    exercises = _exercises(manifest)
    slower = calibration.factor()
    how = replace(how, limits=how.limits.for_machine(slower))
    run = _attempt(submission, exercises, manifest, how)
    broke = [exercise for exercise in exercises if run.verdicts[exercise.name].status == "broke"]
    if broke:
        again = _attempt(submission, broke, manifest, how)
        run.verdicts |= again.verdicts
        run.log, run.isolation = run.log or again.log, run.isolation or again.isolation
    in_force = {name: getattr(how.limits, name) for name in _SHOWN_LIMITS}
    limits = LimitsInForce(**in_force, calibration=slower)
    return _verdict(run, submission, manifest).model_copy(update={"limits": limits})


@dataclass
class _Run:
    """What came of running a submission."""

    verdicts: dict[str, ExerciseVerdict]
    log: tuple[CellLog, ...] = ()
    isolation: str = ""


def _exercises(manifest: Manifest) -> list[Exercise]:
    """The checks of a release's exercises, with the release's points."""
    known = checks.load(manifest.slug)
    return [
        replace(known[exercise.name], points=exercise.points) for exercise in manifest.exercises
    ]


def _attempt(
    submission: Submission, exercises: Iterable[Exercise], manifest: Manifest, how: How
) -> _Run:
    cells = [CodeCell(cell.id, cell.source) for cell in submission.cells]
    run = _Run({})
    try:
        with open_session(cells, manifest.provides, how.limits, how.backend, how.beside) as session:
            run.isolation = session.isolation
            _judge_all(run, exercises, session.subject, submission, how)
            run.log = session.log
    except SandboxMissing:
        raise
    except Exception as error:
        for exercise in exercises:
            run.verdicts.setdefault(exercise.name, _broke(exercise, how, error))
    return run


def _judge_all(
    run: _Run,
    exercises: Iterable[Exercise],
    subject: Callable[[str], Subject],
    submission: Submission,
    how: How,
) -> None:
    for exercise in exercises:
        try:
            run.verdicts[exercise.name] = _judged(exercise, subject, submission, how)
        except Exception as error:  # of ours: the others are judged all the same
            run.verdicts[exercise.name] = _broke(exercise, how, error)


def _judged(
    exercise: Exercise, subject: Callable[[str], Subject], submission: Submission, how: How
) -> ExerciseVerdict:
    assert how.seed is not None, "the seed is drawn before the first attempt"
    asked = subject(exercise.name)
    found = judge(exercise, asked, seed=how.seed, devices=how.devices, memory=_MEMORY)
    flags = forbidden_calls(exercise, submission.cells)[:MAX_FLAGS]
    return _readable(found.model_copy(update={"flags": flags}))


def _readable(verdict: ExerciseVerdict) -> ExerciseVerdict:
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


def _broke(
    exercise: Exercise | GradedExercise, how: How, error: Exception | None
) -> ExerciseVerdict:
    return ExerciseVerdict(
        exercise=exercise.name,
        status="broke",
        points=None,
        max_points=exercise.points,
        error=clean(f"{type(error).__name__}: {error}"),
        seed=how.seed or 0,
        seconds=0.0,
    )


def _unjudged(manifest: Manifest, how: How, error: Exception | None) -> Verdict:
    """The verdict where nothing could be judged, for a reason of ours."""
    return Verdict(
        student="",
        assignment=manifest.slug,
        status="incomplete",
        reason="We could not judge this notebook.",
        exercises=tuple(_broke(exercise, how, error) for exercise in manifest.exercises),
        release_sha256=manifest.sha256,
    )


def _verdict(run: _Run, submission: Submission, manifest: Manifest) -> Verdict:
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


def check_notebook(path: Path, *, seed: int | None = None, folder: Path = MANIFESTS) -> Verdict:
    """A student's own run: the notebook's cells run in this process, as they do in Jupyter.

    ``LookupError`` where no release knows the notebook; ``FileNotFoundError`` where there is none.
    """
    from autograder.notebook import devices
    from autograder.sandbox.inside.cells import make_shell, run_cell

    if not path.is_file():
        raise FileNotFoundError(f"there is no notebook {path}")
    try:
        notebook = read(path)
    except Rejected as rejected:
        raise LookupError(f"{path} cannot be checked: {rejected}") from None
    manifest = _release_of(notebook, path, folder)
    how = How(seed, devices=devices()).drawn()
    submission = extract(notebook, manifest)
    shell = make_shell()
    shell.reset()  # it is one for the whole process
    shell.user_ns.setdefault("__spec__", None)  # it is __main__ now, and processes ask for that
    run = _Run({}, isolation="none: your code ran as you")
    # A student's prints must not end up inside --json.
    with contextlib.redirect_stdout(sys.stderr):
        for cell in submission.cells:
            failure = run_cell(shell, cell.source)
            if failure is not None:
                run.log += (CellLog(cell.id, "error", StudentError(**failure.model_dump())),)
        _judge_all(run, _exercises(manifest), lambda name: _local(shell, name), submission, how)
    return _verdict(run, submission, manifest).model_copy(
        update={"submission_sha256": notebook.sha256}
    )


def _local(shell: InteractiveShell, name: str) -> Subject:
    def undefined(*_: object, **__: object) -> None:
        raise NameError(f"the notebook defines no {name}")

    return LocalSubject(shell.user_ns.get(name, undefined))


def _release_of(notebook: Notebook, path: Path, folder: Path) -> Manifest:
    """The release whose answers the notebook holds; of two, the one that it is named after."""

    def likeness(manifest: Manifest) -> tuple[int, bool]:
        answered = {cell.exercise for cell in extract(notebook, manifest).cells} - {""}
        return len(answered), manifest.slug == path.stem

    releases = [Manifest.load(file.stem, folder) for file in sorted(folder.glob("*.json"))]
    best = max(releases, key=likeness, default=None)
    if best is None or likeness(best) == (0, False):
        raise LookupError(f"{path} holds no exercise of this course")
    return best
