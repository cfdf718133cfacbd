"""The first process of a submission: forks holders of its state, and outlives what they do.

It never runs a student's code. As PID 1 of its own PID namespace it cannot be killed from inside,
and it ends whatever is left there when the judge asks for a new state.
"""

import importlib
import os
import signal
import socket
import time
from contextlib import suppress
from os import _exit  # a cell may replace os._exit
from typing import Any, NoReturn

from autograder.sandbox.inside import confine, holder, tidy
from autograder.sandbox.inside.confine import be_opaque

__all__ = ["be_opaque", "begin"]


def begin(judge: socket.socket, confines: dict[str, Any], walls: dict[str, Any] | None) -> NoReturn:
    """Becomes the supervisor: of a walled submission, or, without ``walls``, of a bare one."""
    proc = None
    if walls is not None:
        built = confine.Walls(**walls)
        confine.unshare(built)
        if os.fork():
            os._exit(0)
        proc = confine.furnish(built)
        confine.drop(built)
    os.chdir(os.environ["HOME"])
    importlib.invalidate_caches()  # there are other modules now
    be_opaque(True)
    Supervisor(judge, holder.Confines(**confines, alone=proc is not None), proc).serve()


class Supervisor:
    """Serves the judge: ``state`` ends what runs and forks a holder; ``ended``, how one ended."""

    def __init__(self, judge: socket.socket, confines: holder.Confines, proc: int | None) -> None:
        self._judge, self._confines, self._proc = judge, confines, proc
        self._holder, self._code = 0, None
        self._kept = tidy.snapshot() if confines.alone else None

    def serve(self) -> NoReturn:
        signal.signal(signal.SIGCHLD, self._reap)
        self._judge.send(b"ready")
        while True:
            try:
                what, fds, *_ = socket.recv_fds(self._judge, 16, 1)
            except OSError:
                what = b""
            if what == b"ended":
                self._judge.send(self._how_it_ended())
                continue
            self._end_all()
            if not what:
                os._exit(0)
            self._new_holder(fds[0])
            os.close(fds[0])

    def _new_holder(self, line: int) -> None:
        self._code = None
        if self._kept is not None:
            tidy.restore(self._kept)
        # Until it is known whose end is meant, no end is noticed.
        signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGCHLD])
        self._holder = os.fork()
        if self._holder == 0:
            self._judge.close()
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGCHLD])
            be_opaque(False)
            if self._proc is not None:
                confine.expect_to_be_killed_first(self._proc)
                os.close(self._proc)
            try:
                holder.hold(socket.socket(fileno=line), self._confines)
            finally:
                _exit(1)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGCHLD])

    def _how_it_ended(self) -> bytes:
        for _ in range(100):  # its connections close a moment before it has ended
            if self._code is not None:
                return b"%d" % self._code
            time.sleep(0.01)
        return b"?"

    def _end_all(self) -> None:
        """Ends all that runs inside, and waits for it."""
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        with suppress(ProcessLookupError):
            if self._confines.alone:
                os.kill(-1, signal.SIGKILL)
            elif self._holder:
                os.kill(self._holder, signal.SIGKILL)
        with suppress(ChildProcessError):
            while True:
                os.waitpid(-1, 0)
        signal.signal(signal.SIGCHLD, self._reap)

    def _reap(self, *_: object) -> None:
        """Takes note of the holder's end, and lets go of orphans."""
        with suppress(ChildProcessError):
            while True:
                pid, status = os.waitpid(-1, os.WNOHANG)
                if pid == 0:
                    return
                if pid == self._holder:
                    self._code = os.waitstatus_to_exitcode(status)
