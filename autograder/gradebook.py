"""Verdicts into nbgrader's books: grades, and the notebook that formgrader and feedback show.

Where nbgrader's ``Execute`` ran students' code, ``WriteVerdict`` writes what a judge said. nbgrader
reads a check cell so: an error is 0 points, an ``execute_result`` is its number of points, and
anything else is full marks.
"""

import html
import warnings
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_output, new_raw_cell
from nbgrader.api import Gradebook
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import (
    AssignLatePenalties,
    CheckCellMetadata,
    NbGraderPreprocessor,
    SaveAutoGrades,
)
from sqlalchemy.exc import SAWarning

from autograder import release
from autograder.course import CourseError, open_course, released_notebook
from autograder.files import write_whole
from autograder.layout import wrong_name
from autograder.manifest import Manifest
from autograder.notebook import headline
from autograder.notebook import html as as_html
from autograder.notebook import text as as_text
from autograder.show import clean
from autograder.verdict import ExerciseVerdict, Verdict

# nbgrader 0.9.6 under SQLAlchemy 2.1: it looks at a submission before it adds it, on purpose.
warnings.filterwarnings("ignore", "Object of type", SAWarning, module="nbgrader")

_NEW = {"code": new_code_cell, "markdown": new_markdown_cell, "raw": new_raw_cell}


def record(
    folder: Path, verdict: Verdict, notebook: dict[str, Any] | None, manifest: Manifest
) -> Path:
    """Writes one submission into a course's gradebook, and returns its autograded notebook.

    ``notebook`` is what ``submission.read`` gave, or None for a rejected submission. Recording the
    same submission again changes nothing that a person graded; a new one asks for review of it.
    ``CourseError`` where the verdict does not belong to the course's release.
    """
    course, config = open_course(folder)
    _belongs(verdict, manifest, course)
    slug, student = manifest.slug, verdict.student
    shown = Path(course.format_path(course.autograded_directory, student, slug), f"{slug}.ipynb")
    resources: Any = {
        "nbgrader": {
            "student": student,
            "assignment": slug,
            "notebook": slug,
            "db_url": course.db_url,
        },
        "verdict": verdict,
        "same": _recorded(shown) == verdict.submission_sha256,
    }
    page = transplant(_released(course, slug), notebook)
    if verdict.status == "rejected":
        sentence = f"**This submission could not be graded.** {html.escape(verdict.reason)}"
        page.cells.insert(0, new_markdown_cell(sentence, id="rejected"))
    with Gradebook(course.db_url, course.course_id) as gradebook:
        gradebook.update_or_create_student(student)
        gradebook.update_or_create_submission(slug, student)
    for part in (WriteVerdict, SaveVerdict, AssignLatePenalties, CheckCellMetadata):
        page, resources = part(config=config).preprocess(page, resources)
    page.metadata["attnbook"] = {"submission_sha256": verdict.submission_sha256}
    write_whole(shown, nbformat.writes(page) + "\n")
    return shown


def _belongs(verdict: Verdict, manifest: Manifest, course: CourseDirectory) -> None:
    wrong = wrong_name(verdict.student)
    if wrong is not None:
        raise CourseError(f"{clean(verdict.student, 100)!r} cannot be recorded: {wrong}")
    there = released_notebook(course, manifest.slug)
    if not there.is_file():
        raise CourseError(
            f"{course.root} has no {manifest.slug}: run `autograder course {course.root}`"
        )
    shas = {release.sha256(there), manifest.sha256, verdict.release_sha256}
    if verdict.assignment != manifest.slug or len(shas) > 1:
        raise CourseError(
            f"the verdict on {verdict.student} is not about this course's {manifest.slug}: "
            f"run `autograder course {course.root}`, then grade again"
        )


def _recorded(shown: Path) -> str:
    """The hash of the submission that was recorded last, or nothing."""
    if not shown.is_file():
        return ""
    return nbformat.read(shown, 4).metadata.get("attnbook", {}).get("submission_sha256", "")


# ---------------------------------------------------------------- the notebook that people see


def _released(course: CourseDirectory, slug: str) -> NotebookNode:
    """The released notebook, with the rubric at its place for those who grade."""
    released = nbformat.read(released_notebook(course, slug), 4)
    by_id = {cell.id: cell for cell in released.cells}
    source = Path(course.format_path(course.source_directory, ".", slug), f"{slug}.ipynb")
    cells = []
    for cell in nbformat.read(source, 4).cells:
        if cell.id in by_id:
            cells.append(by_id[cell.id])
        elif "rubric" in cell.metadata.get("tags", []):
            cells.append(cell)
    released.cells = cells
    return released


def transplant(released: NotebookNode, notebook: dict[str, Any] | None) -> NotebookNode:
    """The release, with a student's words and code in it: no other part of a submission survives.

    Answers and written answers take the student's source (of copies, the last, as in the sandbox).
    Cells of the student's own, and copies and changed versions of free cells, follow the cell of
    the release that they followed. Checks are the release's.
    """
    ours = {_name(cell): cell for cell in released.cells}
    answers = {name: cell for name, cell in ours.items() if _graded(cell, "solution")}
    original = {cell.source for cell in released.cells}
    extra: dict[str, list[NotebookNode]] = {}
    above = ""
    for cell in (notebook or {}).get("cells", []):
        source = "".join(cell["source"])
        name = _name(cell) if _name(cell) in ours else cell.get("id", "")
        in_words = _graded(answers.get(name), "grade")
        if name in answers and (in_words or cell["cell_type"] == "code"):
            answers[name].source = source
        elif not _graded(ours.get(name), "grade") and source.strip() and source not in original:
            number = sum(len(cells) for cells in extra.values()) + 1
            mine = _NEW[cell["cell_type"]](source, id=f"student-{number}")
            extra.setdefault(name if name in ours else above, []).append(mine)
        above = name if name in ours else above
    released.cells = extra.get("", []) + [
        shown for name, cell in ours.items() for shown in (cell, *extra.get(name, []))
    ]
    return released


def _name(cell: Any) -> str:
    return cell["metadata"].get("nbgrader", {}).get("grade_id") or cell.get("id", "")


def _graded(cell: Any, role: str) -> bool:
    return cell is not None and bool(cell["metadata"].get("nbgrader", {}).get(role))


# ---------------------------------------------------------------- nbgrader's preprocessors


class WriteVerdict(NbGraderPreprocessor):
    """Stands where ``Execute`` stood: the outputs of the checks are a judge's, not a kernel's."""

    def preprocess(
        self, nb: NotebookNode, resources: dict[str, Any]
    ) -> tuple[NotebookNode, dict[str, Any]]:
        verdict: Verdict = resources["verdict"]
        found = {exercise.exercise: exercise for exercise in verdict.exercises}
        for cell in nb.cells:
            if _graded(cell, "grade") and not _graded(cell, "solution"):
                name, points = cell.metadata.nbgrader.grade_id, cell.metadata.nbgrader.points
                judged = found.get(name) or _not_judged(name, points, verdict.reason)
                if judged.max_points != points:
                    raise CourseError(
                        f"{name} gives {judged.max_points:g} points in the verdict and {points:g} "
                        "in the release: run `autograder release`, then grade again"
                    )
                cell.outputs = outputs(judged)
        return nb, resources


def _not_judged(name: str, points: float, reason: str) -> ExerciseVerdict:
    return ExerciseVerdict(
        exercise=name,
        status="broke",
        points=None,
        max_points=points,
        error=reason or "there is no verdict on this exercise",
        seed=0,
        seconds=0.0,
    )


def outputs(judged: ExerciseVerdict) -> list[NotebookNode]:
    """A verdict as the outputs of its check cell, in the form that nbgrader turns into points."""
    page = {"text/html": as_html(judged), "text/plain": clean(as_text(judged), 20_000)}
    shown = [new_output("display_data", data=page)]
    if judged.points is None or judged.points >= judged.max_points:
        return shown
    if judged.points > 0:
        points = {"text/plain": repr(float(judged.points))}
        return [*shown, new_output("execute_result", data=points, execution_count=None)]
    sentence = clean(headline(judged))
    return [*shown, new_output("error", ename="", evalue=sentence, traceback=[sentence])]


class SaveVerdict(SaveAutoGrades):
    """Saves the points; leaves to a person what could not be judged, and keeps what one decided."""

    def _add_score(self, cell: NotebookNode, resources: Any) -> None:
        of = resources["nbgrader"]
        name = cell.metadata.nbgrader.grade_id
        grade: Any = self.gradebook.find_grade(
            name, of["notebook"], of["assignment"], of["student"]
        )
        same: bool = resources["same"]
        settled = same and grade.manual_score is not None and not grade.needs_manual_grade
        if _graded(cell, "solution") or _is_judged(name, resources["verdict"]):
            super()._add_score(cell, resources)
        else:
            grade.auto_score, grade.needs_manual_grade = None, True
        if settled:
            grade.needs_manual_grade = False
        self.gradebook.db.commit()


def _is_judged(name: str, verdict: Verdict) -> bool:
    return any(e.exercise == name and e.points is not None for e in verdict.exercises)
