"""Linux's walls around one submission, put up by the process that becomes its PID 1.

``namespaces(7)``, ``mount(2)``, ``capabilities(7)`` and ``seccomp(2)``; through ctypes, because
Python 3.11 has none of them. All of it runs before a byte of the submission is read.
"""

import ctypes
import fcntl
import os
import signal
import socket
import struct
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

_LIBC = ctypes.CDLL(None, use_errno=True)
_HOLDING_THE_GIL = ctypes.PyDLL(None, use_errno=True)
_CLONE = {"x86_64": 56, "aarch64": 220}  # numbers of the system call
_NEW_CGROUP, _NEW_UTS, _NEW_IPC = 0x02000000, 0x04000000, 0x08000000
_NEW_USER, _NEW_PID, _NEW_NET, _NEW_MOUNTS = 0x10000000, 0x20000000, 0x40000000, 0x00020000
_READ_ONLY, _NO_SUID, _NO_DEVICES, _NO_EXEC = 1, 2, 4, 8
_REMOUNT, _BIND, _RECURSIVE, _PRIVATE = 32, 4096, 16384, 1 << 18
_SET_DUMPABLE, _SET_SECCOMP, _DROP_BOUND, _NO_NEW_PRIVILEGES, _AMBIENT = 4, 22, 24, 38, 47
_FILTER, _CLEAR_ALL = 2, 4
_CAPABILITIES_V3 = 0x20080522
_FILES = 1 << 14  # in each writable folder: an empty file takes no room there, but the kernel's


@dataclass(frozen=True)
class Walls:
    """What confines one submission.

    ``library``: the folder of modules it may import, mounted at ``at``; ``below`` hides the folder
    of all libraries. ``user``: whom it runs as, where root started the parent, else 0. ``keep``:
    folders below the writable ones that the system needs. ``filter``: a BPF program of system
    calls. ``home``: the folders made in /tmp. ``links``: files that appear there, and their aims.
    """

    library: str
    at: str
    below: str
    user: int
    tmp_mb: int
    keep: Sequence[str]
    folders: Sequence[str]
    links: Sequence[tuple[str, str]]
    filter: bytes


def fork(walls: Walls) -> int:
    """As ``os.fork``; the child is PID 1 of namespaces of its own.

    One ``clone(2)`` in place of a fork that unshares and a fork of that. Python is told as
    ``os.fork`` tells it; the parent has one thread, so there is no lock that another one holds.
    """
    spaces = _NEW_CGROUP | _NEW_UTS | _NEW_IPC | _NEW_PID | _NEW_NET | _NEW_MOUNTS
    if not walls.user:
        spaces |= _NEW_USER
    ctypes.pythonapi.PyOS_BeforeFork()
    child = _HOLDING_THE_GIL.syscall(
        _CLONE[os.uname().machine], spaces | signal.SIGCHLD, 0, 0, 0, 0
    )
    if child == 0:
        ctypes.pythonapi.PyOS_AfterFork_Child()
    else:
        ctypes.pythonapi.PyOS_AfterFork_Parent()
        _check(child, "clone")
    return child


def become_somebody(walls: Walls, user: int, group: int) -> None:
    """Says who the user is in a new user namespace: the same as outside."""
    if not walls.user:
        be_opaque(False)  # else its files in /proc are root's
        Path("/proc/self/setgroups").write_text("deny")
        Path("/proc/self/uid_map").write_text(f"{user} {user} 1")
        Path("/proc/self/gid_map").write_text(f"{group} {group} 1")


def enter(walls: Walls) -> None:
    """Puts up the walls around this process: afterwards it can see, and do, what they allow."""
    proc = _furnish(walls)
    _drop(walls)
    be_opaque(False)  # a change of user makes it so, and then its own files in /proc are root's
    _expect_to_be_killed_first(proc)
    os.close(proc)


def settle(walls: Walls) -> None:
    """As ``enter``, where a container has put up all walls but the filter of system calls."""
    _furnish_home(walls)
    _drop(walls)
    be_opaque(False)


def _furnish(walls: Walls) -> int:
    """Mounts what the submission may see; a descriptor of a /proc that can be written to."""
    _mount(None, "/", flags=_RECURSIVE | _PRIVATE)
    _mount(walls.library, walls.at, flags=_BIND | _RECURSIVE)
    _mount("tmpfs", walls.below, "tmpfs", _READ_ONLY, "mode=000,size=4k")
    kept = [(path, os.open(path, os.O_PATH)) for path in walls.keep]
    size = f"mode=1777,size={walls.tmp_mb}m,nr_inodes={_FILES}"
    for folder in ("/tmp", "/dev/shm"):
        _mount("tmpfs", folder, "tmpfs", _NO_SUID | _NO_DEVICES, size)
    _mount("devpts", "/dev/pts", "devpts", _NO_SUID | _NO_EXEC, "newinstance,ptmxmode=0666")
    for path, fd in kept:
        os.makedirs(path, 0o755)  # noqa: PTH103
        _mount(f"/proc/self/fd/{fd}", path, flags=_BIND | _RECURSIVE)
        os.close(fd)
    _furnish_home(walls)
    _loopback()
    return _proc()


def _furnish_home(walls: Walls) -> None:
    for folder in walls.folders:
        os.makedirs(folder, exist_ok=True)  # noqa: PTH103
        os.chmod(folder, 0o777)  # noqa: PTH101
    for path, aim in walls.links:
        with suppress(FileExistsError):  # in a container, an import may have been here
            os.symlink(aim, path)  # noqa: PTH211


def _loopback() -> None:
    """Brings up the one interface of a new network namespace, so that code may talk to itself."""
    set_flags, up = 0x8914, 0x1
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        fcntl.ioctl(sock, set_flags, struct.pack("16sH14x", b"lo", up))


def _proc() -> int:
    safe = _NO_SUID | _NO_DEVICES | _NO_EXEC
    _mount("proc", "/proc", "proc", safe)
    writable = os.open("/proc", os.O_PATH | os.O_DIRECTORY)
    # A second mount of the same, read-only: what a process says of itself there, to the kernel's
    # choice of whom to end for memory, is said before any student's code runs.
    _mount("proc", "/proc", "proc", safe)
    _mount(None, "/proc", flags=_REMOUNT | _BIND | _READ_ONLY | safe)
    return writable


def _drop(walls: Walls) -> None:
    """Gives up every privilege for good, and all system calls that grading never needs."""
    for capability in range(64):
        if _LIBC.prctl(_DROP_BOUND, capability, 0, 0, 0):
            break
    _LIBC.prctl(_AMBIENT, _CLEAR_ALL, 0, 0, 0)
    if walls.user:
        os.setgroups([])
        os.setresgid(walls.user, walls.user, walls.user)
        os.setresuid(walls.user, walls.user, walls.user)
    header = struct.pack("Ii", _CAPABILITIES_V3, 0)
    _check(_LIBC.capset(header, bytes(24)), "capset")
    _check(_LIBC.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0), "no_new_privs")
    program = ctypes.create_string_buffer(walls.filter, len(walls.filter))
    described = struct.pack("HxxxxxxP", len(walls.filter) // 8, ctypes.addressof(program))
    _check(_LIBC.prctl(_SET_SECCOMP, _FILTER, described, 0, 0), "seccomp")


def be_opaque(opaque: bool) -> None:
    """Whether processes of the same user are kept from tracing this one and reading its memory."""
    _LIBC.prctl(_SET_DUMPABLE, int(not opaque), 0, 0, 0)


def _expect_to_be_killed_first(proc: int) -> None:
    """Tells the kernel whom to end where memory is short; ``proc`` is a /proc to be written to."""
    with suppress(OSError):
        fd = os.open("self/oom_score_adj", os.O_WRONLY, dir_fd=proc)
        os.write(fd, b"1000")
        os.close(fd)


def _mount(what: str | None, where: str, kind: str = "", flags: int = 0, options: str = "") -> None:
    source = what and what.encode()
    data = options.encode() or None
    done = _LIBC.mount(source, where.encode(), kind.encode() or None, ctypes.c_ulong(flags), data)
    _check(done, f"mount {where}")


def _check(result: int, what: str) -> None:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")
