"""A class: what is to be graded, by workers, into the books of one writer.

Workers read notebooks, run them and judge; this process alone writes, and nothing that a worker or
a scheduler does can cost more than the submissions it had in hand, which are graded again.
"""

import itertools
import os
import signal
import threading
import time
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from rich.console import Console

from autograder.bar import Bar
from autograder.cluster import workers
from autograder.course import CONFIG, assemble
from autograder.edition import edition
from autograder.files import alone
from autograder.grade import DEFAULT, How
from autograder.layout import Found, HandedIn, collect
from autograder.manifest import MANIFESTS, Manifest
from autograder.outcome import reject
from autograder.plan import Step, chosen, plan
from autograder.schedule import Schedule, SchedulerLost
from autograder.submission import Rejected, raw
from autograder.work import Result, Task, result
from autograder.writer import Summary, Writer

RESUME = "run the same command again to go on"


def grade_class(
    submissions: Path,
    course: Path,
    *,
    only: Collection[str] = (),
    force: bool = False,
    how: How = DEFAULT,
    device: str = "cpu",
    jobs: int | None = None,
    scheduler: str | None = None,
    manifests: Path = MANIFESTS,
    console: Console | None = None,
) -> Summary:
    """Grades what has no verdict of this content, release and grader; with ``force``, everything.

    ``only`` names students, assignments, or STUDENT/ASSIGNMENT. ``jobs`` workers run on this
    machine (as many as it has processors), or those of the dask ``scheduler`` at an address.

    Makes the course where ``course`` is no folder yet. Leaves there ``verdicts/``, ``feedback/``,
    ``verdicts.csv`` and nbgrader's gradebook. ``SandboxMissing`` where code cannot be isolated,
    ``Unfit`` where a worker cannot grade as asked, ``SchedulerError`` where the scheduler cannot be
    used, ``NotADirectoryError`` where there are no submissions, ``FileExistsError`` where another
    grader is at work, ``CourseError`` where the course is of another release. Whatever a submission
    does is told in the summary, and so is what stopped the run: Ctrl-C, or a lost scheduler.
    """
    start = time.perf_counter()
    how = how.drawn()  # the same questions for everybody
    releases, found = _handed_in(submissions, manifests)
    picked = chosen(found.submissions, only)
    if not _is_whole(course, releases):
        assemble(course)
    summary = Summary(strays=[*found.strays], rejected=[*found.refused])
    with alone(course), _signals() as signals:
        writer = Writer(course, releases, summary)
        try:
            steps = plan(picked, releases, course, force)
            for step in steps:
                if not step.why:
                    writer.leave(step)
            due = [step.turned for step in steps if step.why]
            with Bar(len(due), console or Console(stderr=True)) as bar:
                run = _Run(writer, bar, signals, how, device)
                run.grade(due, scheduler, min(jobs or _processors(), len(due)))
        finally:
            writer.close()
        if not only and not summary.stopped:
            writer.pages_are_current()
    summary.seconds = time.perf_counter() - start
    return summary


def steps(
    submissions: Path,
    course: Path,
    *,
    only: Collection[str] = (),
    force: bool = False,
    manifests: Path = MANIFESTS,
) -> list[Step]:
    """What ``grade_class`` would do; touches nothing."""
    releases, found = _handed_in(submissions, manifests)
    return plan(chosen(found.submissions, only), releases, course, force)


class _Run:
    """The grading of what is to be graded."""

    def __init__(
        self, writer: Writer, bar: Bar, signals: "_Signals", how: How, device: str
    ) -> None:
        self.writer, self.bar, self.signals = writer, bar, signals
        self.how, self.device = how, device
        self._left = 0

    def grade(self, due: Sequence[HandedIn], scheduler: str | None, jobs: int) -> None:
        """Grades until all are, or the run is stopped, which the summary then says."""
        self._left = len(due)
        tasks = self._tasks(due)
        first = next(tasks, None)  # without one, no worker is started
        if first is not None:
            with workers(scheduler, jobs) as client:
                self._collect(Schedule(client, itertools.chain([first], tasks)))
        if self.signals.came and self._left:
            summary = self.writer.summary
            summary.signal = self.signals.came
            summary.stopped = f"stopped: {self._left} left to grade; {RESUME}"

    def _collect(self, schedule: Schedule) -> None:
        try:
            for results in schedule.results(stop=lambda: self.signals.came is not None):
                self._enter(results)
                self.bar.workers(schedule.workers)
            # What the stopping itself broke is none of the verdicts.
            in_hand = schedule.in_hand()
            self._enter([one for one in in_hand if one[1].verdict.status != "incomplete"])
        except SchedulerLost as lost:
            say = f"{lost}: {self._left} left to grade; start it again, and {RESUME}"
            self.writer.summary.stopped = say

    def _tasks(self, due: Sequence[HandedIn]) -> Iterator[Task]:
        """The tasks of what can be read; of the rest, the rejection is entered at once."""
        for turned in due:
            manifest = self.writer.releases[turned.assignment]
            grader = edition(manifest)
            try:
                data = raw(turned.path)
            except Rejected as rejected:
                task = Task(turned, b"", manifest, self.how, self.device, grader)
                verdict = reject(rejected, turned.student, manifest)
                self._enter([(task, result(task, verdict))])
            else:
                yield Task(turned, data, manifest, self.how, self.device, grader)

    def _enter(self, results: Sequence[tuple[Task, Result]]) -> None:
        for line in self.writer.keep((task.turned, found) for task, found in results):
            self.bar.tell(line)
        self._left -= len(results)
        self.bar.advance(len(results))


def _handed_in(submissions: Path, manifests: Path) -> tuple[dict[str, Manifest], Found]:
    releases = {path.stem: Manifest.load(path.stem, manifests) for path in manifests.glob("*.json")}
    return releases, collect(submissions, releases)


def _is_whole(course: Path, slugs: Collection[str]) -> bool:
    """Whether the course was made to its end: an interrupted making is taken up again."""
    released = (course / "release" / slug / f"{slug}.ipynb" for slug in slugs)
    return (course / CONFIG).is_file() and all(path.is_file() for path in released)


def _processors() -> int:
    return len(os.sched_getaffinity(0))


class _Signals:
    """Ctrl-C and SIGTERM, heard between two writes. ``came`` is the one that did."""

    came: signal.Signals | None = None

    def hear(self, number: int, _: FrameType | None) -> None:
        self.came = signal.Signals(number)
        for wanted in _HEARD:  # who asks again means at once
            signal.signal(wanted, signal.SIG_DFL)


_HEARD = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def _signals() -> Iterator[_Signals]:
    signals = _Signals()
    if threading.current_thread() is not threading.main_thread():
        yield signals  # only the main thread may listen
        return
    before = [signal.signal(wanted, signals.hear) for wanted in _HEARD]
    try:
        yield signals
    finally:
        for wanted, handler in zip(_HEARD, before, strict=True):
            signal.signal(wanted, handler)
