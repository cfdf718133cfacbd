"""Killed and interrupted in the middle: nothing lost, nothing twice, and the command goes on."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
from classes import SLUG, hand_in, scores, stamps, verdicts

from autograder.classroom import grade_class

CLASS = 8


@pytest.fixture
def folder(tmp_path):
    for i in range(CLASS):
        hand_in(tmp_path / "in", f"student-{i}")
    return tmp_path / "in"


def begin(folder: Path, course: Path, *options: str) -> subprocess.Popen[str]:
    """``autograder grade`` in a process of its own, which has graded two when this returns."""
    command = "from autograder.cli import main; main()"
    words = ["grade", str(folder), "--course", str(course), "--jobs", "2", *options]
    process = subprocess.Popen(
        [sys.executable, "-c", command, *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    deadline = time.monotonic() + 300
    while len(verdicts(course)) < 2 and time.monotonic() < deadline:
        assert process.poll() is None, process.stdout.read()
        time.sleep(0.02)
    return process


def alive(processes: list[psutil.Process]) -> list[str]:
    """Which of these are still there after a while; who is dead and not buried counts as gone."""
    _, left = psutil.wait_procs(processes, timeout=20)
    return [words for process in left if (words := _words(process))]


def _words(process: psutil.Process) -> str:
    try:
        dead = process.status() == psutil.STATUS_ZOMBIE
        return "" if dead else " ".join(process.cmdline())
    except psutil.NoSuchProcess:
        return ""


def test_killed_in_the_middle_it_resumes_with_nothing_lost_and_nothing_twice(course, folder):
    process = begin(folder, course)
    family = psutil.Process(process.pid).children(recursive=True)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert alive(family) == []
    survived = {name: stamp for name, stamp in stamps(course).items() if name.endswith(".json")}
    assert 2 <= len(survived) < CLASS, "the kill came too late or too early"

    summary = grade_class(folder, course, jobs=1)
    assert summary.graded == CLASS - len(survived)
    assert summary.unchanged == len(survived)
    after = stamps(course)
    assert {name: after[name] for name in survived} == survived
    assert {verdict.points for verdict in verdicts(course).values()} == {14}
    assert scores(course) == {f"student-{i}/{SLUG}": 14 for i in range(CLASS)}
    assert not list(course.glob("**/.*.new"))


@pytest.mark.parametrize(("by", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_interrupted_it_says_how_to_go_on_and_leaves_no_process(course, folder, by, code):
    process = begin(folder, course)
    family = psutil.Process(process.pid).children(recursive=True)
    process.send_signal(by)
    said, _ = process.communicate(timeout=120)
    assert process.returncode == code, said
    assert "left to grade; run the same command again to go on" in said
    assert "Traceback" not in said
    assert alive(family) == []
    found = verdicts(course)
    assert 2 <= len(found) < CLASS
    assert {verdict.status for verdict in found.values()} == {"graded"}
    assert scores(course) == dict.fromkeys(found, 14)
    assert len((course / "verdicts.csv").read_text().splitlines()) == 1 + 6 * len(found)
