"""The warm parent: imports what notebooks import, once, and forks a holder a submission.

It never runs a student's code, holds no secret, and has an environment of its own. A fork is in
namespaces of its own, and has given up all privileges, before it reads a byte of the submission.
"""

import base64
import gc
import json
import os
import signal
import socket
import sys
from contextlib import suppress
from importlib import import_module
from os import _exit  # a cell may replace os._exit
from pathlib import Path
from typing import Any, NoReturn

OFTEN_IMPORTED = (
    "matplotlib.pyplot",
    "matplotlib.backends.backend_agg",
    "matplotlib.backends.backend_svg",
    "matplotlib_inline.backend_inline",
    "IPython.display",
    "jaxtyping",
    "beartype",
    "torch.nn.functional",
    "torch.optim",
    "torch._subclasses.schema_check_mode",
    "autograder.fixtures",
)


def main() -> NoReturn:
    """Says ``ready``, then serves orders: to begin a submission, or to end one."""
    judge = socket.socket(fileno=int(sys.argv[1]))
    _warm()
    from autograder.sandbox.inside import confine

    confine.be_opaque(True)
    judge.send(b"ready")
    while True:
        order, fds, *_ = socket.recv_fds(judge, 1 << 17, 1)
        if not order:
            os._exit(0)
        if order.isdigit():
            judge.send(_end(int(order)))
            continue
        said = _begin(json.loads(order), judge, fds[0])
        os.close(fds[0])
        judge.send(said)


def _begin(order: dict[str, Any], judge: socket.socket, line: int) -> bytes:
    """Forks a holder; its process's id, or why there is none."""
    from autograder.sandbox.inside import confine, holder

    walls = None
    user, group = os.getuid(), os.getgid()
    if order["walls"] is not None:
        filter_program = base64.b64decode(order["walls"].pop("filter"))
        walls = confine.Walls(**order["walls"], filter=filter_program)
    try:
        if order["contained"]:  # this process is PID 1 already, and the submission the only one
            judge.send(b"1")
            child = 0
        else:
            child = confine.fork(walls) if walls is not None else os.fork()
    except OSError as error:
        return f"{type(error).__name__}: {error}".encode()
    if child:
        return b"%d" % child
    try:
        judge.close()
        connection = socket.socket(fileno=line)
        sys.path[0] = order["library"]
        if walls is not None and order["contained"]:
            confine.settle(walls)
        elif walls is not None:
            confine.become_somebody(walls, user, group)
            confine.enter(walls)
        os.chdir(os.environ["HOME"])
        sys.path_importer_cache.pop(order["library"], None)  # other modules are there now
        confines = holder.Confines(**order["confines"], alone=walls is not None)
    except BaseException as error:
        connection.send(f"{type(error).__name__}: {error}".encode()[:4000])
        _exit(1)
    try:
        holder.hold(connection, confines)
    finally:
        _exit(1)


def _end(child: int) -> bytes:
    """Ends a submission with all its processes; how it ended, if it had done so by itself."""
    with suppress(ProcessLookupError):
        os.kill(child, signal.SIGKILL)
    try:
        _, status = os.waitpid(child, 0)
    except ChildProcessError:
        return b"?"
    return b"%d" % os.waitstatus_to_exitcode(status)


def _warm() -> None:
    """Imports what most notebooks import, and what runs beside them."""
    for name in OFTEN_IMPORTED:
        import_module(name)
    import torch

    torch.set_num_threads(1)
    # The first optimizer of a process imports half of torch's compiler, which takes a second.
    parameter = torch.zeros(1, requires_grad=True)
    parameter.grad = torch.zeros(1)
    torch.optim.Adam([parameter]).step()
    from autograder.sandbox.inside import cells, confine, holder, pages  # noqa: F401

    cells.make_shell()
    gc.collect()
    gc.freeze()  # a child's collector would touch, and so copy, all that is shared
    pages.make_large()
    tasks = len(list(Path("/proc/self/task").iterdir()))
    assert tasks == 1, "threads do not live through a fork"


if __name__ == "__main__":
    main()
