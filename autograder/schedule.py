"""Who is graded when, and what happens where a worker dies.

A worker that dies costs its submissions a second try. Until then they are suspects, not culprits:
another may have ended the worker, or the machine. So each suspect is tried once more, alone, when
no other is being graded. One whose worker dies then too is named, and not tried again.
"""

import itertools
import queue
import time
import uuid
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from distributed import Client, Future, KilledWorker

from autograder.sandbox import SandboxMissing
from autograder.work import Result, Task, Unfit, ungraded, work

AHEAD = 4  # tasks in hand for each thread, so that none waits for the writer
_PATIENCE = 300.0  # seconds without any worker
_DIED = "the process that graded it died"
_GONE = "the scheduler is gone"


class SchedulerLost(RuntimeError):
    """The scheduler ended, or has no workers any more, in the middle of a run."""


class Schedule:
    """The tasks of one run. ``workers`` is how many there were when last seen."""

    def __init__(self, client: Client, tasks: Iterable[Task]) -> None:
        self._client = client
        self._tasks = iter(tasks)
        self._suspects: list[tuple[Task, str]] = []
        self._waiting: dict[Future, tuple[Task, str]] = {}
        self._ended: queue.SimpleQueue[Future] = queue.SimpleQueue()
        self._run, self._number = uuid.uuid4().hex, itertools.count()
        self.workers = 0
        self._threads = 0
        self._seen = self._asked = 0.0

    def results(self, stop: Callable[[], bool]) -> Iterator[list[tuple[Task, Result]]]:
        """Results as they come, all that are there at once, until all are or ``stop()`` is true.

        Raises ``SandboxMissing`` and ``Unfit``, of which no second try would cure a worker, and
        ``SchedulerLost`` where the scheduler is.
        """
        self._count_workers()
        while not stop():
            self._hand_out()
            if not self._waiting:
                return
            if found := self._come_back():
                yield found
            self._count_workers()

    def in_hand(self) -> list[tuple[Task, Result]]:
        """What has come back and was not given yet, for a run that was stopped."""
        return self._come_back(wait=False)

    def _hand_out(self) -> None:
        while len(self._waiting) < AHEAD * max(1, self._threads):
            task = next(self._tasks, None)
            if task is None:
                break
            self._submit(task, "")
        if not self._waiting and self._suspects:
            self._submit(*self._suspects.pop(0))

    def _submit(self, task: Task, before: str) -> None:
        # Keys that share a name are a group, of which a worker holds no more than it runs.
        key = (f"grade-{self._run}", next(self._number))
        future = self._client.submit(work, task, key=key, pure=False)
        self._waiting[future] = task, before
        future.add_done_callback(self._ended.put)

    def _come_back(self, wait: bool = True) -> list[tuple[Task, Result]]:
        """What has ended by now; with ``wait``, at least one or nothing for half a second."""
        ended: list[Future] = []
        try:
            ended.append(self._ended.get(timeout=0.5 if wait else 0.0))
            while True:
                ended.append(self._ended.get_nowait())
        except queue.Empty:
            pass
        good = [future for future in ended if future.status == "finished"]
        try:
            found: Any = self._client.gather(good) if good else []
        except Exception as error:
            raise SchedulerLost(_GONE) from error
        back = [
            (self._waiting.pop(future)[0], one) for future, one in zip(good, found, strict=True)
        ]
        for future in ended:
            if future.status != "finished":
                back += self._failed(future)
        return back

    def _failed(self, future: Future) -> Iterator[tuple[Task, Result]]:
        if future.status != "error":
            raise SchedulerLost(_GONE)  # which is when dask cancels what was asked of it
        task, before = self._waiting.pop(future)
        error = future.exception()
        if isinstance(error, SandboxMissing | Unfit):
            raise error
        if isinstance(error, ModuleNotFoundError):
            raise Unfit(f"a worker lacks a package ({error}): install `attnbook[grade]` there")
        if isinstance(error, RuntimeError) and "deserialization of the task graph" in str(error):
            raise Unfit("the scheduler has not the same packages: install `attnbook[grade]` there")
        died = isinstance(error, KilledWorker)
        why = _DIED if died else f"{type(error).__name__}: {error}"
        if not before:
            self._suspects.append((task, why))
        else:
            both = f"{why}, twice" if before == why else f"{before}; then {why}"
            yield task, ungraded(task, both)

    def _count_workers(self) -> None:
        """Asks the scheduler now and then; it may gain and lose workers at any time."""
        now = time.monotonic()
        if now - self._asked < 2.0:
            return
        try:
            threads: Any = self._client.nthreads()
        except Exception as error:
            raise SchedulerLost(_GONE) from error
        self._asked, self.workers, self._threads = now, len(threads), sum(threads.values())
        if threads or not self._seen:
            self._seen = now
        elif now - self._seen > _PATIENCE:
            raise SchedulerLost(f"the scheduler has had no worker for {_PATIENCE:g} s")
