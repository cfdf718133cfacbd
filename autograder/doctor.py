"""What this machine can enforce while it grades, in plain words, and what mends each gap."""

import importlib.metadata
import importlib.util
import os
import platform
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rich.console import Console, Group
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from autograder.sandbox import Limits, SandboxMissing
from autograder.sandbox.memory import BASE_MB, CGROUPS, guard
from autograder.sandbox.obstacles import mend
from autograder.sandbox.syscalls import filter_program
from autograder.trial import Finding, try_sandbox

_MARKS = {"ok": ("✓", "green"), "weak": ("!", "yellow"), "gap": ("✗", "red")}
_DELEGATE = "systemd-run --user --scope -p Delegate=yes autograder grade …"
_MB = 1 << 20


def examine() -> Iterator[Finding]:
    """The findings, as they come: first the machine, then what a real sandbox could do on it."""
    yield from _machine()
    yield from try_sandbox()


def may_grade(findings: list[Finding]) -> bool:
    """Whether nothing refuses to grade, and no promise is broken."""
    return all(finding.state != "gap" for finding in findings)


def verdict(findings: list[Finding]) -> str:
    """The last line of the report."""
    gaps = [finding.name for finding in findings if finding.state == "gap"]
    if gaps:
        return f"Do not grade here before this is mended: {', '.join(gaps)}."
    weak = [finding.name for finding in findings if finding.state == "weak"]
    but = f" Weaker than it could be: {', '.join(weak)}." if weak else ""
    return f"This machine can grade.{but}"


def as_dict(findings: list[Finding]) -> dict[str, Any]:
    """The report as JSON can hold it."""
    return {"grades": may_grade(findings), "findings": [asdict(finding) for finding in findings]}


def show(finding: Finding, console: Console) -> None:
    """Prints one finding, and below it what mends it."""
    mark, style = _MARKS[finding.state]
    row = Table.grid(padding=(0, 2))
    row.add_column(no_wrap=True)
    row.add_column(no_wrap=True, min_width=15)
    row.add_column()
    parts: list[Any] = [Text(finding.says)]
    if finding.mend:
        parts.append(Padding(Text(f"→ {finding.mend}", "bold"), (0, 0, 0, 2)))
    row.add_row(Text(mark, style), Text(finding.name), Group(*parts))
    console.print(row)


# ---------------------------------------------------------------- the machine


def _machine() -> Iterator[Finding]:
    yield _system()
    if sys.platform != "linux":
        return
    yield _bubblewrap()
    yield _namespaces()
    yield _filter()
    yield _memory()
    yield _room()
    yield _devices()
    yield _disk()
    yield _gradebook()
    yield _fonts()


def _system() -> Finding:
    says = f"{platform.system()} {platform.release()}, {platform.machine()}, Python "
    says += f"{platform.python_version()}, as {'root' if _is_root() else 'an ordinary user'}"
    if sys.platform != "linux":
        return Finding("system", "gap", f"{says}: isolation needs Linux", "see SECURITY.md: podman")
    return Finding("system", "ok", says)


def _is_root() -> bool:
    return hasattr(os, "geteuid") and os.geteuid() == 0


def _bubblewrap() -> Finding:
    if shutil.which("bwrap") is None:
        return Finding("bubblewrap", "gap", "not installed", "apt-get install bubblewrap")
    done = subprocess.run(["bwrap", "--version"], capture_output=True, text=True, check=False)
    return Finding("bubblewrap", "ok", done.stdout.strip() or f"it says: {done.stderr.strip()}")


def _namespaces(proc: Path = Path("/proc")) -> Finding:
    """Tried with bubblewrap where it is there: what settings allow, a container may forbid."""
    user = [] if _is_root() else ["--unshare-user"]
    command = ["bwrap", *user, "--unshare-pid", "--unshare-net", "--ro-bind", "/", "/"]
    command += ["--proc", "/proc", "--", "true"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        return Finding("namespaces", "gap", f"could not be tried: {error}", mend(proc))
    if done.returncode:
        return Finding("namespaces", "gap", done.stderr.strip() or "none to be had", mend(proc))
    return Finding("namespaces", "ok", f"{'' if _is_root() else 'user, '}PID, network, /proc")


def _filter() -> Finding:
    try:
        instructions = len(filter_program()) // 8
    except (SandboxMissing, ImportError) as missing:
        says, _, how = str(missing).rpartition(": ")
        return Finding("libseccomp", "gap", says or str(missing), how)
    return Finding("libseccomp", "ok", f"wrote a filter of {instructions} instructions")


def _memory() -> Finding:
    held = guard(limit_mb=64, processes=8)
    held.close()
    if held.prefix:
        return Finding("memory limit", "ok", f"held by {held.kind}: the kernel itself")
    says = f"held by {held.kind}, which can be outrun for a twentieth of a second"
    return Finding("memory limit", "weak", says, _delegate())


def _delegate() -> str:
    if _is_root():
        return "mount cgroup version 2 with its memory controller, or grade outside this container"
    if (CGROUPS / "cgroup.controllers").is_file():
        return _DELEGATE
    return "grade as root: cgroup version 1 cannot be delegated"


def _room(meminfo: Path = Path("/proc/meminfo")) -> Finding:
    """How many submissions have room beside one another."""
    lines = dict(line.split(":", 1) for line in meminfo.read_text().splitlines())
    free = int(lines["MemAvailable"].split()[0]) // 1024
    cores, each = len(os.sched_getaffinity(0)), Limits().memory_mb + BASE_MB
    says = f"{cores} cores, {free / 1024:.1f} GB of memory free"
    if free >= cores * each:
        return Finding("room", "ok", says)
    jobs = max(1, free // each)
    says += f": too little for {cores} submissions that use all of their {Limits().memory_mb} MB"
    return Finding("room", "weak", says, f"autograder grade --jobs {jobs} …")


def _devices() -> Finding:
    import torch

    names = [torch.cuda.get_device_name(i) for i in range(torch.cuda.device_count())]
    gpus = f"GPU: {', '.join(names)}" if names else "no CUDA device: submissions are graded on CPU"
    return Finding("torch", "ok", f"{torch.__version__}; {gpus}")


def _disk() -> Finding:
    folder = tempfile.gettempdir()
    free = shutil.disk_usage(folder).free // _MB
    if free < 256:
        return Finding(
            "disk", "gap", f"{free} MB free in {folder}", "TMPDIR=/elsewhere autograder …"
        )
    return Finding("disk", "ok", f"{free / 1024:.1f} GB free in {folder}")


def _gradebook() -> Finding:
    if importlib.util.find_spec("nbgrader") is None:
        return Finding("gradebook", "gap", "nbgrader is missing", "pip install attnbook[grade]")
    version = importlib.metadata.version("nbgrader")
    says = f"nbgrader {version}; SQLite {sqlite3.sqlite_version}, no server needed"
    if not version.startswith("0.9."):
        return Finding("gradebook", "gap", says, "pip install 'nbgrader>=0.9.5,<0.10'")
    return Finding("gradebook", "ok", says)


def _fonts() -> Finding:
    import matplotlib

    folder = Path(matplotlib.get_cachedir())
    if any(folder.glob("fontlist-v*.json")):
        return Finding("fonts", "ok", f"matplotlib's list is in {folder}")
    return Finding("fonts", "ok", "matplotlib lists them at the first run, for some seconds")
