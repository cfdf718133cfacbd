"""Verdicts to put into a gradebook, and what the gradebook says afterwards."""

from pathlib import Path
from typing import Any

from nbgrader.api import Gradebook

from autograder import checks
from autograder.course import open_course
from autograder.manifest import Manifest
from autograder.verdict import ExerciseVerdict, Verdict

SLUG = "queries_keys_values"
CHECKS = checks.load(SLUG)
ALL = {exercise.name: exercise.points for exercise in CHECKS}
MANIFEST = Manifest.load(SLUG)

Marks = dict[str, tuple[float | None, float | None, bool]]


def cell_of(notebook: Any, name: str) -> Any:
    [found] = [cell for cell in notebook["cells"] if cell["id"] == name]
    return found


def answer(notebook: Any, words: str) -> Any:
    cell_of(notebook, "keys_tie")["source"] = words
    return notebook


def judged(name: str, points: float | None) -> ExerciseVerdict:
    status = "broke" if points is None else "passed" if points == ALL[name] else "failed"
    most = ALL[name]
    return ExerciseVerdict(
        exercise=name, status=status, points=points, max_points=most, seed=1, seconds=0.1
    )


def verdict_of(student: str = "ada", sha256: str = "first", **points: float | None) -> Verdict:
    """Full marks, but for ``points``."""
    each = tuple(judged(name, points.get(name, most)) for name, most in ALL.items())
    return Verdict(
        student=student,
        assignment=SLUG,
        status="incomplete" if None in points.values() else "graded",
        exercises=each,
        submission_sha256=sha256,
        release_sha256=MANIFEST.sha256,
    )


def open_gradebook(course: Path) -> Gradebook:
    return Gradebook(open_course(course)[0].db_url, "attention")


def marks(course: Path, student: str = "ada") -> Marks:
    """The gradebook's automatic score, manual score, and whether a person is asked."""
    with open_gradebook(course) as gradebook:
        grades = gradebook.find_submission_notebook(SLUG, SLUG, student).grades
        return {g.name: (g.auto_score, g.manual_score, bool(g.needs_manual_grade)) for g in grades}


def grade_by_hand(course: Path, name: str, points: float, extra: float | None = None) -> None:
    """What formgrader does when an instructor enters points."""
    with open_gradebook(course) as gradebook:
        grade = gradebook.find_grade(name, SLUG, SLUG, "ada")
        grade.manual_score, grade.needs_manual_grade = points, False
        grade.extra_credit = extra
        gradebook.db.commit()


def everything(course: Path) -> dict[str, Any]:
    """All that nbgrader's tables say of each submission, but for their random ids."""
    found: dict[str, Any] = {}
    with open_gradebook(course) as gradebook:
        for assignment in gradebook.assignments:
            for one in assignment.submissions:
                [notebook] = one.notebooks
                rows = one.to_dict() | notebook.to_dict()
                rows |= {"penalty": notebook.late_submission_penalty, "extension": one.extension}
                rows["grades"] = sorted(_rows(notebook.grades))
                rows["comments"] = sorted(_rows(notebook.comments))
                found[f"{one.student.id}/{assignment.name}"] = rows | {"id": ""}
    return found


def _rows(of: Any) -> list[str]:
    return [str({**row.to_dict(), "id": ""}) for row in of]
