"""nbgrader's tables, written for many submissions in one transaction.

The rows are those that nbgrader's ``Gradebook``, ``SaveAutoGrades`` and ``AssignLatePenalties``
leave; a few statements write them for a whole batch.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

import nbgrader.api
from nbgrader.preprocessors import AssignLatePenalties
from sqlalchemy import Connection, Engine, Table, bindparam, create_engine, event, select, update
from sqlalchemy.engine import make_url

from autograder.course import CourseError

nb: Any = nbgrader.api  # its models are declared without types
PATIENCE = 30  # seconds that a writer waits for another's short transaction, as formgrader's are


@dataclass(frozen=True)
class Marks:
    """What one submission brings into the books.

    ``scores`` are the automatic ones by grade cell, None where a person is to decide; ``comments``
    the automatic ones by solution cell. ``same`` says that this very submission was there before.
    """

    student: str
    assignment: str
    scores: dict[str, float | None]
    comments: dict[str, str | None]
    timestamp: datetime | None = None
    same: bool = False


@dataclass
class _Known:
    """An assignment as it was released: notebooks, and the cells that get grades and comments."""

    id: str
    duedate: datetime | None
    notebooks: dict[str, str] = field(default_factory=dict)  # name by id
    graded: dict[str, tuple[str, str]] = field(default_factory=dict)  # name and notebook by id
    commented: dict[str, tuple[str, str]] = field(default_factory=dict)


@dataclass
class _Submission:
    """A submission's row, and what came with it."""

    id: str
    timestamp: datetime | None
    extension: timedelta | None
    marks: Marks
    known: _Known
    notebook: str = ""  # the id of its submitted notebook

    @property
    def seconds_late(self) -> float:
        """As nbgrader's ``total_seconds_late``."""
        if self.timestamp is None or self.known.duedate is None:
            return 0.0
        due = self.known.duedate + (self.extension or timedelta())
        return max(0.0, (self.timestamp - due).total_seconds())


def connect(url: str, course_id: str) -> Engine:
    """The database behind ``db_url``, with nbgrader's tables in it.

    SQLite keeps a write-ahead log, so that formgrader reads while a class is graded, and each
    transaction holds the only writer's place from its first read.
    """
    nb.Gradebook(url, course_id).close()
    if make_url(url).get_backend_name() != "sqlite":
        return create_engine(url)
    engine = create_engine(url, connect_args={"timeout": PATIENCE})

    @event.listens_for(engine, "connect")
    def _configure(connection: Any, _: Any) -> None:
        connection.isolation_level = None  # Python's own BEGIN would come after the first read
        connection.execute("PRAGMA journal_mode=WAL")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine


def save(db: Connection, batch: Sequence[Marks], late: AssignLatePenalties) -> None:
    """Enters a batch, no submission twice, in the transaction of ``db``.

    What people gave stays: points, extra credit, comments, extensions. A person who has graded a
    cell is asked again unless the submission is the same. ``CourseError`` where the gradebook lacks
    an assignment.
    """
    known = {slug: _known(db, slug) for slug in {marks.assignment for marks in batch}}
    _add_students(db, {marks.student for marks in batch})
    submissions = _submissions(db, batch, known)
    _write_grades(db, submissions)
    _write_comments(db, submissions)
    _write_penalties(db, submissions, late)


def _known(db: Connection, slug: str) -> _Known:
    rows = select(nb.Assignment.id, nb.Assignment.duedate).where(nb.Assignment.name == slug)
    found = db.execute(rows).one_or_none()
    known = _Known(found.id, found.duedate) if found else _Known("", None)
    notebooks = select(nb.Notebook.id, nb.Notebook.name).where(
        nb.Notebook.assignment_id == known.id
    )
    known.notebooks = {row.id: row.name for row in db.execute(notebooks)}
    if slug not in known.notebooks.values():
        raise CourseError(f"the gradebook has no {slug}: run `autograder course` on its folder")
    columns = (_table(nb.BaseCell).c[name] for name in ("id", "name", "type", "notebook_id"))
    cells = select(*columns).where(_table(nb.BaseCell).c.notebook_id.in_(known.notebooks))
    for cell in db.execute(cells):
        if cell.type in ("GradeCell", "TaskCell"):
            known.graded[cell.id] = (cell.name, cell.notebook_id)
        if cell.type in ("SolutionCell", "TaskCell"):
            known.commented[cell.id] = (cell.name, cell.notebook_id)
    return known


def _add_students(db: Connection, names: Collection[str]) -> None:
    there = set(db.scalars(select(nb.Student.id).where(nb.Student.id.in_(names))))
    _insert(db, nb.Student, [{"id": name} for name in sorted(set(names) - there)])


def _submissions(
    db: Connection, batch: Sequence[Marks], known: dict[str, _Known]
) -> dict[str, _Submission]:
    """The batch's submissions by the id of their notebook; those that were not there are made."""
    rows = select(
        nb.SubmittedAssignment.id,
        nb.SubmittedAssignment.assignment_id,
        nb.SubmittedAssignment.student_id,
        nb.SubmittedAssignment.timestamp,
        nb.SubmittedAssignment.extension,
    ).where(
        nb.SubmittedAssignment.student_id.in_({marks.student for marks in batch}),
        nb.SubmittedAssignment.assignment_id.in_({one.id for one in known.values()}),
    )
    there = {(row.student_id, row.assignment_id): row for row in db.execute(rows)}
    found, new, moved = [], [], []
    for marks in batch:
        one = known[marks.assignment]
        row = there.get((marks.student, one.id))
        if row is None:
            new.append(_Submission(nb.new_uuid(), marks.timestamp, None, marks, one))
            continue
        found.append(_Submission(row.id, row.timestamp, row.extension, marks, one))
        if marks.timestamp not in (None, row.timestamp):
            found[-1].timestamp = marks.timestamp
            moved.append({"key": row.id, "timestamp": marks.timestamp})
    _update(db, nb.SubmittedAssignment, moved)
    _add_submissions(db, new)
    by_id = {submission.id: submission for submission in [*found, *new]}
    notebooks = select(
        nb.SubmittedNotebook.id,
        nb.SubmittedNotebook.assignment_id,
        nb.SubmittedNotebook.notebook_id,
    ).where(nb.SubmittedNotebook.assignment_id.in_(by_id))
    for row in db.execute(notebooks):
        submission = by_id[row.assignment_id]
        if submission.known.notebooks[row.notebook_id] == submission.marks.assignment:
            submission.notebook = row.id
    return {submission.notebook: submission for submission in by_id.values()}


def _add_submissions(db: Connection, new: Iterable[_Submission]) -> None:
    """As nbgrader's ``add_submission``: a row for each cell that may get a grade or a comment."""
    submissions: list[dict[str, Any]] = []
    notebooks: list[dict[str, Any]] = []
    grades: list[dict[str, Any]] = []
    comments: list[dict[str, Any]] = []
    for one in new:
        submissions.append(
            {
                "id": one.id,
                "assignment_id": one.known.id,
                "student_id": one.marks.student,
                "timestamp": one.timestamp,
            }
        )
        ids = {notebook: nb.new_uuid() for notebook in one.known.notebooks}
        notebooks += [
            {"id": id, "assignment_id": one.id, "notebook_id": of} for of, id in ids.items()
        ]
        for rows, cells in ((grades, one.known.graded), (comments, one.known.commented)):
            rows += [
                {"id": nb.new_uuid(), "cell_id": cell, "notebook_id": ids[notebook]}
                for cell, (_, notebook) in cells.items()
            ]
    _insert(db, nb.SubmittedAssignment, submissions)
    _insert(db, nb.SubmittedNotebook, notebooks)
    _insert(db, nb.Grade, grades)
    _insert(db, nb.Comment, comments)


def _write_grades(db: Connection, submissions: dict[str, _Submission]) -> None:
    grades = _table(nb.Grade)
    rows = select(
        *(grades.c[name] for name in ("id", "cell_id", "notebook_id")),
        *(grades.c[name] for name in ("auto_score", "manual_score", "needs_manual_grade")),
    )
    rows = rows.where(grades.c.notebook_id.in_(submissions)).with_for_update()
    changed = []
    for row in db.execute(rows):
        one = submissions[row.notebook_id]
        auto = one.marks.scores[one.known.graded[row.cell_id][0]]
        by_hand = row.manual_score is not None
        settled = one.marks.same and by_hand and not row.needs_manual_grade
        needs = not settled and (by_hand or auto is None)
        if (row.auto_score, row.needs_manual_grade) != (auto, needs):
            changed.append({"key": row.id, "auto_score": auto, "needs_manual_grade": needs})
    _update(db, nb.Grade, changed)


def _write_comments(db: Connection, submissions: dict[str, _Submission]) -> None:
    comments = _table(nb.Comment)
    rows = select(*(comments.c[name] for name in ("id", "cell_id", "notebook_id", "auto_comment")))
    changed = []
    for row in db.execute(rows.where(comments.c.notebook_id.in_(submissions))):
        one = submissions[row.notebook_id]
        auto = one.marks.comments[one.known.commented[row.cell_id][0]]
        if row.auto_comment != auto:
            changed.append({"key": row.id, "auto_comment": auto})
    _update(db, nb.Comment, changed)


def _write_penalties(
    db: Connection, submissions: dict[str, _Submission], late: AssignLatePenalties
) -> None:
    """The penalties that the course's own plugin gives, of the scores that nbgrader would show."""
    if not late.enabled:
        return
    tardy = [name for name, one in submissions.items() if one.seconds_late > 0]
    totals = select(nb.SubmittedNotebook.id, nb.SubmittedNotebook.score.label("score"))
    totals = totals.where(nb.SubmittedNotebook.id.in_(tardy))
    scores = {row.id: row.score for row in db.execute(totals)} if tardy else {}
    penalties = {name: _penalty(late, submissions[name], score) for name, score in scores.items()}
    rows = select(nb.SubmittedNotebook.id, nb.SubmittedNotebook.late_submission_penalty)
    changed = [
        {"key": row.id, "late_submission_penalty": penalties.get(row.id)}
        for row in db.execute(rows.where(nb.SubmittedNotebook.id.in_(submissions)))
        if row.late_submission_penalty != penalties.get(row.id)
    ]
    _update(db, nb.SubmittedNotebook, changed)


def _penalty(late: AssignLatePenalties, one: _Submission, score: float) -> float | None:
    plugin: Any = late.plugin_inst
    penalty = plugin.late_submission_penalty(one.marks.student, score, one.seconds_late)
    notebook: Any = SimpleNamespace(score=score)
    return None if penalty is None else late._check_late_penalty(notebook, penalty)


def _table(model: Any) -> Table:
    return model.__table__


def _insert(db: Connection, model: Any, rows: list[dict[str, Any]]) -> None:
    if rows:
        db.execute(_table(model).insert(), rows)


def _update(db: Connection, model: Any, rows: list[dict[str, Any]]) -> None:
    """Sets what each row names, in the row with the id ``key``."""
    if rows:
        table = _table(model)
        db.execute(update(table).where(table.c.id == bindparam("key")), rows)
