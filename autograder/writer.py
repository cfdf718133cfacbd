"""The one writer of a course: gradebook, feedback pages, verdicts, their sheet.

A submission's verdict is written last: where that file is, everything else has the submission, and
a run that was killed goes on there.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from autograder import feedback, gradebook, gradesheet
from autograder.course import CourseError
from autograder.files import write_whole
from autograder.layout import HandedIn
from autograder.manifest import Manifest
from autograder.plan import Step, verdict_file, verdict_in
from autograder.verdict import Verdict
from autograder.work import Result


@dataclass
class Summary:
    """What a run did, a line for each thing that somebody should look at.

    ``stopped`` says why the run ended before its time, and how to go on; ``signal`` is what did it,
    if one did.
    """

    graded: int = 0
    unchanged: int = 0
    rejected: list[str] = field(default_factory=list)
    broke: list[str] = field(default_factory=list)
    strays: list[str] = field(default_factory=list)
    stopped: str = ""
    signal: int = 0
    seconds: float = 0.0

    def __str__(self) -> str:
        lines = [f"not a submission: {line}" for line in self.strays]
        lines += [f"rejected: {line}" for line in self.rejected]
        lines += [f"WE BROKE: {line}" for line in self.broke]
        counts = f"{self.graded} graded, {self.unchanged} unchanged, {len(self.rejected)} rejected"
        lines.append(f"{counts}, {len(self.broke)} to be graded again; {self.seconds:.1f} s")
        return "\n".join([*lines, self.stopped] if self.stopped else lines)


class Writer:
    """Enters results into a course, and tells what is worth telling in ``summary``."""

    def __init__(self, course: Path, releases: Mapping[str, Manifest], summary: Summary) -> None:
        self.course, self.releases, self.summary = course, releases, summary
        self._books = gradebook.Books(course)
        self._pages_are_current = self._stamp.is_file() and self._stamp.read_text() == _look()

    def leave(self, step: Step) -> None:
        """What is on file stays; only a page that is missing or of an older look is made anew."""
        assert step.before is not None
        self.summary.unchanged += step.before.status == "graded"
        self._tell(step.turned, step.before)
        page = self._page(step.turned)
        if not (self._pages_are_current and page.is_file()):
            title = self.releases[step.turned.assignment].title
            write_whole(page, feedback.page(step.before, title))

    def keep(self, results: Iterable[tuple[HandedIn, Result]]) -> list[str]:
        """Enters a batch everywhere, the verdicts' own files last; gives the lines worth telling.

        A verdict that we could not reach never replaces one on the same notebook.
        """
        told = len(self.summary.rejected), len(self.summary.broke)
        wanted = [(turned, result) for turned, result in results if self._counts(turned, result)]
        for turned, result in self._recorded(wanted):
            write_whole(self._page(turned), result.page)
            file = verdict_file(self.course, turned)
            write_whole(file, result.verdict.model_dump_json(indent=2) + "\n")
            self.summary.graded += result.verdict.status == "graded"
            self._tell(turned, result.verdict)
        rejected = [f"rejected: {line}" for line in self.summary.rejected[told[0] :]]
        return rejected + [f"WE BROKE: {line}" for line in self.summary.broke[told[1] :]]

    def close(self) -> None:
        """Writes what is made of all verdicts: the sheet and the instructor's page."""
        self._books.close()
        files = sorted(self.course.glob("verdicts/*/[!.]*.json"))
        verdicts = [verdict for file in files if (verdict := verdict_in(file)) is not None]
        titles = {slug: manifest.title for slug, manifest in self.releases.items()}
        write_whole(self.course / "verdicts.csv", gradesheet.rows(verdicts))
        write_whole(self.course / "feedback/index.html", feedback.overview(verdicts, titles))
        for lines in (self.summary.rejected, self.summary.broke):
            lines.sort()  # workers end in any order

    def pages_are_current(self) -> None:
        """Notes that every page has today's look; to be called when all steps are done."""
        write_whole(self._stamp, _look())

    def _counts(self, turned: HandedIn, result: Result) -> bool:
        before = verdict_in(verdict_file(self.course, turned))
        if before is None or before.status != "graded" or result.verdict.status != "incomplete":
            return True
        if before.submission_sha256 != result.verdict.submission_sha256:
            return True
        self._tell(turned, result.verdict)
        return False

    def _tell(self, turned: HandedIn, verdict: Verdict) -> None:
        if verdict.status == "rejected":
            self.summary.rejected.append(f"{turned}: {verdict.reason}")
        if verdict.status == "incomplete":
            self.summary.broke.append(f"{turned}: {verdict.reason} {_why(verdict)}")

    def _recorded(
        self, results: Sequence[tuple[HandedIn, Result]]
    ) -> Iterable[tuple[HandedIn, Result]]:
        """Those of the results that nbgrader's gradebook has taken."""
        entries = [self._entry(turned, result) for turned, result in results]
        for one, error in zip(results, self._books.record_all(entries), strict=True):
            if isinstance(error, CourseError):
                raise error
            if error is None:
                yield one
            else:
                why = f"not entered in the gradebook: {type(error).__name__}: {error}"
                self.summary.broke.append(f"{one[0]}: {why}")

    def _entry(self, turned: HandedIn, result: Result) -> gradebook.Entry:
        content = result.notebook and result.notebook.content
        manifest = self.releases[turned.assignment]
        return gradebook.Entry(result.verdict, content, manifest, turned.path)

    def _page(self, turned: HandedIn) -> Path:
        return self.course / "feedback" / turned.student / f"{turned.assignment}.html"

    @property
    def _stamp(self) -> Path:
        return self.course / "feedback" / ".look"


def _look() -> str:
    """A hash of what a page is made with."""
    here = Path(__file__).parent
    files = [here / "feedback.py", here / "notebook.py", *sorted(here.glob("*.css"))]
    files += sorted(path for path in (here / "templates").iterdir() if path.is_file())
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()


def _why(verdict: Verdict) -> str:
    broke = (exercise for exercise in verdict.exercises if exercise.status == "broke")
    return next((exercise.error.splitlines()[0] for exercise in broke if exercise.error), "")
