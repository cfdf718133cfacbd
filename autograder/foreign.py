"""Any nbgrader course: its tests are asserts beside the student's code, so they run in the sandbox.

All but the running of cells is nbgrader's own ``Autograde``, so that a score, a penalty and a page
of formgrader mean the same. ``SECURITY.md`` says what asserts cannot be protected from.
"""

import logging
import time
import warnings
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import nbformat
from nbconvert.exporters import NotebookExporter
from nbconvert.preprocessors import ExecutePreprocessor
from nbgrader.api import Gradebook, MissingEntry
from nbgrader.converters import Autograde
from nbgrader.converters.base import NbGraderException
from nbgrader.coursedir import CourseDirectory
from nbgrader.utils import rmtree
from rich.console import Console
from rich.progress import Progress
from sqlalchemy.exc import SAWarning
from traitlets.config import Config
from traitlets.config.loader import PyFileConfigLoader
from traitlets.utils.importstring import import_item

from autograder import beside
from autograder.apart import Restore, RunApart
from autograder.course import CONFIG, CourseError
from autograder.files import alone
from autograder.layout import readable, wrong_name
from autograder.release import alembic_on_path
from autograder.sandbox import close_nurseries, open_session
from autograder.show import clean
from autograder.submission import Notebook, Rejected, read

_LOG = logging.getLogger(__name__)  # nbgrader's words, tracebacks included, for who wants them
_LOG.addHandler(logging.NullHandler())
_LOG.propagate = False


@dataclass
class Summary:
    """What a run did: submissions counted, and a line for each that somebody should look at."""

    found: int = 0
    graded: int = 0
    rejected: list[str] = field(default_factory=list)
    broke: list[str] = field(default_factory=list)
    lost: int = 0  # submissions that were not graded, whoever's fault that is
    seconds: float = 0.0

    def __str__(self) -> str:
        lines = [f"rejected: {line}" for line in self.rejected]
        lines += [f"NOT GRADED: {line}" for line in self.broke]
        unchanged = self.found - self.graded - self.lost
        counts = f"{self.graded} graded, {unchanged} unchanged, {self.lost} not graded"
        return "\n".join([*lines, f"{counts}; {self.seconds:.1f} s"])


def grade(
    folder: Path, assignment: str, students: Collection[str] = (), *, force: bool = False
) -> Summary:
    """Grades an assignment of the nbgrader course in ``folder``, of all students or of some.

    As ``nbgrader autograde``, it takes what is new, or has a newer time stamp; with ``force``,
    everything. ``SandboxMissing`` where code cannot be isolated, ``CourseError`` where there is no
    such course, ``LookupError`` for an unknown assignment or student, ``FileExistsError`` where
    another grader is at work. What submissions do is told in the summary.
    """
    start = time.perf_counter()
    config = _config(folder)
    course = CourseDirectory(config=config)
    summary = Summary()
    with alone(folder), alembic_on_path():
        _require(course, assignment)
        try:
            with open_session([], ()):  # where code cannot be isolated, nothing has changed yet
                pass
            for student in students or ("*",):
                course.assignment_id, course.student_id = assignment, student
                _run(course, config, summary, force)
        finally:
            close_nurseries()
    summary.seconds = time.perf_counter() - start
    return summary


def _config(folder: Path) -> Config:
    if not (folder / CONFIG).is_file():
        raise CourseError(f"{folder} is no nbgrader course: it has no {CONFIG}")
    config = PyFileConfigLoader(CONFIG, path=str(folder.resolve())).load_config()
    if "root" not in config.CourseDirectory:
        config.CourseDirectory.root = str(folder.resolve())
    return config


def _require(course: CourseDirectory, assignment: str) -> None:
    """``LookupError`` where the gradebook lacks the assignment, or it is not written in Python."""
    with Gradebook(course.db_url, course.course_id) as gradebook:
        try:
            notebooks: Any = gradebook.find_assignment(assignment).notebooks
        except MissingEntry:
            raise LookupError(
                f"the gradebook of {course.root} has no {assignment}: "
                f"run `nbgrader generate_assignment {assignment}` there"
            ) from None
        for notebook in notebooks:
            kernel = nbformat.reader.parse_json(notebook.kernelspec or "{}") or {}
            language = kernel.get("language") or "python"
            if language != "python":
                raise LookupError(f"{notebook.name} is in {language}, not in Python")


def _run(course: CourseDirectory, config: Config, summary: Summary, force: bool) -> None:
    converter = Apart(coursedir=course, config=config, summary=summary, log=_LOG)
    converter.force = force or converter.force
    known = len(summary.rejected) + len(summary.broke)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", SAWarning)  # of nbgrader's own queries
            converter.start()
    except NbGraderException as error:
        if not converter.assignments:
            raise LookupError(
                f"nobody called {course.student_id!r} has handed in {course.assignment_id}"
                if course.student_id != "*"
                else f"nobody has handed in {course.assignment_id} in {course.root}"
            ) from None
        if known == len(summary.rejected) + len(summary.broke):
            raise CourseError(f"nbgrader could not go on: {error}") from error


class Apart(Autograde):
    """nbgrader's ``Autograde`` that reads strictly and has ``RunApart`` where ``Execute`` stood."""

    def __init__(self, *, summary: Summary, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.coursedir: Any
        self.summary, self.parsed = summary, dict[str, Notebook]()
        self.exporter_class = Strict
        self.sanitize_preprocessors = [Restore, *self.sanitize_preprocessors]
        parts = [import_item(p) if isinstance(p, str) else p for p in self.autograde_preprocessors]
        runs = [isinstance(p, type) and issubclass(p, ExecutePreprocessor) for p in parts]
        if not any(runs):
            raise CourseError(
                f"the configuration of {self.coursedir.root} has nbgrader run nothing: "
                "a course that `autograder course` made is graded by `autograder grade`"
            )
        self.autograde_preprocessors = [
            RunApart if execute else part for part, execute in zip(parts, runs, strict=True)
        ]

    def convert_notebooks(self) -> None:
        self.summary.found += len(self.assignments)
        console = Console(stderr=True)
        with Progress(console=console, disable=not console.is_terminal) as self._progress:
            self._task = self._progress.add_task("grading", total=len(self.assignments))
            super().convert_notebooks()

    def init_destination(self, assignment_id: str, student_id: str) -> bool:
        self._progress.advance(self._task)
        self._who = f"{readable(student_id)}/{assignment_id}"
        if self._unfinished(assignment_id, student_id).exists():  # a run was killed here
            rmtree(self._format_dest(assignment_id, student_id))
        with self._told():
            return super().init_destination(assignment_id, student_id)

    def init_assignment(self, assignment_id: str, student_id: str) -> None:
        with self._told():
            wrong = wrong_name(student_id)
            if wrong is not None:
                raise Rejected(wrong)
            beside.refuse_links(Path(self._format_source(assignment_id, student_id)))
            refused = self._read_all()
            marker = self._unfinished(assignment_id, student_id)
            marker.parent.mkdir(parents=True, exist_ok=True)
            marker.touch()
            super().init_assignment(assignment_id, student_id)
            self._give_nothing(refused, assignment_id, student_id)

    def convert_single_notebook(self, notebook_filename: str) -> None:
        with self._told():
            super().convert_single_notebook(notebook_filename)

    def set_permissions(self, assignment_id: str, student_id: str) -> None:
        with self._told():
            super().set_permissions(assignment_id, student_id)
            self._unfinished(assignment_id, student_id).unlink()
            self.summary.graded += 1

    @contextmanager
    def _told(self) -> Iterator[None]:
        """nbgrader logs what goes wrong with a submission, and goes on: we also say it."""
        try:
            yield
        except Rejected as rejected:
            self.summary.rejected.append(f"{self._who}: {rejected}")
            self.summary.lost += 1
            raise
        except Exception as error:
            said = clean(f"{type(error).__name__}: {error}", 500)
            self.summary.broke.append(f"{self._who}: {said}")
            self.summary.lost += 1
            raise

    def _unfinished(self, assignment_id: str, student_id: str) -> Path:
        folder = Path(self._format_dest(assignment_id, student_id))
        return folder.with_name(f".{folder.name}.unfinished")

    def _read_all(self) -> list[str]:
        """Reads the notebooks; names of those that are rejected, where others can be graded."""
        self.parsed, refused = {}, {}
        for path in self.notebooks:
            try:
                self.parsed[path] = read(Path(path))
            except Rejected as rejected:
                refused[path] = rejected
        if refused and not self.parsed:
            raise next(iter(refused.values()))
        self.notebooks = list(self.parsed)
        for path, why in refused.items():
            self.summary.rejected.append(f"{self._who}/{readable(Path(path).name)}: {why}")
        return [Path(path).stem for path in refused]

    def _give_nothing(self, refused: list[str], assignment_id: str, student_id: str) -> None:
        """For a notebook that cannot be read: what nbgrader gives for one that is missing."""
        with Gradebook(self.coursedir.db_url, self.coursedir.course_id) as gradebook:
            for name in refused:
                try:
                    of = gradebook.find_submission_notebook(name, assignment_id, student_id)
                except MissingEntry:  # not a notebook of this assignment
                    continue
                for mark in of.grades:
                    mark.auto_score, mark.needs_manual_grade = 0, False
            gradebook.db.commit()


class Strict(NotebookExporter):
    """Takes a submission as it was strictly parsed: nothing reads the student's file again."""

    def from_filename(
        self, filename: str, resources: dict[str, Any] | None = None, **kw: Any
    ) -> Any:
        """As nbconvert's; of a submission, without its outputs and metadata."""
        converter: Any = self.parent
        known = converter.parsed.get(filename)
        if known is None:
            return super().from_filename(filename, resources, **kw)
        return self.from_notebook_node(nbformat.from_dict(known.content), resources)
