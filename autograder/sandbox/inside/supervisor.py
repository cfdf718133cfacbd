"""The first process of a sandbox: imports what notebooks import, and forks holders of state.

It never runs a student's code. As PID 1 of its own PID namespace it cannot be killed from inside,
and it ends whatever is left there when the judge asks for a new state.
"""

import ctypes
import json
import os
import signal
import socket
import sys
from contextlib import suppress
from pathlib import Path
from types import ModuleType
from typing import NoReturn


def main() -> NoReturn:
    """Says ``ready``, then forks a holder for every line that comes."""
    judge = socket.socket(fileno=int(sys.argv[1]))
    holder = _warm()
    alone = os.getpid() == 1
    confines = holder.Confines(**json.loads(sys.argv[2]), alone=alone)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the orphans of the sandbox are reaped unasked
    _be_opaque(True)
    judge.send(b"ready")
    child = 0
    while True:
        what, fds, *_ = socket.recv_fds(judge, 16, 1)
        if alone:
            _kill(-1)
        elif child:
            _kill(child)
        if not what:
            os._exit(0)
        tasks = len(list(Path("/proc/self/task").iterdir()))
        assert tasks == 1, "threads do not live through a fork"
        child = os.fork()
        if child == 0:
            judge.close()
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            _be_opaque(False)
            holder.hold(socket.socket(fileno=fds[0]), confines)
        os.close(fds[0])


def _warm() -> ModuleType:
    """Imports what most notebooks import; the module that holds states, which needs torch too."""
    import matplotlib_inline.backend_inline  # noqa: F401
    import torch

    torch.set_num_threads(1)
    from autograder.sandbox.inside import holder

    return holder


def _kill(pid: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


def _be_opaque(opaque: bool) -> None:
    """Whether processes of the same user are kept from tracing this one and reading its memory."""
    PR_SET_DUMPABLE = 4
    ctypes.CDLL(None).prctl(PR_SET_DUMPABLE, int(not opaque), 0, 0, 0)


if __name__ == "__main__":
    main()
