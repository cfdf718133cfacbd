"""One submission: its code runs in a sandbox, its answers are judged here: a verdict results."""

import secrets
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path

from autograder import calibration, checks
from autograder.forbidden import forbidden_calls
from autograder.judge import judge
from autograder.manifest import Manifest
from autograder.outcome import Run, broke, readable, reject, unjudged, verdict_of
from autograder.questions import Memory
from autograder.sandbox import Backend, CodeCell, Limits, SandboxMissing, open_session
from autograder.spec import Exercise
from autograder.subject import Subject
from autograder.submission import Notebook, Rejected, Submission, extract, read
from autograder.verdict import ExerciseVerdict, LimitsInForce, Verdict

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


def grade_notebook(
    notebook: Notebook, student: str, manifest: Manifest, how: How = DEFAULT
) -> Verdict:
    """As ``grade_submission``, of a notebook that was read already."""
    start = time.perf_counter()
    how = how.drawn()
    problem = ""
    for _ in range(2):
        try:
            verdict = _graded(extract(notebook, manifest), manifest, how)
            break
        except SandboxMissing:
            raise
        except Exception as error:
            problem = _named(error)
    else:
        verdict = unjudged(manifest, how.seed, problem)
    return verdict.model_copy(
        update={
            "student": student,
            "submission_sha256": notebook.sha256,
            "seconds": round(time.perf_counter() - start, 3),
        }
    )


def _graded(submission: Submission, manifest: Manifest, how: How) -> Verdict:
    """The verdict; what broke at the first attempt is tried again."""
    exercises = exercises_of(manifest)
    slower = calibration.factor()
    how = replace(how, limits=how.limits.for_machine(slower))
    run = _attempt(submission, exercises, manifest, how)
    left = [exercise for exercise in exercises if run.verdicts[exercise.name].status == "broke"]
    if left:
        again = _attempt(submission, left, manifest, how)
        run.verdicts |= again.verdicts
        run.log, run.isolation = run.log or again.log, run.isolation or again.isolation
    in_force = {name: getattr(how.limits, name) for name in _SHOWN_LIMITS}
    limits = LimitsInForce(**in_force, calibration=slower)
    return verdict_of(run, submission, manifest).model_copy(update={"limits": limits})


def exercises_of(manifest: Manifest) -> list[Exercise]:
    """The checks of a release's exercises, with the release's points."""
    known = checks.load(manifest.slug)
    return [
        replace(known[exercise.name], points=exercise.points) for exercise in manifest.exercises
    ]


def _attempt(
    submission: Submission, exercises: Iterable[Exercise], manifest: Manifest, how: How
) -> Run:
    cells = [CodeCell(cell.id, cell.source) for cell in submission.cells]
    run = Run({})
    try:
        with open_session(cells, manifest.provides, how.limits, how.backend, how.beside) as session:
            run.isolation = session.isolation
            judge_all(run, exercises, session.subject, submission, how)
            run.log = session.log
    except SandboxMissing:
        raise
    except Exception as error:
        for exercise in exercises:
            run.verdicts.setdefault(exercise.name, broke(exercise, how.seed, _named(error)))
    return run


def judge_all(
    run: Run,
    exercises: Iterable[Exercise],
    subject: Callable[[str], Subject],
    submission: Submission,
    how: How,
) -> None:
    """Puts the verdict on each exercise into ``run``; ``subject`` gives what a name stands for."""
    for exercise in exercises:
        try:
            run.verdicts[exercise.name] = _judged(exercise, subject, submission, how)
        except Exception as error:  # of ours: the others are judged all the same
            run.verdicts[exercise.name] = broke(exercise, how.seed, _named(error))


def _judged(
    exercise: Exercise, subject: Callable[[str], Subject], submission: Submission, how: How
) -> ExerciseVerdict:
    assert how.seed is not None, "the seed is drawn before the first attempt"
    asked = subject(exercise.name)
    found = judge(exercise, asked, seed=how.seed, devices=how.devices, memory=_MEMORY)
    flags = forbidden_calls(exercise, submission.cells)[:MAX_FLAGS]
    return readable(found.model_copy(update={"flags": flags}))


def _named(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"
