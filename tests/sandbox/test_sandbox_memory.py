"""Which guard holds a sandbox to its memory, and that each of them does."""

import subprocess
import sys

import pytest

from autograder.sandbox import memory

EATS = "import time\nkept = b'x' * (1200 << 20)\ntime.sleep(60)"
FORKS = """
import subprocess, sys
sys.exit(subprocess.run([sys.executable, "-c", %r]).returncode != -9)
"""


def test_the_watchdog_ends_the_largest_process_and_says_so():
    watchdog = memory.Watchdog(limit_mb=300)
    process = subprocess.Popen([sys.executable, "-c", FORKS % EATS])
    watchdog.watch(process.pid)
    assert process.wait(timeout=30) == 0, "the child was killed, and its parent was not"
    assert watchdog.exceeded()
    assert not watchdog.exceeded(), "said once"
    watchdog.close()


def test_the_best_guard_of_this_machine_holds():
    guard = memory.guard(limit_mb=300)
    process = subprocess.Popen([*guard.prefix, sys.executable, "-c", FORKS % EATS])
    guard.watch(process.pid)
    assert process.wait(timeout=30) in (0, -9, 137)
    assert guard.exceeded()
    guard.close()


def test_a_modest_process_is_left_alone():
    guard = memory.guard(limit_mb=300)
    process = subprocess.Popen([*guard.prefix, sys.executable, "-c", "print(end='')"])
    guard.watch(process.pid)
    assert process.wait(timeout=30) == 0
    assert not guard.exceeded()
    guard.close()


@pytest.fixture
def version_2(tmp_path):
    """A tree of files that looks like a delegated cgroup."""
    (tmp_path / "user/app").mkdir(parents=True)
    (tmp_path / "user/cgroup.subtree_control").write_text("cpu memory pids\n")
    return tmp_path


def test_a_delegated_cgroup_is_limited_and_joined(version_2):
    guard = memory.CgroupV2(1024, root=version_2, own="/user/app")
    (folder,) = version_2.glob("user/attnbook-*")
    assert (folder / "memory.max").read_text() == str((1024 + memory.BASE_MB) << 20)
    assert (folder / "memory.swap.max").read_text() == "0"
    assert guard.prefix[-1] == str(folder / "cgroup.procs")
    (folder / "memory.events").write_text("low 0\noom 1\noom_kill 1\n")
    assert guard.exceeded()
    assert not guard.exceeded()


def test_a_cgroup_without_memory_is_not_used(version_2):
    (version_2 / "user/cgroup.subtree_control").write_text("cpu\n")
    with pytest.raises(LookupError):
        memory.CgroupV2(1024, root=version_2, own="/user/app")


def test_where_there_is_no_cgroup_a_watchdog_stands(monkeypatch, tmp_path):
    for name in ("CgroupV1", "CgroupV2"):
        make = getattr(memory, name)
        monkeypatch.setattr(memory, name, lambda mb, make=make: make(mb, root=tmp_path, own="/x"))
    assert memory.guard(100).kind == "a watchdog"


def test_what_a_dead_process_left_is_removed(tmp_path):
    process = subprocess.Popen(["true"])
    process.wait()
    (tmp_path / f"attnbook-{process.pid}-0").mkdir()
    (tmp_path / "attnbook-1-0").mkdir()
    (tmp_path / "attnbook-mine").mkdir()
    memory.remove_stale(tmp_path, lambda path: path.rmdir())
    assert sorted(path.name for path in tmp_path.iterdir()) == ["attnbook-1-0", "attnbook-mine"]
