"""Submissions for tests, and what a graded course holds."""

from pathlib import Path

import nbformat
from bank.build import CLASS, filled
from nbgrader.api import Gradebook

from autograder.grade import How
from autograder.manifest import Manifest
from autograder.outcome import unjudged
from autograder.submission import Notebook
from autograder.verdict import Verdict

SLUG = "queries_keys_values"
ANSWERS = (CLASS / "amara" / f"{SLUG}.py").read_text("utf-8")


def hand_in(folder: Path, student: str, answers: str = ANSWERS) -> Path:
    path = folder / student / SLUG / f"{SLUG}.ipynb"
    path.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(filled(SLUG, answers), path)
    return path


def verdicts(course: Path) -> dict[str, Verdict]:
    files = sorted(course.glob("verdicts/*/*.json"))
    return {
        f"{file.parent.name}/{file.stem}": Verdict.model_validate_json(file.read_bytes())
        for file in files
    }


def stamps(course: Path) -> dict[str, tuple[int, bytes]]:
    files = sorted(course.glob("verdicts/*/*"))
    return {str(file): (file.stat().st_mtime_ns, file.read_bytes()) for file in files}


def scores(course: Path) -> dict[str, float]:
    with Gradebook(f"sqlite:///{course}/gradebook.db") as gradebook:
        return {
            f"{submission.student.id}/{assignment.name}": submission.score
            for assignment in gradebook.assignments
            for submission in assignment.submissions
        }


def all_right(notebook: Notebook, student: str, manifest: Manifest, how: How) -> Verdict:
    """In place of ``grade_notebook``, for tests of what is done with verdicts: full marks."""
    verdict = unjudged(manifest, how.seed, "")
    exercises = tuple(
        exercise.model_copy(update={"status": "passed", "points": exercise.max_points})
        for exercise in verdict.exercises
    )
    graded = {"status": "graded", "reason": "", "exercises": exercises}
    whose = {"student": student, "submission_sha256": notebook.sha256}
    return verdict.model_copy(update=graded | whose)
