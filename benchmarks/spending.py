"""What commands cost: seconds by the clock, and of the processor whoever spent them."""

import os
import subprocess
import sys
import sysconfig
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent


@dataclass(frozen=True)
class Spent:
    """What a command took: wall seconds, and processor seconds of all that it started."""

    wall: float
    cpu: float


def spend(commands: list[list[str]], cores: set[int], cwd: Path, **env: str) -> Spent:
    """Runs commands at the same time on some cores. ``RuntimeError`` with the end of what failed
    said."""
    group = _Cpuacct()
    places = [str(Path(sys.executable).parent), sysconfig.get_path("scripts"), os.environ["PATH"]]
    settings = {"PATH": os.pathsep.join(places), "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    log = cwd / "benchmark.log"
    start = time.perf_counter()
    with log.open("wb") as output:
        running = [
            subprocess.Popen(
                [*group.prefix, *command],
                cwd=cwd,
                env=os.environ | settings | env,
                stdout=output,
                stderr=output,
                preexec_fn=lambda: os.sched_setaffinity(0, cores),
            )
            for command in commands
        ]
        codes = [process.wait() for process in running]
    spent = Spent(time.perf_counter() - start, group.seconds())
    if any(codes):
        raise RuntimeError(f"{commands[0][:6]}: {log.read_text(errors='replace')[-800:]}")
    return spent


class _Cpuacct:
    """Counts processor time of all that a command starts, also of what nobody waits for.

    Where no cgroup can be made, what the system says of children that were waited for.
    """

    def __init__(self) -> None:
        self._folder: Path | None = Path("/sys/fs/cgroup/cpuacct", f"benchmark-{os.getpid()}")
        self.prefix: list[str] = []
        try:
            self._folder.mkdir(exist_ok=True)
            join = ["/bin/sh", "-c", 'echo $$ > "$0" && exec "$@"']
            self.prefix = [*join, str(self._folder / "cgroup.procs")]
        except OSError:
            self._folder = None
        self._before = self._now()

    def _now(self) -> float:
        if self._folder is not None:
            return int((self._folder / "cpuacct.usage").read_text()) / 1e9
        times = os.times()
        return times.children_user + times.children_system

    def seconds(self) -> float:
        spent = self._now() - self._before
        if self._folder is not None:
            with suppress(OSError):
                self._folder.rmdir()
        return spent
