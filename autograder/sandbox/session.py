"""The judge's side: runs a notebook's cells in a sandbox and asks what they defined."""

import re
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial

from autograder.sandbox import wire
from autograder.sandbox.limits import CellLog, CodeCell, Limits
from autograder.sandbox.line import Line, Output, Task
from autograder.sandbox.nursery import Backend, Sandbox
from autograder.subject import (
    Lost,
    Program,
    Reply,
    StudentError,
    Subject,
    decode_reply,
)
from autograder.values import CannotCross, Packed


@contextmanager
def open_session(
    cells: Sequence[CodeCell],
    provides: Sequence[str],
    limits: Limits | None = None,
    backend: Backend = "bubblewrap",
    device: str = "cpu",
) -> Iterator["Session"]:
    """Runs the cells of a notebook in a sandbox, which lives as long as the context.

    ``provides`` names the modules of ``attn`` that the cells may import. ``SandboxMissing`` where
    the backend cannot isolate: code never runs bare unless ``backend`` is "none". The first session
    of a thread starts a warm parent, which the next ones share: ``close_nurseries`` ends it.
    ``device`` is what checks may ask for beside "cpu". On an accelerator nothing is forked once it
    has been used: for every subject the cells run again in a sandbox of its own.
    """
    session = Session(cells, provides, limits or Limits(), backend, device)
    try:
        session.run_cells()
        yield session
    finally:
        session.close()


class Session:
    """A notebook whose cells have run. ``log`` says how; ``isolation``, what confined them."""

    def __init__(
        self,
        cells: Sequence[CodeCell],
        provides: Sequence[str],
        limits: Limits,
        backend: Backend,
        device: str,
    ) -> None:
        self.limits, self.device = limits, device
        self.log: tuple[CellLog, ...] = ()
        self._cells = tuple(cells)
        self._make = partial(Sandbox, tuple(provides), limits, backend, device)
        self._sandbox = self._make()
        self.isolation = self._sandbox.isolation
        self._deadly: set[int] = set()  # cells that took the state with them
        self._current: _Remote | None = None
        self._task: Task | None = None
        self._spent = 0.0

    def run_cells(self) -> None:
        """Runs the cells, each once, and logs what happened."""
        while len(self.log) < len(self._cells):
            line = self._state()
            with self._running(line) as run:
                for index in range(len(self.log), len(self._cells)):
                    self.log += (run(self._cells[index]),)
                    if line.lost:
                        self._deadly.add(index)
                        break

    def subject(self, name: str) -> Subject:
        """What the notebook calls ``name``, in a process of its own.

        Where the cells define no such name, every reply has a ``NameError`` that says why.
        """
        return _Remote(self, name)

    def close(self) -> None:
        """Ends every process of the session."""
        self._sandbox.end()

    # ------------------------------------------------------------------ the state

    def _state(self) -> Line:
        """The line to the holder; where it is lost, a new one for which the cells run again."""
        while self._sandbox.line.lost:
            self._sandbox.end()
            self._sandbox = self._make()
            with self._running(self._sandbox.line) as run:
                for index, log in enumerate(self.log):
                    if log.status in ("ok", "error") and index not in self._deadly:
                        run(self._cells[index])
                    if self._sandbox.line.lost:
                        self._deadly.add(index)
                        break
        return self._sandbox.line

    @contextmanager
    def _running(self, line: Line) -> Iterator[Callable[[CodeCell], CellLog]]:
        """Has the holder run cells, while the context lasts; gives what runs one."""
        limit = self.limits.output_kb << 10
        outputs = Output(limit), Output(limit)
        task = line.start(b"cells", *(output.writer for output in outputs))
        try:
            yield lambda cell: self._run(line, task, outputs, cell)
        finally:
            task.sock.close()
            for output in outputs:
                output.close()

    def _run(
        self, line: Line, task: Task, outputs: tuple[Output, Output], cell: CodeCell
    ) -> CellLog:
        seconds, too_long = self._allowed(self.limits.seconds_per_cell)
        start = time.monotonic()
        self._sandbox.guard.exceeded()
        status, error, shown = "ok", None, None
        try:
            reply, _ = task.exchange(wire.Head(cell=cell.source), [], start + seconds, outputs)
            shown = reply.shown
            if reply.failure:
                status, error = "error", StudentError(**reply.failure.model_dump())
        except Lost as lost:  # before it was sent
            status, error = "died", StudentError("Stopped", lost.reason)
        except (TimeoutError, EOFError, wire.Malformed) as ended:
            status = "timeout" if isinstance(ended, TimeoutError) else "died"
            code = self._sandbox.end()
            error = StudentError("Stopped", self._why(ended, code, too_long))
        took = time.monotonic() - start
        self._spent += took
        stdout, stderr = (output.take() for output in outputs)
        return CellLog(cell.id, status, error, stdout, stderr, round(took, 3), shown)

    # ------------------------------------------------------------------ checks

    def ask(self, remote: "_Remote", program: Program, device: str) -> Reply:
        """One program's reply from the process that belongs to ``remote``. Raises ``Lost``."""
        if device not in ("cpu", self.device):
            raise Lost(f"this sandbox has no {device}", "ours")
        packed = program.packed
        head = wire.Head(name=remote.name, device=device, tree=packed.tree)
        task = self._task_of(remote)
        seconds, too_long = self._allowed(self.limits.seconds_per_check, remote.spent)
        start = time.monotonic()
        try:
            reply, arrays = task.exchange(head, packed.arrays, start + seconds)
            if reply.undefined:
                return Reply((), self._undefined(remote.name))
            if reply.tree is None:
                raise wire.Malformed("no answer in it")
            return decode_reply(Packed(reply.tree, arrays))
        except (TimeoutError, EOFError, wire.Malformed, CannotCross) as ended:
            raise self._loss(ended, too_long) from ended
        finally:
            took = time.monotonic() - start
            remote.spent += took
            self._spent += took

    def _task_of(self, remote: "_Remote") -> Task:
        if self._task is not None and self._current is remote:
            return self._task
        if self.device != "cpu":
            self._sandbox.end()
            self._current, self._task = remote, self._state().start(b"here")
            return self._task
        if self._task is not None:
            self._sandbox.line.end(self._task)
        self._current, self._task = remote, self._state().start(b"check")
        if self._sandbox.line.lost:  # a thread of an earlier cell ended it
            self._task = self._state().start(b"check")
        self._sandbox.guard.exceeded()
        return self._task

    def _loss(self, ended: Exception, too_long: str) -> Lost:
        assert self._task is not None
        line = self._sandbox.line
        if self.device != "cpu":
            code = self._sandbox.end()
        else:
            code = (line.end if isinstance(ended, EOFError) else line.stop)(self._task)
        self._current = self._task = None
        why = self._why(ended, code, too_long)
        return Lost(why, "student" if self._sandbox.is_alive() else "ours")

    def _why(self, ended: Exception, code: int | None, too_long: str) -> str:
        if self._sandbox.guard.exceeded():
            return f"the code was stopped: it used more than {self.limits.memory_mb} MB"
        if isinstance(ended, TimeoutError):
            return too_long
        if not isinstance(ended, EOFError):
            return "the code answered with something that is no value"
        if code is None:
            return "the process that held the notebook's variables ended"
        if code < 0:
            return f"the process was ended by {signal.Signals(-code).name}"
        return f"the process ended by itself (exit code {code})"

    def _allowed(self, limit: float, spent: float = 0.0) -> tuple[float, str]:
        """How many seconds code may take now, and what to say where it takes more."""
        left = self.limits.seconds_in_all - self._spent
        if left < limit - spent:
            whole = f"{self.limits.seconds_in_all:g} s"
            return max(0.0, left), f"the notebook's code as a whole took more than {whole}"
        return max(0.0, limit - spent), f"the code did not return within {limit:g} s"

    def _undefined(self, name: str) -> StudentError:
        defines = re.compile(rf"^\s*((async\s+)?def|class)\s+{name}\b|^{name}\s*=", re.MULTILINE)
        for cell, log in zip(reversed(self._cells), reversed(self.log), strict=True):
            if log.error and defines.search(cell.source):
                because = f"the cell that should define it ended with {log.error.type}"
                detail = f": {log.error.message}" if log.error.message else ""
                return StudentError(
                    "NameError", f"`{name}` is not defined: {because}{detail}", log.error.where
                )
        return StudentError("NameError", f"`{name}` is not defined: no cell defines it")


class _Remote:
    """A ``Subject`` in a sandbox. Once lost, it stays lost: it has used up its time."""

    def __init__(self, session: Session, name: str) -> None:
        self.name, self._session = name, session
        self.spent = 0.0
        self._lost: Lost | None = None

    def run(self, program: Program, device: str = "cpu") -> Reply:
        if self._lost is not None:
            raise self._lost
        try:
            return self._session.ask(self, program, device)
        except Lost as lost:
            self._lost = lost
            raise
