"""What a worker does with one submission. Everything it needs comes with the task, by value."""

import gc
import hashlib
import os
from dataclasses import dataclass, replace

import torch
from distributed import Worker, WorkerPlugin

from autograder import feedback
from autograder.device import resolve
from autograder.edition import edition
from autograder.grade import How, grade_notebook
from autograder.layout import HandedIn
from autograder.manifest import Manifest
from autograder.outcome import reject, unjudged
from autograder.sandbox import close_nurseries
from autograder.submission import Notebook, Rejected, parse
from autograder.verdict import Verdict


class Unfit(EnvironmentError):
    """A worker that cannot grade as asked: why, and what mends it."""


@dataclass(frozen=True)
class Task:
    """One submission to grade: its bytes, the release it answers, and how.

    ``grader`` is the edition of the grader that must judge it. ``device`` is a choice of
    ``autograder.device``, which each worker resolves for itself.
    """

    turned: HandedIn
    data: bytes
    manifest: Manifest
    how: How
    device: str
    grader: str

    @property
    def sha256(self) -> str:
        """The hash of what was handed in."""
        return hashlib.sha256(self.data).hexdigest()


@dataclass(frozen=True)
class Result:
    """A verdict, the notebook that it is about unless that was rejected, and the student's page."""

    verdict: Verdict
    notebook: Notebook | None
    page: str


def work(task: Task) -> Result:
    """Grades one submission.

    ``SandboxMissing`` and ``Unfit`` mean that this worker can grade none.
    """
    how = _fit(task)
    try:
        notebook = parse(task.data)
    except Rejected as rejected:
        return result(task, reject(rejected, task.turned.student, task.manifest))
    verdict = grade_notebook(notebook, task.turned.student, task.manifest, how)
    return result(task, verdict, notebook)


def result(task: Task, verdict: Verdict, notebook: Notebook | None = None) -> Result:
    """What is made of a verdict."""
    verdict = verdict.model_copy(update={"grader_sha256": task.grader})
    return Result(verdict, notebook, feedback.page(verdict, task.manifest.title))


def ungraded(task: Task, reason: str) -> Result:
    """The result where grading failed at every try."""
    verdict = unjudged(task.manifest, task.how.seed, reason)
    whose = {"student": task.turned.student, "submission_sha256": task.sha256}
    return result(task, verdict.model_copy(update=whose))


def _fit(task: Task) -> How:
    if edition(task.manifest) != task.grader:
        raise Unfit(
            f"the worker on {os.uname().nodename} has another version of the course, Python, NumPy "
            "or PyTorch than this machine: install the same on both"
        )
    try:
        devices = resolve(task.device)
    except LookupError as error:
        raise Unfit(f"{os.uname().nodename} cannot grade as asked: {error}") from None
    return replace(task.how, devices=devices)


class Tidy(WorkerPlugin):
    """Makes a worker compute in one thread, and leave no process and no folder behind.

    ``ours`` says that the worker is a process of the coordinator's, on the same terminal.
    """

    name = "attnbook-tidy"

    def __init__(self, ours: bool) -> None:
        self.ours = ours

    def setup(self, worker: Worker) -> None:
        torch.set_num_threads(1)
        _collect_less()
        if self.ours:
            os.setpgid(0, 0)  # the terminal's Ctrl-C is the coordinator's to hear

    def teardown(self, worker: Worker) -> None:
        close_nurseries()


def _collect_less() -> None:
    """What is there by now stays: a collector that walks all of PyTorch again finds nothing."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)
