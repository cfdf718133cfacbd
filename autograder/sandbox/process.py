"""Starts and ends the processes of a sandbox: bubblewrap, and a supervisor as PID 1 inside."""

import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from autograder.sandbox import room
from autograder.sandbox.limits import Limits, SandboxMissing
from autograder.sandbox.memory import PREFIX, guard, remove_stale

Backend = Literal["bubblewrap", "none"]
START_SECONDS = 120.0
UNCONFINED = "NONE: the code ran unconfined, with all rights of the user who grades"


class Sandbox:
    """A running supervisor. ``SandboxMissing`` where the backend cannot isolate."""

    def __init__(self, provides: Sequence[str], limits: Limits, backend: Backend) -> None:
        remove_stale(Path(tempfile.gettempdir()), shutil.rmtree)
        self._folder = Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-"))
        self._process: subprocess.Popen[bytes] | None = None
        self.guard = guard(limits.memory_mb)
        self._judge, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        try:
            library = self._folder / "library"
            room.furnish(library, provides)
            fd = theirs.fileno()
            worker = _worker(limits, fd)
            if backend == "bubblewrap":
                argv = [*_bubblewrap(), *room.walls(library, limits), "--", *_as_nobody(), *worker]
                env = {"PATH": os.defpath}
                self.isolation = f"{_version()}; memory held by {self.guard.kind}"
            else:
                argv, env = worker, _bare_environment(library)
                self.isolation = f"{UNCONFINED}; memory held by {self.guard.kind}"
            # Not start_new_session: bubblewrap makes one itself, and dies with the calling thread.
            self._process = subprocess.Popen(
                [*self.guard.prefix, *argv],
                env=env,
                pass_fds=[fd],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                cwd="/" if backend == "bubblewrap" else library,
            )
            theirs.close()
            self.guard.watch(self._process.pid)
            self._wait_until_ready()
        except BaseException:
            theirs.close()
            self.close()
            raise

    def new_state(self) -> socket.socket:
        """Ends all that runs inside but the supervisor; a line to a new holder of an empty state.

        Raises ``OSError`` where the supervisor is gone.
        """
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            try:
                socket.send_fds(self._judge, [b"state"], [theirs.fileno()])
            except OSError:
                ours.close()
                raise
        return ours

    def is_alive(self) -> bool:
        """Whether the supervisor runs: nothing inside can end it."""
        return self._process is not None and self._process.poll() is None

    def close(self) -> None:
        """Ends every process of the sandbox and removes what was made for it."""
        self._judge.close()  # upon which the supervisor ends, and all else with it
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

    def _wait_until_ready(self) -> None:
        assert self._process is not None
        assert self._process.stderr is not None
        self._judge.settimeout(START_SECONDS)
        try:
            ready = self._judge.recv(16)
        except (TimeoutError, ConnectionResetError):
            ready = b""
        if ready == b"ready":
            self._judge.settimeout(10)
            return
        self._process.kill()
        said = self._process.stderr.read().decode(errors="replace").strip()
        last = said.splitlines()[-1] if said else "it said nothing"
        if last.startswith(("bwrap:", "setpriv:")):
            raise SandboxMissing(f"code cannot be isolated here ({last}): {_mend()}")
        raise RuntimeError(f"the sandbox's supervisor did not start: {last}")


def _worker(limits: Limits, fd: int) -> list[str]:
    names = ("memory_mb", "processes", "tmp_mb", "seconds_in_all")
    confines = json.dumps({name: getattr(limits, name) for name in names})
    return [sys.executable, "-m", "autograder.sandbox.inside.supervisor", str(fd), confines]


def _bubblewrap() -> list[str]:
    """The command and the namespaces; as root no user namespace, but a user of its own."""
    if sys.platform != "linux":
        raise SandboxMissing("bubblewrap isolates on Linux only: grade in a Linux machine")
    if shutil.which("bwrap") is None:
        raise SandboxMissing("bubblewrap is not installed: run `apt-get install bubblewrap`")
    argv = ["bwrap", "--die-with-parent", "--new-session", "--as-pid-1", "--unshare-pid"]
    argv += ["--unshare-net", "--unshare-ipc", "--unshare-uts", "--unshare-cgroup-try"]
    argv += ["--hostname", "sandbox", "--cap-drop", "ALL"]
    if os.geteuid() == 0:
        for capability in ("CAP_SETUID", "CAP_SETGID", "CAP_SETPCAP"):  # which setpriv gives up
            argv += ["--cap-add", capability]
        return argv
    return [*argv, "--unshare-user", "--disable-userns", "--uid", "1000", "--gid", "1000"]


def _as_nobody() -> list[str]:
    if os.geteuid() != 0:
        return []
    if shutil.which("setpriv") is None:
        raise SandboxMissing("setpriv is not installed: run `apt-get install util-linux`")
    # A user that no other sandbox and nobody on this machine has: drawn from half a billion.
    user = str((1 << 30) + secrets.randbits(29))
    ids = ["--reuid", user, "--regid", user, "--clear-groups"]
    return ["setpriv", *ids, "--inh-caps=-all", "--bounding-set=-all"]


def _bare_environment(library: Path) -> dict[str, str]:
    home = library.parent / "home"
    home.mkdir()
    places = {"HOME": str(home), "IPYTHONDIR": str(home / "ipython"), "TMPDIR": str(home)}
    return room.environment(PYTHONPATH=str(library), **places)


def _version() -> str:
    said = subprocess.run(["bwrap", "--version"], capture_output=True, text=True, check=False)
    return said.stdout.strip() or "bubblewrap"


def _mend() -> str:
    restricted = Path("/proc/sys/kernel/apparmor_restrict_unprivileged_userns")
    if restricted.is_file() and restricted.read_text().strip() == "1":
        return "run `sysctl -w kernel.apparmor_restrict_unprivileged_userns=0` as root"
    allowed = Path("/proc/sys/user/max_user_namespaces")
    if allowed.is_file() and allowed.read_text().strip() == "0":
        return "run `sysctl -w user.max_user_namespaces=10000` as root"
    return (
        "in a container, start it with "
        "`--cap-add SYS_ADMIN --security-opt seccomp=unconfined --security-opt apparmor=unconfined`"
    )
