"""What ``autograder doctor`` has a sandbox run: each function tries what should not succeed.

This file is read as text and runs as a notebook's cell, with no more rights than one.
"""

import ctypes
import errno
import mmap
import os
import socket
import time
from pathlib import Path

_MB = 1 << 20


def answers() -> int:
    """Nothing is tried: whether a question gets its answer."""
    return 42


def status() -> dict:
    """What the kernel says of this process's privileges, and how many processes it can see."""
    lines = Path("/proc/self/status").read_text().splitlines()
    said = {key: value.strip() for key, _, value in (line.partition(":") for line in lines)}
    seen = sum(path.name.isdecimal() for path in Path("/proc").iterdir())
    return {name: said.get(name, "") for name in ("Seccomp", "NoNewPrivs", "CapEff")} | {
        "processes": seen,
        "user": os.getuid(),
    }


def calls() -> dict:
    """System calls that open ways out, and what the kernel answered."""
    libc = ctypes.CDLL(None, use_errno=True)
    new_user, bind = 0x10000000, 4096
    tried = {
        "unshare": lambda: libc.unshare(new_user),
        "mount": lambda: libc.mount(b"/tmp", b"/tmp", None, bind, None),
        "ptrace": lambda: libc.ptrace(0, 0, 0, 0),
        "chroot": lambda: libc.chroot(b"/tmp"),
        "sethostname": lambda: libc.sethostname(b"mine", 4),
    }
    return {name: _answer(call) for name, call in tried.items()}


def _answer(call) -> str:
    return "done" if call() >= 0 else errno.errorcode.get(ctypes.get_errno(), "refused")


def connect(port: int) -> str:
    """A connection to a port on which the doctor listens, outside."""
    try:
        socket.create_connection(("127.0.0.1", port), timeout=2).close()
    except OSError as error:
        return errno.errorcode.get(error.errno or 0, type(error).__name__)
    return "done"


def look(paths: list) -> list:
    """Which of these are there."""
    return [path for path in paths if os.path.lexists(path)]


def write(paths: list) -> list:
    """In which of these folders a file can be made."""
    found = []
    for path in paths:
        try:
            Path(path, ".attnbook-attempt").touch()
            found.append(path)
        except OSError:
            pass
    return found


def fork(most: int) -> int:
    """How many sleeping children can be had, of ``most``."""
    for count in range(most):
        try:
            if os.fork() == 0:
                time.sleep(60)
                os._exit(0)
        except OSError:
            return count
    return most


def grow(mb: int) -> str:
    """Memory of this process alone."""
    try:
        kept = bytearray(mb * _MB)
    except MemoryError:
        return "refused"
    return f"{len(kept) // _MB} MB"


def share(mb: int) -> str:
    """Memory that counts for no single process: only all together can be held to a limit."""
    kept = mmap.mmap(-1, mb * _MB)
    for start in range(0, mb * _MB, mmap.PAGESIZE):
        kept[start] = 1
    return f"{mb} MB"


def fill(mb: int) -> int:
    """How many MB can be written to /tmp, of ``mb``, in files of one each."""
    for count in range(mb):
        try:
            Path(f"/tmp/attempt-{count}").write_bytes(bytes(_MB))
        except OSError:
            return count
    return mb


def loop() -> None:
    """Never ends."""
    while True:
        pass
