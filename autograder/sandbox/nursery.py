"""The judge's side of the warm parent: starts it once a worker, and has it begin sandboxes.

A ``Nursery`` is bubblewrap with the parent inside, who has imported what notebooks import. A
``Sandbox`` is one submission's: namespaces, folders and a holder of its state, forked from the
parent, and gone when it is ended.
"""

import atexit
import hashlib
import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Literal

from autograder.sandbox import containers, room, syscalls
from autograder.sandbox.limits import Limits, SandboxMissing
from autograder.sandbox.line import Line
from autograder.sandbox.memory import PREFIX, Guard, guard, remove_stale
from autograder.sandbox.obstacles import mend

Backend = Literal["bubblewrap", "podman", "none"]
START_SECONDS = 120.0
ORDER_SECONDS = 60.0
UNCONFINED = "NONE: the code ran unconfined, with all rights of the user who grades"

_nurseries: dict[tuple[int, Backend, int, int, str], "Nursery"] = {}


def nursery(backend: Backend, limits: Limits, device: str) -> "Nursery":
    """This thread's warm parent, started when it is first asked for, or where it has ended.

    ``SandboxMissing`` where the backend cannot isolate. bubblewrap dies with the thread that
    started it, so threads do not share one.
    """
    key = (threading.get_ident(), backend, limits.memory_mb, limits.processes, device)
    known = _nurseries.get(key)
    if known is None or not known.is_alive():
        if known is not None:
            known.close()
        _nurseries[key] = known = Nursery(backend, limits, device)
    return known


def close_nurseries() -> None:
    """Ends the warm parents of all threads, and removes what was made for them."""
    while _nurseries:
        with suppress(KeyError):
            _nurseries.popitem()[1].close()


atexit.register(close_nurseries)


class Nursery:
    """A running warm parent. ``SandboxMissing`` where the backend cannot isolate."""

    contained = False

    def __init__(self, backend: Backend, limits: Limits, device: str) -> None:
        remove_stale(Path(tempfile.gettempdir()), shutil.rmtree)
        self.walled, self._device = backend != "none", device
        self._folder = Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-"))
        self._folder.chmod(0o755)
        self._process: subprocess.Popen[bytes] | None = None
        self.guard = self._guard(limits)
        self._judge, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        try:
            self.calls = syscalls.filter_program() if self.walled else b""
            argv, env = self._command(theirs.fileno())
            # Not start_new_session: bubblewrap makes one itself, and dies with the calling thread.
            self._process = subprocess.Popen(
                [*self.guard.prefix, *argv],
                env=env,
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                cwd="/" if self.walled else self._folder,
            )
            theirs.close()
            self.guard.watch(self._process.pid)
            self._wait_until_ready()
        except BaseException:
            theirs.close()
            self.close()
            raise
        self.isolation = self._isolation()

    def begin(self, provides: Sequence[str], limits: Limits) -> tuple[int, socket.socket]:
        """A new submission's holder: its process, as the parent knows it, and a line to it.

        Raises ``OSError`` where the parent is gone, ``SandboxMissing`` where it may not isolate.
        """
        library = self.library(provides)
        user = _somebody() if os.geteuid() == 0 and not self.contained else 0
        names = ("memory_mb", "processes", "tmp_mb", "seconds_in_all")
        order: dict[str, Any] = {
            "confines": {name: getattr(limits, name) for name in names}
            | {"gpu_share": limits.gpu_share if self._device == "cuda" else 0.0},
            "walls": None,
            "library": str(library),
            "contained": self.contained,
        }
        if self.walled:
            order["walls"] = room.around(library.name, user, limits.tmp_mb, self.calls)
            order["library"] = room.LIBRARY
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            said = self._ask(json.dumps(order).encode(), theirs.fileno())
        if said.isdecimal():
            return int(said), ours
        ours.close()
        raise _refusal(said)

    def end(self, holder: int) -> int | None:
        """Ends a submission's processes, all of them; its exit code if it had ended by itself."""
        with suppress(OSError, ValueError):
            return int(self._ask(b"%d" % holder))
        return None

    def _ask(self, order: bytes, *fds: int) -> str:
        try:
            socket.send_fds(self._judge, [order], fds)
            return self._judge.recv(4096).decode(errors="replace")
        except OSError:  # what it says from now on would answer an earlier order
            if self._process is not None:
                self._process.kill()
            raise

    def library(self, provides: Sequence[str]) -> Path:
        """The folder of modules that a submission may import; made when first asked for."""
        names = " ".join(sorted(provides))
        folder = self._folder / "libraries" / hashlib.sha256(names.encode()).hexdigest()[:16]
        if not folder.is_dir():
            making = self._folder / "making"
            shutil.rmtree(making, ignore_errors=True)
            room.furnish(making, provides)
            folder.parent.mkdir(exist_ok=True)
            making.rename(folder)
        return folder

    def is_alive(self) -> bool:
        """Whether the parent runs: nothing inside can end it."""
        return self._process is not None and self._process.poll() is None

    def close(self) -> None:
        """Ends every process inside and removes what was made for it."""
        self._judge.close()  # upon which the parent ends, and all else with it
        if self._process is not None:
            try:
                self._process.wait(timeout=2)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
            if self._process.stderr:
                self._process.stderr.close()
        self.guard.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _guard(self, limits: Limits) -> Guard:
        return guard(limits.memory_mb, limits.processes)

    def _isolation(self) -> str:
        how = f"{_version()}, seccomp" if self.walled else UNCONFINED
        return f"{how}; memory held by {self.guard.kind}"

    def _command(self, fd: int) -> tuple[list[str], dict[str, str]]:
        library = self.library(())
        parent = [sys.executable, "-m", "autograder.sandbox.inside.parent", str(fd)]
        if not self.walled:
            return parent, _bare_environment(self._folder, library)
        argv = [*_bubblewrap(), *room.walls(library.parent, library, self._device), "--", *parent]
        return argv, {"PATH": os.defpath}

    def _wait_until_ready(self) -> None:
        assert self._process is not None
        assert self._process.stderr is not None
        self._judge.settimeout(START_SECONDS)
        try:
            ready = self._judge.recv(16)
        except (TimeoutError, ConnectionResetError):
            ready = b""
        if ready == b"ready":
            self._judge.settimeout(ORDER_SECONDS)
            return
        self._process.kill()
        said = self._process.stderr.read().decode(errors="replace").strip()
        last = said.splitlines()[-1] if said else "it said nothing"
        if last.startswith("bwrap:"):
            raise SandboxMissing(f"code cannot be isolated here ({last}): {mend()}")
        if self.contained and last.startswith("Error:"):
            raise SandboxMissing(f"podman cannot isolate here ({last}): see `podman info`")
        raise RuntimeError(f"the sandbox's parent did not start: {last}")


class Contained(Nursery):
    """A container in the place of a warm parent: it becomes one submission's holder itself."""

    contained = True

    def __init__(self, provides: Sequence[str], limits: Limits) -> None:
        self._how = containers.check()
        self._provides, self._limits = provides, limits
        super().__init__("podman", limits, "cpu")

    def is_alive(self) -> bool:
        """Whether podman did its part; what runs inside, the submission may have ended."""
        return self._process is not None and self._process.poll() != containers.PODMAN_FAILED

    def _guard(self, limits: Limits) -> Guard:
        return containers.ContainerGuard(self._folder.name)

    def _isolation(self) -> str:
        return self._how

    def _command(self, fd: int) -> tuple[list[str], dict[str, str]]:
        # Rootless podman has some 65,000 users to give; each container gets one of them.
        user = _somebody() if os.geteuid() == 0 else 2000 + secrets.randbelow(60_000)
        library = self.library(self._provides)
        made = containers.Container(self._folder.name, library, user, self._limits)
        return containers.started_with(fd, containers.command(made)), dict(os.environ)


class Sandbox:
    """One life of a submission. ``SandboxMissing`` where the backend cannot isolate."""

    def __init__(
        self, provides: Sequence[str], limits: Limits, backend: Backend, device: str
    ) -> None:
        # Whoever is in a container may make no walls in it, so submissions do not share one.
        self._own = Contained(provides, limits) if backend == "podman" else None
        self._nursery = self._own or nursery(backend, limits, device)
        self.isolation, self.guard = self._nursery.isolation, self._nursery.guard
        self._holder, line = self._nursery.begin(provides, limits)
        line.settimeout(START_SECONDS)
        try:
            said = line.recv(4096).decode(errors="replace")
        except OSError:
            said = ""
        if said != "ready":
            line.close()
            self._nursery.end(self._holder)
            if self._own is not None:
                self._own.close()
            raise _refusal(said)
        self.line = Line(line)

    def is_alive(self) -> bool:
        """Whether all is well but what the submission may have done to itself."""
        return self._nursery.is_alive()

    def end(self) -> int | None:
        """Ends every process of it, and waits for that; how it ended, if it had by itself."""
        holder, self._holder = self._holder, 0
        self.line.lost = True
        self.line.close()
        code = self._nursery.end(holder) if holder else None
        if self._own is not None:
            self._own.close()
        return code


def _refusal(said: str) -> Exception:
    if "Error: [Errno" in said:
        return SandboxMissing(f"code cannot be isolated here ({said}): {mend()}")
    return RuntimeError(f"the sandbox did not start: {said or 'it said nothing'}")


def _bubblewrap() -> list[str]:
    """The command and the namespaces; as root no user namespace, but a user of its own."""
    if sys.platform != "linux":
        raise SandboxMissing("bubblewrap isolates on Linux only: grade in a Linux machine")
    if shutil.which("bwrap") is None:
        raise SandboxMissing("bubblewrap is not installed: run `apt-get install bubblewrap`")
    argv = ["bwrap", "--die-with-parent", "--new-session", "--as-pid-1", "--unshare-pid"]
    argv += ["--unshare-net", "--unshare-ipc", "--unshare-uts", "--unshare-cgroup-try"]
    argv += ["--hostname", "sandbox", "--cap-drop", "ALL"]
    if os.geteuid() != 0:
        return [*argv, "--unshare-user", "--uid", "1000", "--gid", "1000"]
    # What a fork needs to leave its namespaces and become somebody, and gives up before it reads.
    for capability in ("SYS_ADMIN", "NET_ADMIN", "SETUID", "SETGID", "SETPCAP", "KILL"):
        argv += ["--cap-add", f"CAP_{capability}"]
    return argv


def _somebody() -> int:
    """A user that no other sandbox and nobody on this machine has: one of half a billion."""
    return (1 << 30) + secrets.randbits(29)


def _bare_environment(folder: Path, library: Path) -> dict[str, str]:
    home = folder / "home"
    home.mkdir()
    places = {"HOME": str(home), "IPYTHONDIR": str(home / "ipython"), "TMPDIR": str(home)}
    return room.environment(PYTHONPATH=str(library), **places)


def _version() -> str:
    said = subprocess.run(["bwrap", "--version"], capture_output=True, text=True, check=False)
    return said.stdout.strip() or "bubblewrap"
