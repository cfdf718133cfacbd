"""The slow road into the books, by nbgrader's own preprocessors: what the fast one must equal."""

import warnings
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode
from nbgrader.api import Gradebook
from nbgrader.preprocessors import AssignLatePenalties, CheckCellMetadata, SaveAutoGrades
from sqlalchemy.exc import SAWarning

from autograder.autograded import Release, graded
from autograder.course import open_course
from autograder.gradebook import Entry
from autograder.verdict import Verdict

# nbgrader 0.9.6 under SQLAlchemy 2.1: it looks at a submission before it adds it, on purpose.
warnings.filterwarnings("ignore", "Object of type", SAWarning, module="nbgrader")


def record_slowly(folder: Path, entry: Entry) -> str:
    """Enters one submission cell by cell; gives the autograded notebook's text."""
    course, config = open_course(folder)
    slug, student = entry.manifest.slug, entry.verdict.student
    of = {"student": student, "assignment": slug, "notebook": slug, "db_url": course.db_url}
    shown = Path(course.format_path(course.autograded_directory, student, slug), f"{slug}.ipynb")
    same = shown.is_file() and (
        nbformat.read(shown, 4).metadata.attnbook.submission_sha256
        == entry.verdict.submission_sha256
    )
    resources: Any = {"nbgrader": of, "verdict": entry.verdict, "same": same}
    page = nbformat.from_dict(Release(course, slug).filled(entry.verdict, entry.notebook))
    arrived = course.get_existing_timestamp(entry.path.parent) if entry.path else None
    stamp = {"timestamp": arrived} if arrived else {}
    with Gradebook(course.db_url, course.course_id) as gradebook:
        gradebook.update_or_create_student(student)
        gradebook.update_or_create_submission(slug, student, **stamp)
    for part in (SaveVerdict, AssignLatePenalties, CheckCellMetadata):
        page, resources = part(config=config).preprocess(page, resources)
    shown.parent.mkdir(parents=True, exist_ok=True)
    shown.write_text(nbformat.writes(page) + "\n", "utf-8")
    return shown.read_text("utf-8")


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
        if graded(cell, "solution") or _is_judged(name, resources["verdict"]):
            super()._add_score(cell, resources)
        else:
            grade.auto_score, grade.needs_manual_grade = None, True
        if settled:
            grade.needs_manual_grade = False
        self.gradebook.db.commit()


def _is_judged(name: str, verdict: Verdict) -> bool:
    return any(e.exercise == name and e.points is not None for e in verdict.exercises)
