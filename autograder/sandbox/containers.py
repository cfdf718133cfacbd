"""The other backend: every submission in a container of its own, started by podman.

Inside a container nobody may make namespaces, as a rule, so there is no warm parent whose forks
are walled in: each submission starts Python and imports torch anew, which takes seconds. What
podman is told is all in ``command``.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from autograder.sandbox import room
from autograder.sandbox.limits import Limits, SandboxMissing
from autograder.sandbox.memory import BASE_MB, BASE_PROCESSES, CGROUPS

IMAGE = os.environ.get("ATTNBOOK_IMAGE", "localhost/attnbook")
CHECKOUT = "/opt/attnbook"  # where the image has the course itself, as the Containerfile says
FD = 3  # of the connection to the judge, inside
PODMAN_FAILED = 125  # podman's own exit code, and none of what runs inside
_BUILD = "podman build --tag attnbook ."
# podman hands on the descriptors from 3 up; the judge's is any.
_MOVE = "import os, sys; os.dup2(int(sys.argv[1]), 3); os.execvp(sys.argv[2], sys.argv[2:])"


@dataclass(frozen=True)
class Container:
    """One submission's: its name, its folder of modules outside, whom it runs as inside."""

    name: str
    library: Path
    user: int
    limits: Limits
    image: str = IMAGE


def command(container: Container) -> list[str]:
    """The command line of podman, up to and with what runs inside."""
    limits, user = container.limits, container.user
    memory = f"{limits.memory_mb + BASE_MB}m"
    argv = ["podman", "run", "--name", container.name, "--rm", "--pull", "never"]
    # Nothing of the machine: no network, no name, no variable, no file that may be written.
    argv += ["--network", "none", "--no-hosts", "--hostname", "sandbox"]
    argv += ["--pid", "private", "--ipc", "private", "--uts", "private", "--cgroupns", "private"]
    argv += ["--read-only", "--read-only-tmpfs=false", "--systemd", "false"]
    argv += ["--unsetenv-all", "--http-proxy=false", "--log-driver", "none"]
    # No privilege, and none to be had. Rootless podman has a user namespace by itself.
    argv += ["--cap-drop", "all", "--security-opt", "no-new-privileges", "--user", f"{user}:{user}"]
    # So much and no more; --timeout ends what a killed judge would have left running.
    argv += ["--memory", memory, "--memory-swap", memory]
    argv += ["--pids-limit", str(limits.processes + BASE_PROCESSES)]
    # Said here, or podman would raise them, which needs a privilege that root may lack.
    for limit in ("core=0:0", "nofile=1024:1024", "nproc=1024:1024"):
        argv += ["--ulimit", limit]
    argv += ["--shm-size", f"{limits.tmp_mb}m"]
    argv += ["--tmpfs", f"/tmp:rw,size={limits.tmp_mb}m,mode=1777,nosuid,nodev,notmpcopyup"]
    argv += ["--timeout", str(int(limits.seconds_in_all) + 600), "--stop-timeout", "0"]
    # The modules of this slug; the course that lies in the image is covered.
    argv += ["--volume", f"{container.library}:{room.LIBRARY}:ro,Z"]
    argv += ["--tmpfs", f"{CHECKOUT}:ro,size=4k,mode=000,notmpcopyup", "--workdir", "/tmp"]
    for name, value in sorted(environment().items()):
        argv += ["--env", f"{name}={value}"]
    argv += ["--preserve-fds", "1", "--entrypoint", "python", container.image]
    return [*argv, "-m", "autograder.sandbox.inside.parent", str(FD)]


def started_with(fd: int, argv: list[str]) -> list[str]:
    """The command, with ``fd`` as its descriptor 3."""
    return [sys.executable, "-I", "-S", "-c", _MOVE, str(fd), *argv]


def environment() -> dict[str, str]:
    """What a worker in a container finds in its environment, and nothing else of ours."""
    path = "/usr/local/bin:/usr/bin:/bin"
    return room.environment(PATH=path, PYTHONPATH=room.LIBRARY, MPLCONFIGDIR="/tmp/matplotlib")


def check(image: str = IMAGE) -> str:
    """What isolates, in words; ``SandboxMissing`` where podman cannot, with what mends it."""
    if shutil.which("podman") is None:
        raise SandboxMissing("podman is not installed: run `apt-get install podman`")
    host = json.loads(_podman("info", "--format", "json") or "{}").get("host", {})
    rootless = host.get("security", {}).get("rootless", True)
    version = host.get("cgroupVersion", "v1")
    if rootless and version != "v2":
        raise SandboxMissing(
            "rootless podman cannot limit memory with cgroup version 1: "
            "boot with `systemd.unified_cgroup_hierarchy=1`"
        )
    if rootless and not {"memory", "pids"} <= set(host.get("cgroupControllers", [])):
        raise SandboxMissing(
            "podman may not limit memory and processes here: log in through systemd, "
            "with `Delegate=memory pids` for user@.service"
        )
    if subprocess.run(["podman", "image", "exists", image], check=False).returncode:
        raise SandboxMissing(f"podman has no image {image}: run `{_BUILD}` in the course's folder")
    number = _podman("--version").rpartition(" ")[2].strip()
    return (
        f"podman {number}{', rootless' if rootless else ''}, seccomp, a container each (slower: "
        f"nothing is warm); memory held by a cgroup (version {version[1:]}) with a process limit"
    )


def _podman(*arguments: str) -> str:
    done = subprocess.run(["podman", *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        said = (done.stderr.strip().splitlines() or ["it said nothing"])[-1]
        raise SandboxMissing(f"podman does not work here ({said}): see `podman info`")
    return done.stdout


class ContainerGuard:
    """The limits of a container, which podman sets; a ``memory.Guard``."""

    kind = "podman"
    prefix: list[str] = []  # noqa: RUF012

    def __init__(self, name: str) -> None:
        self._name = name
        self._events: Path | None = None
        self._killed = 0

    def watch(self, pid: int) -> None:
        pass

    def exceeded(self) -> bool:
        if self._events is None:
            self._events = self._find()
        before = self._killed
        with suppress(OSError):
            found = re.search(r"^oom_kill (\d+)$", self._events.read_text(), re.MULTILINE)
            self._killed = int(found[1]) if found else before
        return self._killed > before

    def close(self) -> None:
        """Ends the container, if it has not ended by itself."""
        arguments = ["rm", "--force", "--time", "0", "--ignore", self._name]
        subprocess.run(["podman", *arguments], capture_output=True, check=False)

    def _find(self) -> Path:
        path = _podman("inspect", "--format", "{{.State.CgroupPath}}", self._name).strip("/ \n")
        unified = CGROUPS / path / "memory.events"
        return unified if unified.is_file() else CGROUPS / "memory" / path / "memory.oom_control"
