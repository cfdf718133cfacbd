"""A class: every submission graded once, the books kept by one writer.

Workers read, run and judge; this thread alone writes. A submission's verdict is written last: where
that file is, gradebook and feedback have the submission, and a run that was killed goes on there.
"""

import fcntl
import os
import time
import warnings
from collections.abc import Collection, Iterator
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from pydantic import ValidationError
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from sqlalchemy.exc import SAWarning

from autograder import feedback, gradebook, gradesheet
from autograder.course import CONFIG, CourseError, assemble
from autograder.files import write_whole
from autograder.grade import DEFAULT, How, grade_notebook, reject
from autograder.layout import Found, HandedIn, collect
from autograder.manifest import MANIFESTS, Manifest
from autograder.sandbox import SandboxMissing, close_nurseries
from autograder.submission import Notebook, Rejected, read
from autograder.verdict import Verdict


@dataclass
class Summary:
    """What a run did, a line for each thing that somebody should look at."""

    graded: int = 0
    unchanged: int = 0
    rejected: list[str] = field(default_factory=list)
    broke: list[str] = field(default_factory=list)
    strays: list[str] = field(default_factory=list)
    seconds: float = 0.0

    def __str__(self) -> str:
        lines = [f"not a submission: {line}" for line in self.strays]
        lines += [f"rejected: {line}" for line in self.rejected]
        lines += [f"WE BROKE: {line}" for line in self.broke]
        counts = f"{self.graded} graded, {self.unchanged} unchanged, {len(self.rejected)} rejected"
        lines.append(f"{counts}, {len(self.broke)} to be graded again; {self.seconds:.1f} s")
        return "\n".join(lines)


def grade_class(
    submissions: Path,
    course: Path,
    *,
    students: Collection[str] | None = None,
    force: bool = False,
    how: How = DEFAULT,
    jobs: int | None = None,
    manifests: Path = MANIFESTS,
    console: Console | None = None,
) -> Summary:
    """Grades what is new or has changed; with ``force``, everything.

    Makes the course where ``course`` is no folder yet. Leaves there ``verdicts/``, ``feedback/``,
    ``grades.csv`` and nbgrader's gradebook. ``SandboxMissing`` where code cannot be isolated,
    ``NotADirectoryError`` where there are no submissions, ``FileExistsError`` where another grader
    is at work, ``CourseError`` where the course is of another release. Whatever a submission does
    is told in the summary.
    """
    start = time.perf_counter()
    how = how.drawn()  # the same questions for everybody
    releases = {path.stem: Manifest.load(path.stem, manifests) for path in manifests.glob("*.json")}
    found = _of(collect(submissions, releases), students)
    if not _is_whole(course, releases):
        assemble(course)
    books = _Books(course, releases, Summary(strays=[*found.strays], rejected=[*found.refused]))
    with _alone(course), ThreadPoolExecutor(jobs or _processors()) as workers:
        try:
            waiting = {
                workers.submit(
                    _grade, turned, releases[turned.assignment], books, force, how
                ): turned
                for turned in found.submissions
            }
            for done in _shown(waiting, console or Console(stderr=True)):
                _enter(done, waiting[done], books)
        finally:
            workers.shutdown(cancel_futures=True)
            close_nurseries()
            books.close()
    for lines in (books.summary.rejected, books.summary.broke):
        lines.sort()  # workers end in any order
    books.summary.seconds = time.perf_counter() - start
    return books.summary


def _is_whole(course: Path, slugs: Collection[str]) -> bool:
    """Whether the course was made to its end: an interrupted making is taken up again."""
    released = (course / "release" / slug / f"{slug}.ipynb" for slug in slugs)
    return (course / CONFIG).is_file() and all(path.is_file() for path in released)


def _of(found: Found, students: Collection[str] | None) -> Found:
    if students is None:
        return found
    unknown = sorted(set(students) - {turned.student for turned in found.submissions})
    if unknown:
        raise LookupError(f"nobody called {unknown[0]!r} has handed anything in")
    chosen = tuple(turned for turned in found.submissions if turned.student in students)
    return replace(found, submissions=chosen)


def _grade(
    turned: HandedIn, manifest: Manifest, books: "_Books", force: bool, how: How
) -> tuple[Verdict, Notebook | None, bool]:
    """A verdict, its notebook if there is one, and whether the verdict is news."""
    before = None if force else books.verdict(turned)
    try:
        notebook = read(turned.path)
    except Rejected as rejected:
        verdict = reject(rejected, turned.student, manifest)
        return verdict, None, before != verdict
    if (
        before is not None
        and before.status != "incomplete"
        and before.submission_sha256 == notebook.sha256
        and before.release_sha256 == manifest.sha256
    ):
        return before, notebook, False
    return grade_notebook(notebook, turned.student, manifest, how), notebook, True


def _enter(done: Future, turned: HandedIn, books: "_Books") -> None:
    """Keeps a worker's result; an error of ours costs this submission another run, and no more."""
    try:
        verdict, notebook, news = done.result()
    except (SandboxMissing, CancelledError):
        raise
    except Exception as error:
        books.summary.broke.append(f"{turned}: {type(error).__name__}: {error}")
    else:
        books.keep(turned, verdict, notebook, news)


def _shown(waiting: Collection[Future], console: Console) -> Iterator[Future]:
    columns = (TextColumn("grading"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal) as progress:
        yield from progress.track(as_completed(waiting), total=len(waiting))


def _processors() -> int:
    return len(os.sched_getaffinity(0))


@contextmanager
def _alone(course: Path) -> Iterator[None]:
    """Holds the course for this process; the system lets go of it however the process ends."""
    with (course / ".grading").open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise FileExistsError(f"{course} is being graded already: wait for its end") from None
        yield


class _Books:
    """The course folder's verdicts, gradebook, feedback and grades: one writer's."""

    def __init__(self, course: Path, releases: dict[str, Manifest], summary: Summary) -> None:
        self.course, self.releases, self.summary = course, releases, summary

    def verdict(self, turned: HandedIn) -> Verdict | None:
        """The verdict that is on file, if one is that can be read."""
        return _read(self._file(turned))

    def keep(
        self, turned: HandedIn, verdict: Verdict, notebook: Notebook | None, news: bool
    ) -> None:
        """Enters a verdict everywhere, its own file last."""
        if verdict.status == "rejected":
            self.summary.rejected.append(f"{turned}: {verdict.reason}")
        if verdict.status == "incomplete":
            self.summary.broke.append(f"{turned}: {verdict.reason} {_why(verdict)}")
        if not news:
            self.summary.unchanged += verdict.status == "graded"
            self._render(turned, verdict)
            return
        problem = self._record(verdict, notebook, turned)
        if problem:
            self.summary.broke.append(f"{turned}: not entered in the gradebook: {problem}")
            return
        self._render(turned, verdict)
        write_whole(self._file(turned), verdict.model_dump_json(indent=2) + "\n")
        self.summary.graded += verdict.status == "graded"

    def close(self) -> None:
        """Writes what is made of all verdicts: the grades and the instructor's page."""
        files = sorted(self.course.glob("verdicts/*/[!.]*.json"))
        verdicts = [verdict for file in files if (verdict := _read(file)) is not None]
        titles = {slug: manifest.title for slug, manifest in self.releases.items()}
        write_whole(self.course / "grades.csv", gradesheet.rows(verdicts))
        write_whole(self.course / "feedback/index.html", feedback.overview(verdicts, titles))

    def _record(self, verdict: Verdict, notebook: Notebook | None, turned: HandedIn) -> str:
        """Enters a verdict into nbgrader's gradebook, at the second try if need be."""
        problem, manifest = "", self.releases[turned.assignment]
        content = notebook and notebook.content
        for _ in range(2):
            try:
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore", SAWarning)  # of nbgrader's own queries
                    gradebook.record(self.course, verdict, content, manifest, turned.path)
                return ""
            except CourseError:
                raise
            except Exception as error:
                problem = f"{type(error).__name__}: {error}"
        return problem

    def _render(self, turned: HandedIn, verdict: Verdict) -> None:
        page = self.course / "feedback" / turned.student / f"{turned.assignment}.html"
        write_whole(page, feedback.page(verdict, self.releases[turned.assignment].title))

    def _file(self, turned: HandedIn) -> Path:
        return self.course / "verdicts" / turned.student / f"{turned.assignment}.json"


def _read(file: Path) -> Verdict | None:
    try:
        return Verdict.model_validate_json(file.read_bytes())
    except (FileNotFoundError, ValidationError):
        return None


def _why(verdict: Verdict) -> str:
    broke = (exercise for exercise in verdict.exercises if exercise.status == "broke")
    return next((exercise.error.splitlines()[0] for exercise in broke if exercise.error), "")
