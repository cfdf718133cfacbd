"""The warm parent: imports what notebooks import, once, and forks a supervisor a submission.

It never runs a student's code, holds no secret, and has an environment of its own. A fork leaves
its namespaces before it reads a byte of the submission.
"""

import base64
import gc
import json
import os
import signal
import socket
import sys
from importlib import import_module
from pathlib import Path
from types import ModuleType
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
    """Says ``ready``, then forks a supervisor for every order that comes."""
    judge = socket.socket(fileno=int(sys.argv[1]))
    supervisor = _warm()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody asks how a supervisor ended
    supervisor.be_opaque(True)
    judge.send(b"ready")
    while True:
        order, fds, *_ = socket.recv_fds(judge, 1 << 17, 1)
        if not order:
            os._exit(0)
        if os.fork() == 0:
            judge.close()
            _begin(supervisor, json.loads(order), socket.socket(fileno=fds[0]))
        os.close(fds[0])


def _begin(supervisor: ModuleType, order: dict[str, Any], judge: socket.socket) -> NoReturn:
    try:
        walls = order["walls"]
        if walls is not None:
            walls["filter"] = base64.b64decode(walls["filter"])
        else:
            sys.path[0] = order["library"]
        supervisor.begin(judge, order["confines"], walls)
    except BaseException as error:
        judge.send(f"{type(error).__name__}: {error}".encode()[:4000])
    os._exit(1)


def _warm() -> ModuleType:
    """Imports what most notebooks import, and what runs beside them; the supervisor's module."""
    for name in OFTEN_IMPORTED:
        import_module(name)
    import torch

    torch.set_num_threads(1)
    # The first optimizer of a process imports half of torch's compiler, which takes a second.
    parameter = torch.zeros(1, requires_grad=True)
    parameter.grad = torch.zeros(1)
    torch.optim.Adam([parameter]).step()
    from autograder.sandbox.inside import cells, pages, supervisor

    cells.make_shell()
    gc.collect()
    gc.freeze()  # a child's collector would touch, and so copy, all that is shared
    pages.make_large()
    tasks = len(list(Path("/proc/self/task").iterdir()))
    assert tasks == 1, "threads do not live through a fork"
    return supervisor


if __name__ == "__main__":
    main()
