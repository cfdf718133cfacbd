"""Work that behaves as badly as a test wants, for real worker processes: they import it."""

import os
import signal
import time
from pathlib import Path

from autograder.grade import DEFAULT
from autograder.layout import HandedIn
from autograder.manifest import Manifest
from autograder.verdict import Verdict
from autograder.work import Result, Task, Unfit

SLUG = "queries_keys_values"


def task(student: str, data: bytes = b"") -> Task:
    """A task whose student's name says what its work will do."""
    turned = HandedIn(student, SLUG, Path("nowhere"))
    return Task(turned, data, Manifest.load(SLUG), DEFAULT, "cpu", "")


def work(task: Task) -> Result:
    """In place of ``autograder.work.work``: ``data`` is a file in which each try leaves a line."""
    if task.data:
        with Path(task.data.decode()).open("a") as file:
            file.write(f"{task.turned.student} {os.getpid()}\n")
    match task.turned.student.partition("-")[0]:
        case "killer":
            os.kill(os.getpid(), signal.SIGKILL)
        case "error":
            raise ZeroDivisionError("ours")
        case "unfit":
            raise Unfit("the worker has another version")
        case "slow":
            time.sleep(0.5)
        case "endless":
            time.sleep(600)
    verdict = Verdict(student=task.turned.student, assignment=SLUG, status="graded")
    return Result(verdict, None, "")
