"""Tries an alternative in this process: its cells once, then its answers with many seeds."""

import contextlib
import multiprocessing
import os
import tempfile
from collections.abc import Iterable
from multiprocessing.connection import Connection
from typing import Any

from autograder import checks
from autograder.judge import judge
from autograder.manifest import Manifest
from autograder.sandbox.inside.cells import make_shell, run_cell
from autograder.subject import LocalSubject
from autograder.submission import Notebook, extract
from bank.build import alternative

# Every trial is a fork of a process that has imported this and run no student's code: what an
# alternative sets for good, it sets for itself, and CUDA can be used in each.
_CLEAN = multiprocessing.get_context("forkserver")
_CLEAN.set_forkserver_preload([
    "autograder.grade",
    "attn.plot",
    "fastjsonschema",
    "matplotlib_inline.backend_inline",
    *(f"autograder.checks.{slug}" for slug in checks.slugs()),
])  # fmt: skip


def tried(name: str, seeds: Iterable[int], device: str = "cpu") -> list[str]:
    """A line for each refusal of an alternative's answers, in a process of its own."""
    ours, theirs = _CLEAN.Pipe(duplex=False)
    child = _CLEAN.Process(target=_try, args=(theirs, name, tuple(seeds), device))
    child.start()
    theirs.close()
    try:
        return ours.recv()
    except EOFError:
        child.join()
        return [f"the process ended with {child.exitcode}"]
    finally:
        ours.close()
        child.kill()  # it may wait for threads of the alternative's own
        child.join()


def _try(pipe: Connection, name: str, seeds: tuple[int, ...], device: str) -> None:
    os.environ["MPLBACKEND"] = "module://matplotlib_inline.backend_inline"
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        null = os.open(os.devnull, os.O_WRONLY)
        for fd in (1, 2):
            os.dup2(null, fd)
        try:
            found = refusals(name, seeds, device)
        except BaseException as error:
            found = [f"{type(error).__name__}: {error}"]
        pipe.send(found)
        os.chdir("/")


def refusals(name: str, seeds: Iterable[int], device: str = "cpu") -> list[str]:
    """A line for each seed with which an answer is refused, or a cell of the notebook fails."""
    tried = alternative(name)
    notebook = Notebook(dict(tried.notebook), "")
    shell = make_shell()
    lines = []
    for cell in extract(notebook, Manifest.load(tried.slug)).cells:
        with contextlib.suppress(SystemExit):
            failure = run_cell(shell, cell.source)
            if failure is not None:
                lines.append(f"cell {cell.number}: {failure.type}: {failure.message}")
    for exercise in tried.exercises:
        subject = LocalSubject(shell.user_ns[exercise])
        for seed in seeds:
            verdict = judge(checks.find(exercise), subject, seed=seed, devices=(device,))
            if verdict.status != "passed":
                lines.append(f"{exercise}, seed {seed}: {verdict.status}, {_why(verdict)}")
    return lines


def _why(verdict: Any) -> str:
    because = next((fact.because for fact in verdict.facts if fact.status == "failed"), "")
    return f"{because} {verdict.error}".strip()
