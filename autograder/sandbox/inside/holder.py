"""Holds the state of a notebook: runs its cells, and forks a child for every check.

What a check breaks, it breaks for itself. A cell that ends this process ends the state, and the
judge has the others run again without it. All that is needed after a student's code has run in this
process is bound by name before it does.
"""

import os
import random
import resource
import select
import signal
import socket
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from os import (
    _exit,
    close,
    dup2,
    fork,
    getpid,
    kill,
    killpg,
    pidfd_open,
    setsid,
    waitpid,
    waitstatus_to_exitcode,
)
from pathlib import Path
from time import sleep
from typing import Any, NoReturn

import numpy as np
from torch import default_generator, manual_seed, set_num_threads
from torch.cuda import is_initialized, set_per_process_memory_fraction

from autograder.sandbox.inside import cells, tidy
from autograder.sandbox.inside.confine import be_opaque
from autograder.sandbox.wire import Head, Malformed, encode, receive, send
from autograder.subject import perform
from autograder.values import Packed, pack

SIGKILL = signal.SIGKILL
_MB = 1 << 20


@dataclass(frozen=True)
class Confines:
    """What a holder must know of its sandbox. ``alone``: no other process is in its PID space.

    ``gpu_share``: the part of a GPU's memory that it may use; without one, 0.
    """

    memory_mb: int
    processes: int
    tmp_mb: int
    seconds_in_all: float
    alone: bool
    gpu_share: float = 0.0


def hold(line: socket.socket, confines: Confines) -> NoReturn:
    """Says ``ready``, and serves requests from ``line`` until the judge closes it."""
    _point_at_nothing(0, 1, 2)
    _restrict(confines)
    _seed()
    if confines.gpu_share:
        set_per_process_memory_fraction(confines.gpu_share)
    shell = cells.make_shell()
    kept = None
    receive_fds, poll = socket.recv_fds, select.poll
    line.send(b"ready")
    while True:
        what, fds, *_ = receive_fds(line, 16, 3)
        if not what:
            _exit(0)
        if what == b"stop":  # came too late: what it was meant for has ended
            continue
        if what == b"cells":
            be_opaque(False)
            _cells(fds, lambda source: cells.run_and_show(shell, source))
            kept = None
            continue
        if what == b"here":  # CUDA does not live through a fork
            _check(fds, shell.user_ns)
            _exit(0)
        if kept is None and confines.alone:  # else these are the machine's own folders
            kept = tidy.snapshot()
        be_opaque(True)  # a check must not write to the memory that the next one starts from
        child = _fork()
        if child == 0:
            try:
                be_opaque(False)
                setsid()
                line.close()
                _check(fds, shell.user_ns)
                _exit(0)
            except BaseException:
                _exit(1)
        for fd in fds:
            close(fd)
        code = _wait(child, line, poll(), confines.alone)
        whole = kept is None or tidy.restore(kept)
        line.send(b"%d" % code if whole else b"%d lost" % code)
        if not whole:  # the cells run again, and write their files again
            _exit(0)


def _fork() -> int:
    for attempt in range(20):
        try:
            return fork()
        except OSError:  # what was killed a moment ago may still be counted
            sleep(0.01 * attempt)
    return fork()


def _wait(child: int, line: socket.socket, poll: select.poll, alone: bool) -> int:
    ended = pidfd_open(child)
    poll.register(ended, select.POLLIN)
    poll.register(line.fileno(), select.POLLIN)
    ready = [fd for fd, _ in poll.poll()]
    asked = ended in ready or line.recv(16)
    close(ended)
    code = waitstatus_to_exitcode(_end_all(child, alone))
    if not asked:
        _exit(0)
    return code


def _end_all(child: int, alone: bool) -> int:
    """Ends a check, and what it left behind; the status with which it ended."""
    if not alone:
        with suppress(ProcessLookupError):
            killpg(child, SIGKILL)
        return waitpid(child, 0)[1]
    with suppress(ProcessLookupError):
        kill(-1, SIGKILL)  # all but this process, which is PID 1
    found = 0
    try:
        while True:  # until none is left: what is dying still holds memory
            pid, status = waitpid(-1, 0)
            found = status if pid == child else found
    except ChildProcessError:
        return found


def _cells(fds: list[int], run: Callable[[str], dict[str, Any]]) -> None:
    """Runs one cell after another, until the judge has no more of them."""
    sock = socket.socket(fileno=fds[0])
    dup2(fds[1], 1)
    dup2(fds[2], 2)
    close(fds[1])
    close(fds[2])
    me = getpid()
    while True:
        try:
            head, _ = receive(sock)
        except EOFError:
            break
        ran = run(head.cell or "")
        if getpid() != me:  # a child that the cell forked, and let run on
            _exit(0)
        send(sock, encode(Head(nonce=head.nonce, **ran), []))
    _point_at_nothing(1, 2)
    sock.close()


def _check(fds: list[int], namespace: dict[str, Any]) -> None:
    sock = socket.socket(fileno=fds[0])
    # A team of threads does not live through a fork: torch would wait for it for ever.
    set_num_threads(1)
    _seed()
    while True:
        try:
            head, arrays = receive(sock)
        except EOFError:  # the judge needs no more
            return
        if head.name not in namespace:
            send(sock, encode(Head(nonce=head.nonce, undefined=True), []))
            continue
        try:
            reply = perform(namespace[head.name], Packed(head.tree or {}, arrays), head.device)
        except KeyboardInterrupt as error:
            reply = pack({"results": [], "error": cells.failure(error).model_dump()})
        try:
            frame = encode(Head(nonce=head.nonce, tree=reply.tree), reply.arrays)
        except Malformed as error:
            told = {"type": "TooLarge", "message": f"the answer is {error}", "where": ""}
            reply = pack({"results": [], "error": told})
            frame = encode(Head(nonce=head.nonce, tree=reply.tree), [])
        send(sock, frame)


def _point_at_nothing(*fds: int) -> None:
    null = os.open(os.devnull, os.O_RDWR)
    for fd in fds:
        dup2(null, fd)
    close(null)


def _seed() -> None:
    random.seed(0)
    np.random.seed(0)
    default_generator.manual_seed(0)  # torch.manual_seed looks at every device, for two ms
    if is_initialized():
        manual_seed(0)


def _used() -> int:
    """Bytes of data that this process has from the warm parent."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) << 10 for line in lines if line.startswith("VmData:"))


def _restrict(confines: Confines) -> None:
    limits = {
        resource.RLIMIT_FSIZE: confines.tmp_mb * _MB,
        resource.RLIMIT_NOFILE: 512,
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_CPU: int(confines.seconds_in_all) + 10,
    }
    if not confines.gpu_share:  # CUDA maps more than it uses; its host memory is the cgroup's
        limits[resource.RLIMIT_DATA] = _used() + confines.memory_mb * _MB
    if confines.alone:  # elsewhere it would count the user's other processes
        limits[resource.RLIMIT_NPROC] = confines.processes
    for limit, value in limits.items():
        _, hard = resource.getrlimit(limit)
        value = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(limit, (value, value))
