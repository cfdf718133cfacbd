"""Kills graders at random moments: ``python -m benchmarks.kills``.

Grades a generated class twice, with one seed: undisturbed, and with a scheduler and workers of its
own whose processes are killed, one after another, by process id, at random moments: a worker, the
scheduler, the coordinator. Whatever died is started again, as an instructor would. Then nothing may
be missing, no verdict may have been written twice, and the totals must be the same.
Writes ``results/kills.json``.
"""

import json
import platform
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import typer
from nbgrader.api import Gradebook

from autograder.course import assemble
from autograder.plan import verdict_in
from benchmarks import crowd

RESULT = Path(__file__).parent / "results/kills.json"
KINDS = ("worker", "scheduler", "coordinator")
PATIENCE = 3600.0  # seconds for a whole class
GRADE = "from autograder.cli import main; main()"


@dataclass
class Site:
    """A scheduler, its workers and a coordinator, each a process that may die."""

    submissions: Path
    course: Path
    seed: int
    workers: int = 2
    started: Counter[str] = field(default_factory=Counter)
    said: str = ""

    def __post_init__(self) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.address = f"tcp://127.0.0.1:{free.getsockname()[1]}"
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        self._log = self.course.with_name(f"{self.course.name}.log")

    def tend(self) -> int | None:
        """Starts what is not running; the coordinator's exit code, where it has just ended."""
        code = None
        if not self._runs("scheduler"):
            self._end("workers")
            port = self.address.rpartition(":")[2]
            self._start("scheduler", "--host", "127.0.0.1", "--port", port, "--no-dashboard")
        if not self._runs("workers"):
            wants = ("--nworkers", str(self.workers), "--nthreads", "1", "--no-dashboard")
            self._start("workers", self.address, *wants, "--death-timeout", "60")
        if not self._runs("coordinator"):
            if "coordinator" in self._processes:
                code = self._processes.pop("coordinator").returncode
            if code != 0 and psutil.Process(self._processes["workers"].pid).children():
                self._start("coordinator")
        return code

    def kill(self, kind: str) -> bool:
        """Ends one process of a kind, at once and without a warning; False where none runs."""
        if not self._runs("workers" if kind == "worker" else kind):
            return False
        process = psutil.Process(self._processes["workers" if kind == "worker" else kind].pid)
        if kind == "worker":
            graders = [child for child in process.children() if "spawn_main" in _words(child)]
            if not graders:
                return False
            process = random.choice(graders)
        process.send_signal(signal.SIGKILL)
        return True

    def close(self) -> None:
        """Ends everything."""
        for name in ("coordinator", "workers", "scheduler"):
            self._end(name)

    def _start(self, name: str, *words: str) -> None:
        module = {"scheduler": "dask_scheduler", "workers": "dask_worker"}.get(name)
        argv = ["-m", f"distributed.cli.{module}", *words]
        if module is None:
            places = (str(self.submissions), "--course", str(self.course))
            argv = ["-c", GRADE, "grade", *places, "--scheduler", self.address]
            argv += ["--seed", str(self.seed)]
        with self._log.open("ab") as log:
            self._processes[name] = subprocess.Popen(
                [sys.executable, *argv], stdout=log, stderr=log
            )
        self.started[name] += 1

    def _runs(self, name: str) -> bool:
        return name in self._processes and self._processes[name].poll() is None

    def _end(self, name: str) -> None:
        if self._runs(name):
            family = psutil.Process(self._processes[name].pid).children(recursive=True)
            self._processes[name].kill()
            self._processes[name].wait()
            for process in family:
                try:
                    process.kill()
                except psutil.NoSuchProcess:
                    continue
            psutil.wait_procs(family, timeout=10)
        self._processes.pop(name, None)


def _words(process: psutil.Process) -> str:
    try:
        return " ".join(process.cmdline())
    except psutil.NoSuchProcess:
        return ""


@dataclass
class Watch:
    """The verdicts of a course: each must be written once."""

    course: Path
    seen: dict[Path, int] = field(default_factory=dict)
    twice: list[str] = field(default_factory=list)

    def look(self) -> int:
        """How many submissions are graded by now."""
        for file in self.course.glob("verdicts/*/[!.]*.json"):
            stamp = file.stat().st_mtime_ns
            if self.seen.get(file) == stamp:
                continue
            verdict = verdict_in(file)
            if verdict is not None and verdict.status == "graded":
                self.twice += [str(file)] if file in self.seen else []
                self.seen[file] = stamp
        return len(self.seen)


def totals(course: Path) -> dict[str, list[object]]:
    """What each exercise of each submission got, in the verdicts and in the gradebook."""
    found: dict[str, list[object]] = {}
    for file in sorted(course.glob("verdicts/*/[!.]*.json")):
        verdict = verdict_in(file)
        assert verdict is not None, file
        found[f"{verdict.student}/{verdict.assignment}"] = [
            [e.exercise, e.points, e.misconception and e.misconception.name]
            for e in verdict.exercises
        ]
    with Gradebook(f"sqlite:///{course}/gradebook.db") as gradebook:
        for assignment in gradebook.assignments:
            for submission in assignment.submissions:
                found[f"{submission.student.id}/{assignment.name}"].append(submission.score)
    return found


def undisturbed(submissions: Path, course: Path, seed: int) -> None:
    """Grades the class with local workers and no accident."""
    words = ["grade", str(submissions), "--course", str(course), "--seed", str(seed)]
    subprocess.run([sys.executable, "-c", GRADE, *words, "--jobs", "2"], check=True)


def disturbed(site: Site, kinds: list[str], draw: random.Random, size: int) -> dict[str, object]:
    """Grades the class while one process of each of ``kinds`` is killed, in their order."""
    watch, killed = Watch(site.course), Counter[str]()
    moments = sorted(draw.sample(range(1, size - 1), len(kinds)))
    end = time.monotonic() + PATIENCE
    try:
        while site.tend() != 0:
            assert time.monotonic() < end, f"not done in {PATIENCE:g} s: see the log"
            done, number = watch.look(), killed.total()
            if number < len(kinds) and done >= moments[number]:
                time.sleep(draw.uniform(0, 0.2))
                killed[kinds[number]] += site.kill(kinds[number])
            time.sleep(0.01)
        watch.look()
    finally:
        site.close()
    return {
        "killed": dict(killed),
        "coordinators": site.started["coordinator"],
        "graded": len(watch.seen),
        "written_twice": watch.twice,
    }


def prove(folder: Path, size: int, kills: int, seed: int) -> dict[str, object]:
    """Both gradings of a class of ``size``, compared."""
    draw = random.Random(seed)
    submissions, calm, wild = folder / "in", folder / "calm", folder / "wild"
    crowd.hand_in(submissions, size, ("queries_keys_values",), seed)
    assemble(calm)
    shutil.copytree(calm, wild)
    undisturbed(submissions, calm, seed)
    kinds = [KINDS[i % len(KINDS)] for i in range(kills)]
    draw.shuffle(kinds)
    found = disturbed(Site(submissions, wild, seed), kinds, draw, size)
    expected, got = totals(calm), totals(wild)
    return found | {
        "size": size,
        "kills": kills,
        "seed": seed,
        "lost": sorted(expected.keys() - got.keys()),
        "other_than_undisturbed": [name for name in got if got[name] != expected.get(name)],
    }


def main(size: int = 500, kills: int = 50, seed: int = 20, keep: bool = False) -> None:
    """Proves it, writes the result, and exits with 1 if anything was wrong."""
    folder = Path(tempfile.mkdtemp(prefix="kills-"))
    start = time.perf_counter()
    found = prove(folder, size, kills, seed)
    found |= {
        "command": f"python -m benchmarks.kills --size {size} --kills {kills} --seed {seed}",
        "commit": _git("rev-parse", "HEAD"),
        "machine": f"{platform.machine()}, {platform.system()}, two workers",
        "seconds": round(time.perf_counter() - start),
    }
    RESULT.write_text(json.dumps(found, indent=2) + "\n")
    print(json.dumps(found, indent=2))
    if keep:
        print(folder)
    else:
        shutil.rmtree(folder)
    wrong = found["lost"] or found["written_twice"] or found["other_than_undisturbed"]
    sys.exit(bool(wrong) or found["graded"] != size)


def _git(*arguments: str) -> str:
    return subprocess.run(
        ["git", *arguments], capture_output=True, text=True, check=True
    ).stdout.strip()


if __name__ == "__main__":
    typer.run(main)
