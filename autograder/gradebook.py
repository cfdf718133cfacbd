"""Verdicts into nbgrader's books: grades, and the notebook that formgrader and feedback show.

nbgrader's own preprocessors open the database for every cell. Here a batch of submissions is one
transaction of one writer, and the tests hold its rows equal to theirs.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nbformat import NotebookNode
from nbgrader.preprocessors import AssignLatePenalties
from nbgrader.utils import compute_checksum, determine_grade

from autograder import slips
from autograder.autograded import Release, graded, recorded
from autograder.course import CourseError, open_course
from autograder.database import Marks, connect, save
from autograder.files import write_whole
from autograder.layout import wrong_name
from autograder.manifest import Manifest
from autograder.show import clean
from autograder.verdict import Verdict


@dataclass(frozen=True)
class Entry:
    """One submission for the books.

    ``notebook`` is what ``submission.read`` gave, or None for a rejected one. ``path`` is where it
    was handed in: nbgrader's ``timestamp.txt`` lies beside it, and where that is not the course's
    own ``submitted``, formgrader is given a copy there.
    """

    verdict: Verdict
    notebook: dict[str, Any] | None
    manifest: Manifest
    path: Path | None = None


@dataclass(frozen=True)
class _Page:
    """An entry made ready: its autograded notebook, and what the database gets."""

    entry: Entry
    shown: Path
    text: str
    before: str
    marks: Marks


class Books:
    """A course's gradebook, open for its one writer; ``with`` closes it."""

    def __init__(self, folder: Path) -> None:
        self.course, self._config = open_course(folder)
        self._engine = connect(self.course.db_url, self.course.course_id)
        self._late = AssignLatePenalties(config=self._config)
        self._late.init_plugin()
        self._releases: dict[str, Release] = {}

    def __enter__(self) -> "Books":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Lets go of the database; what was recorded is there."""
        self._engine.dispose()

    def record_all(self, entries: Iterable[Entry]) -> list[Exception | None]:
        """Enters a batch in one transaction; gives for each entry None, or why it is not in.

        What is wrong with one entry costs that entry only. ``CourseError`` means a verdict that
        does not belong to this course. Recording the same submission again changes nothing that a
        person graded; a new one asks for review of it. Files follow the commit: whoever is killed
        in between records once more.
        """
        entries = list(entries)
        outcomes: list[Exception | None] = [None] * len(entries)
        ready: list[tuple[int, _Page]] = []
        for i, entry in enumerate(entries):
            try:
                ready.append((i, self._page(entry)))
            except Exception as error:
                outcomes[i] = error
        for i, error in self._commit(ready):
            outcomes[i] = error
        return outcomes

    def _commit(self, ready: Sequence[tuple[int, _Page]]) -> Iterable[tuple[int, Exception]]:
        """All at once; where that fails, one by one."""
        pages = [page for _, page in ready]
        try:
            if len({page.shown for page in pages}) < len(pages):
                raise ValueError("a submission is twice in a batch")
            with self._engine.begin() as db:
                save(db, [page.marks for page in pages], self._late)
            for page in pages:
                self._write(page)
        except Exception as error:
            if len(ready) == 1:
                return [(ready[0][0], error)]
            return [found for one in ready for found in self._commit([one])]
        return []

    def _page(self, entry: Entry) -> _Page:
        verdict, slug = entry.verdict, entry.manifest.slug
        wrong = wrong_name(verdict.student)
        if wrong is not None:
            raise CourseError(f"{clean(verdict.student, 100)!r} cannot be recorded: {wrong}")
        if slug not in self._releases:
            self._releases[slug] = Release(self.course, slug)
        release = self._releases[slug]
        release.check(verdict, entry.manifest, self.course.root)
        page = release.filled(verdict, entry.notebook)
        folder = self.course.format_path(self.course.autograded_directory, verdict.student, slug)
        shown = Path(folder, f"{slug}.ipynb")
        before = recorded(shown)
        marks = Marks(
            verdict.student,
            slug,
            _scores(page, verdict),
            _comments(page),
            slips.timestamp(entry.path.parent) if entry.path else None,
            before == verdict.submission_sha256,
        )
        return _Page(entry, shown, release.text(page), before, marks)

    def _write(self, page: _Page) -> None:
        path = page.entry.path
        if path is not None:
            slips.keep(path.parent, page.shown.parent)
            slips.mirror(path, self._submitted(page.marks), page.entry.verdict, page.before)
        write_whole(page.shown, page.text)  # last: it says that all of this is there

    def _submitted(self, marks: Marks) -> Path:
        directory = self.course.submitted_directory
        return Path(self.course.format_path(directory, marks.student, marks.assignment))


def record(
    folder: Path,
    verdict: Verdict,
    notebook: dict[str, Any] | None,
    manifest: Manifest,
    path: Path | None = None,
) -> Path:
    """Enters one submission, and returns its autograded notebook. Raises what went wrong."""
    with Books(folder) as books:
        [error] = books.record_all([Entry(verdict, notebook, manifest, path)])
        if error is not None:
            raise error
        course = books.course
        shown = course.format_path(course.autograded_directory, verdict.student, manifest.slug)
        return Path(shown, f"{manifest.slug}.ipynb")


def _scores(page: NotebookNode, verdict: Verdict) -> dict[str, float | None]:
    """What nbgrader reads off the page; None, too, where a check could not be judged."""
    judged = {e.exercise for e in verdict.exercises if e.points is not None}
    scores: dict[str, float | None] = {}
    for cell in page.cells:
        if graded(cell, "grade"):
            name = cell.metadata.nbgrader.grade_id
            known = graded(cell, "solution") or name in judged
            scores[name] = determine_grade(cell)[0] if known else None
    return scores


def _comments(page: NotebookNode) -> dict[str, str | None]:
    """nbgrader's own words where an answer is as it was released."""
    return {
        cell.metadata.nbgrader.grade_id: (
            "No response." if cell.metadata.nbgrader.checksum == compute_checksum(cell) else None
        )
        for cell in page.cells
        if graded(cell, "solution")
    }
