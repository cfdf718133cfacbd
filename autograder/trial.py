"""Starts a real sandbox, has it try what must not work, and says what happened: nothing is guessed.

It goes the way of a submission: ``open_session``, with the cell ``sandbox/attempts.py``.
"""

import os
import socket
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, Literal

from autograder.sandbox import CodeCell, Limits, SandboxMissing, Session, open_session
from autograder.sandbox.memory import BASE_MB
from autograder.subject import Call, Lost, Program

ATTEMPTS = Path(__file__).parent / "sandbox/attempts.py"
OURS = Path(__file__).parent.parent
LIMITS = Limits(
    seconds_per_check=30,
    seconds_per_cell=30,
    seconds_in_all=240,
    memory_mb=512,
    processes=24,
    tmp_mb=16,
)
LOOP_SECONDS = 2.0
_HOLE = "a hole: grade nothing here, and report it as SECURITY.md says"
Ask = Callable[..., Any]


@dataclass(frozen=True)
class Finding:
    """One line of the report. ``weak``: grading works, with less; ``gap``: a promise is broken."""

    name: str
    state: Literal["ok", "weak", "gap"]
    says: str
    mend: str = ""  # a command, or what to do


def try_sandbox() -> Iterator[Finding]:
    """What a submission gets on this machine, one finding an attempt."""
    start = time.monotonic()
    cell = [CodeCell("attempts", ATTEMPTS.read_text("utf-8"))]
    try:
        with open_session(cell, [], LIMITS) as session:
            yield _started(session, time.monotonic() - start)
            for attempt in _ATTEMPTS:
                yield _tried(attempt, session)
        quick = replace(LIMITS, seconds_per_check=LOOP_SECONDS)
        start = time.monotonic()
        with open_session(cell, [], quick) as session:
            started = time.monotonic() - start
            yield _tried(partial(_loop, started), session)
    except SandboxMissing as missing:
        says, _, mend = str(missing).rpartition(": ")
        yield Finding("sandbox", "gap", f"grading refuses: {says}", mend)
    except Exception as broke:
        yield Finding("sandbox", "gap", f"it breaks: {type(broke).__name__}: {broke}")


def _tried(attempt: Callable[[Ask], Finding], session: Session) -> Finding:
    found = attempt(partial(_ask, session))
    return replace(found, mend=_HOLE) if found.state == "gap" else found


def _ask(session: Session, name: str, *args: object) -> Any:
    """What a function of the cell returned; its error or how it was ended, as a ``Lost``."""
    calls = (Call({f"a{i}": arg for i, arg in enumerate(args)}),)
    reply = session.subject(name).run(Program(calls))
    if reply.error is not None:
        raise Lost(str(reply.error), "student")
    return reply.value


def _started(session: Session, seconds: float) -> Finding:
    log = session.log[0]
    if log.status != "ok" or _ask(session, "answers") != 42:
        return Finding("sandbox", "gap", f"it starts, and answers nothing: {log.error}")
    return Finding("sandbox", "ok", f"starts in {seconds:.1f} s and answers: {session.isolation}")


def _calls(ask: Ask) -> Finding:
    status, calls = ask("status"), ask("calls")
    done = [name for name, answer in calls.items() if answer == "done"]
    if done:
        return Finding("system calls", "gap", f"went through: {', '.join(done)}")
    if status["Seccomp"] != "2":
        return Finding("system calls", "gap", "no seccomp filter is in force")
    return Finding("system calls", "ok", f"{', '.join(calls)} were refused; a filter is in force")


def _privileges(ask: Ask) -> Finding:
    status = ask("status")
    if int(status["CapEff"], 16) or status["NoNewPrivs"] != "1" or status["user"] == 0:
        return Finding("privileges", "gap", f"not all are gone: {status}")
    return Finding("privileges", "ok", f"none, and none to be had; as user {status['user']}")


def _network(ask: Ask) -> Finding:
    with socket.create_server(("127.0.0.1", 0)) as server:
        answer = ask("connect", server.getsockname()[1])
    if answer == "done":
        return Finding("network", "gap", "a connection out of the sandbox was made")
    return Finding("network", "ok", f"a connection out was refused ({answer})")


def _files(ask: Ask) -> Finding:
    with tempfile.NamedTemporaryFile(prefix="attnbook-canary-") as canary:
        private = [canary.name, *_private(Path.home()), *_private(OURS)]
        seen = ask("look", private)
    written = ask("write", ["/", "/usr", "/etc", "/dev", "/grader"])
    if seen or written:
        return Finding("your files", "gap", f"it could see {seen} and write to {written}")
    return Finding("your files", "ok", f"{len(private)} files of yours cannot be seen from inside")


def _private(folder: Path) -> list[str]:
    """Up to a hundred of what is in a folder, without the way to Python itself, which is shared."""
    python = [Path(prefix).resolve() for prefix in (sys.prefix, sys.base_prefix)]
    if not os.access(folder, os.R_OK):
        return []
    found = [path for path in sorted(folder.iterdir()) if not path.is_symlink()]
    on_the_way = (any(root.is_relative_to(path) for root in python) for path in found)
    return [str(path) for path, shared in zip(found, on_the_way, strict=True) if not shared][:100]


def _processes(ask: Ask) -> Finding:
    seen, most = ask("status")["processes"], LIMITS.processes
    started = ask("fork", 4 * most)
    if started > most:
        return Finding("processes", "gap", f"{started} were started where {most} are allowed")
    if seen > 8:
        return Finding("processes", "gap", f"{seen} can be seen from inside")
    return Finding("processes", "ok", f"of {4 * most} only {started} started; none outside is seen")


def _memory_of_one(ask: Ask) -> Finding:
    try:
        got = ask("grow", 2 * LIMITS.memory_mb)
    except Lost as lost:
        got = "refused" if lost.fault == "student" else lost.reason
    if got != "refused":
        return Finding("memory of one", "gap", f"{got} where {LIMITS.memory_mb} MB are allowed")
    return Finding("memory of one", "ok", f"over {LIMITS.memory_mb} MB a process gets no more")


def _memory_of_all(ask: Ask) -> Finding:
    mb = LIMITS.memory_mb + BASE_MB + 256
    start = time.monotonic()
    try:
        got = ask("share", mb)
    except Lost as lost:
        took = time.monotonic() - start
        if "MB" in lost.reason:
            return Finding("memory of all", "ok", f"{mb} MB shared: killed after {took:.1f} s")
        return Finding("memory of all", "weak", f"{mb} MB shared: {lost.reason}")
    return Finding("memory of all", "gap", f"{got} shared went through")


def _disk(ask: Ask) -> Finding:
    got = ask("fill", 4 * LIMITS.tmp_mb)
    if got > LIMITS.tmp_mb:
        return Finding(
            "disk limit", "gap", f"{got} MB were written where {LIMITS.tmp_mb} are allowed"
        )
    return Finding("disk limit", "ok", f"/tmp was full after {got} MB")


def _loop(started: float, ask: Ask) -> Finding:
    start = time.monotonic()
    try:
        ask("loop")
    except Lost as lost:
        took = time.monotonic() - start
        if took < LOOP_SECONDS + 3 and "did not return" in lost.reason:
            says = f"an endless loop was ended after {took:.1f} s; the next sandbox started in"
            return Finding("time limit", "ok", f"{says} {started:.2f} s")
        return Finding(
            "time limit", "gap", f"an endless loop ended after {took:.1f} s: {lost.reason}"
        )
    return Finding("time limit", "gap", "an endless loop returned")


_ATTEMPTS = [
    _calls,
    _privileges,
    _network,
    _files,
    _processes,
    _memory_of_one,
    _memory_of_all,
    _disk,
]
