"""Holds all processes of a sandbox together to a memory limit, by the best means there is.

A cgroup where this process may make one (version 2 delegated, version 1 as root), which can limit
the number of processes too; else a watchdog that adds up what they use and ends the largest.
"""

import itertools
import os
import signal
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Protocol

CGROUPS = Path("/sys/fs/cgroup")
# What a worker takes before any code of a student's runs: Python with torch.
BASE_MB = 512
BASE_PROCESSES = 16
PREFIX = "attnbook-"  # of what a sandbox makes outside; the process's id follows
_serial = itertools.count()


class Guard(Protocol):
    """Something that holds a sandbox to its memory limit."""

    kind: str  # in words, for the record

    @property
    def prefix(self) -> list[str]:
        """What is put before the command that starts the sandbox."""
        ...

    def watch(self, pid: int) -> None:
        """Called with the process that ``prefix`` and the command became."""

    def exceeded(self) -> bool:
        """Whether a process was ended for it since this was last asked."""
        ...

    def close(self) -> None:
        """Called when all processes of the sandbox have ended."""


def guard(limit_mb: int, processes: int | None = None) -> Guard:
    """The best guard that this machine allows; where it can, it limits ``processes`` as well."""
    for make in (CgroupV2, CgroupV1):
        try:
            return make(limit_mb, processes=processes)
        except (OSError, LookupError):
            continue
    return Watchdog(limit_mb)


class _Cgroup:
    kind: str
    _events: str

    def __init__(self, parent: Path) -> None:
        self._folders: list[Path] = []
        self._folder = self._make(parent)
        self._killed = 0

    def _make(self, parent: Path) -> Path:
        remove_stale(parent, Path.rmdir)
        folder = parent / f"{PREFIX}{os.getpid()}-{next(_serial)}"
        folder.mkdir()
        self._folders.append(folder)
        return folder

    def _set(self, name: str, value: str, folder: Path | None = None) -> None:
        try:
            ((folder or self._folder) / name).write_text(value)
        except OSError:
            for made in self._folders:
                made.rmdir()
            raise

    def _deny_swap(self, name: str, value: str) -> None:
        with suppress(OSError):  # a kernel that does not account for it
            (self._folder / name).write_text(value)

    def _limit_processes(self, folder: Path, processes: int) -> None:
        self._set("pids.max", str(processes + BASE_PROCESSES), folder)
        self.kind = f"{self.kind} with a process limit"

    @property
    def prefix(self) -> list[str]:
        # Joined by the command itself, so that nothing it starts is ever outside.
        join = 'while [ "$1" != -- ]; do echo $$ > "$1" || exit 1; shift; done; shift; exec "$@"'
        groups = [str(folder / "cgroup.procs") for folder in self._folders]
        return ["/bin/sh", "-c", join, "sh", *groups, "--"]

    def watch(self, pid: int) -> None:
        pass

    def exceeded(self) -> bool:
        lines = (self._folder / self._events).read_text().splitlines()
        killed = next((int(line.split()[1]) for line in lines if line.startswith("oom_kill ")), 0)
        before, self._killed = self._killed, killed
        return killed > before

    def close(self) -> None:
        for folder in self._folders:
            for _ in range(50):  # the last process may still be on its way out
                with suppress(OSError):
                    folder.rmdir()
                    break
                time.sleep(0.01)


class CgroupV2(_Cgroup):
    """A delegated cgroup, version 2; ``OSError`` or ``LookupError`` where there is none."""

    kind = "a cgroup (version 2)"
    _events = "memory.events"

    def __init__(
        self,
        limit_mb: int,
        root: Path = CGROUPS,
        own: str | None = None,
        processes: int | None = None,
    ) -> None:
        here = root / (own or _own_cgroup("")).lstrip("/")
        # A cgroup with processes of its own may not hand on controllers, so this one's parent must.
        parent = here if here == root else here.parent
        delegated = (parent / "cgroup.subtree_control").read_text().split()
        if "memory" not in delegated:
            raise LookupError("memory is not delegated")
        super().__init__(parent)
        self._set("memory.max", str((limit_mb + BASE_MB) << 20))
        self._deny_swap("memory.swap.max", "0")
        if processes is not None and "pids" in delegated:
            self._limit_processes(self._folder, processes)


class CgroupV1(_Cgroup):
    """A cgroup, version 1, which only root may make."""

    kind = "a cgroup (version 1)"
    _events = "memory.oom_control"

    def __init__(
        self,
        limit_mb: int,
        root: Path = CGROUPS,
        own: str | None = None,
        processes: int | None = None,
    ) -> None:
        super().__init__(root / "memory" / (own or _own_cgroup("memory")).lstrip("/"))
        limit = str((limit_mb + BASE_MB) << 20)
        self._set("memory.limit_in_bytes", limit)
        self._deny_swap("memory.memsw.limit_in_bytes", limit)  # memory and swap together
        if processes is not None:
            with suppress(OSError, LookupError):  # a kernel without the controller
                pids = self._make(root / "pids" / (own or _own_cgroup("pids")).lstrip("/"))
                self._limit_processes(pids, processes)


def remove_stale(parent: Path, remove: Callable[[Path], object]) -> None:
    """Removes what a process made that did not live to clean up after itself."""
    for path in parent.glob(f"{PREFIX}*"):
        maker = path.name.removeprefix(PREFIX).split("-")[0]
        if maker.isdecimal() and not Path("/proc", maker).exists():
            with suppress(OSError):
                remove(path)


def _own_cgroup(controller: str) -> str:
    for line in Path("/proc/self/cgroup").read_text().splitlines():
        _, controllers, path = line.split(":", 2)
        if controller in controllers.split(",") and bool(controller) == bool(controllers):
            return path
    raise LookupError(controller)


class Watchdog:
    """Measures twenty times a second, and ends the largest process when there is too much."""

    kind = "a watchdog"

    def __init__(self, limit_mb: int) -> None:
        self.prefix: list[str] = []
        self._limit = (limit_mb + BASE_MB) << 20
        self._exceeded = threading.Event()
        self._closed = threading.Event()

    def watch(self, pid: int) -> None:
        threading.Thread(target=self._run, args=(pid,), daemon=True).start()

    def exceeded(self) -> bool:
        exceeded = self._exceeded.is_set()
        self._exceeded.clear()
        return exceeded

    def close(self) -> None:
        self._closed.set()

    def _run(self, pid: int) -> None:
        while not self._closed.wait(0.05):
            used = {child: _resident(child) for child in _descendants(pid)}
            if sum(used.values()) > self._limit:
                self._exceeded.set()
                marked = [child for child in used if _is_the_submissions(child)]
                _kill(max(marked or used, key=used.__getitem__))


def _is_the_submissions(pid: int) -> bool:
    """Whether a process is behind the walls: those have told the kernel to end them first."""
    try:
        return Path(f"/proc/{pid}/oom_score_adj").read_text().strip() == "1000"
    except OSError:
        return False


def _descendants(pid: int) -> list[int]:
    try:
        children = [
            int(child)
            for task in Path(f"/proc/{pid}/task").iterdir()
            for child in (task / "children").read_text().split()
        ]
    except OSError:
        return []
    return children + [below for child in children for below in _descendants(child)]


def _resident(pid: int) -> int:
    """Bytes of memory in use; what processes share is shared out between them."""
    try:
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) << 10
    except OSError:  # it has ended, or is the supervisor, which may not be looked into
        pass
    return 0


def _kill(pid: int) -> None:
    with suppress(OSError):
        os.kill(pid, signal.SIGKILL)
