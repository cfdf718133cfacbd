"""Which guard holds a sandbox to its memory, and that each of them does."""

import subprocess
import sys
import textwrap

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


def test_the_watchdog_ends_nobody_outside_the_walls_while_there_is_somebody_inside():
    """The warm parent is larger than each of many small processes that a submission starts."""
    watchdog = memory.Watchdog(limit_mb=300)
    inside = (
        "open('/proc/self/oom_score_adj', 'w').write('1000'); import time; "
        "kept = b'x' * (60 << 20); time.sleep(60)"
    )
    script = (
        "import subprocess, sys\nkept = b'x' * (800 << 20)\n"
        f"sys.exit(subprocess.run([sys.executable, '-c', {inside!r}]).returncode != -9)"
    )
    run = f"subprocess.run([sys.executable, '-c', {script!r}])"
    outer = f"import subprocess, sys\nsys.exit({run}.returncode)"
    process = subprocess.Popen([sys.executable, "-c", outer])
    watchdog.watch(process.pid)
    assert process.wait(timeout=30) == 0, "the small one was ended, the large one was not"
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
    assert guard.prefix[-2:] == [str(folder / "cgroup.procs"), "--"]
    assert guard.kind == "a cgroup (version 2)"
    assert not (folder / "pids.max").exists()
    (folder / "memory.events").write_text("low 0\noom 1\noom_kill 1\n")
    assert guard.exceeded()
    assert not guard.exceeded()


def test_a_delegated_cgroup_limits_processes_where_that_is_delegated_too(version_2):
    guard = memory.CgroupV2(1024, root=version_2, own="/user/app", processes=32)
    (folder,) = version_2.glob("user/attnbook-*")
    assert (folder / "pids.max").read_text() == str(32 + memory.BASE_PROCESSES)
    assert guard.kind == "a cgroup (version 2) with a process limit"
    (version_2 / "user/cgroup.subtree_control").write_text("memory\n")
    guard = memory.CgroupV2(1024, root=version_2, own="/user/app", processes=32)
    assert guard.kind == "a cgroup (version 2)"


def test_version_1_has_a_group_for_each(tmp_path):
    (tmp_path / "memory/a").mkdir(parents=True)
    (tmp_path / "pids/a").mkdir(parents=True)
    guard = memory.CgroupV1(1024, root=tmp_path, own="/a", processes=32)
    (one,), (two,) = (list(tmp_path.glob(f"{name}/a/attnbook-*")) for name in ("memory", "pids"))
    limit = str((1024 + memory.BASE_MB) << 20)
    assert (one / "memory.limit_in_bytes").read_text() == limit
    assert (one / "memory.memsw.limit_in_bytes").read_text() == limit
    assert (two / "pids.max").read_text() == str(32 + memory.BASE_PROCESSES)
    subprocess.run([*guard.prefix, "true"], check=True)
    assert (one / "cgroup.procs").read_text() == (two / "cgroup.procs").read_text()
    (tmp_path / "pids").rename(tmp_path / "gone")
    assert memory.CgroupV1(1024, root=tmp_path, own="/a", processes=32).kind == memory.CgroupV1.kind


def test_a_command_that_cannot_join_does_not_run(tmp_path, version_2):
    guard = memory.CgroupV2(1024, root=version_2, own="/user/app")
    (folder,) = version_2.glob("user/attnbook-*")
    for file in folder.iterdir():
        file.unlink()
    folder.rmdir()
    done = subprocess.run([*guard.prefix, "touch", str(tmp_path / "ran")], stderr=subprocess.PIPE)
    assert done.returncode == 1
    assert not (tmp_path / "ran").exists()


def test_the_process_limit_of_this_machine_holds():
    """More sleepers than are allowed; the last ones cannot be started."""
    guard = memory.guard(limit_mb=300, processes=4)
    if "process limit" not in guard.kind:
        guard.close()
        pytest.skip(f"memory is held here by {guard.kind}")
    code = """
        import os, signal, sys, time
        started = 0
        try:
            for _ in range(100):
                if os.fork() == 0:
                    time.sleep(60)
                    os._exit(0)
                started += 1
        except BlockingIOError:
            pass
        print(started)
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        os.killpg(0, signal.SIGTERM)
    """
    command = [*guard.prefix, sys.executable, "-c", textwrap.dedent(code)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, start_new_session=True)
    assert int(done.stdout) == 4 + memory.BASE_PROCESSES - 1
    guard.close()


def test_a_cgroup_without_memory_is_not_used(version_2):
    (version_2 / "user/cgroup.subtree_control").write_text("cpu\n")
    with pytest.raises(LookupError):
        memory.CgroupV2(1024, root=version_2, own="/user/app")


def test_where_there_is_no_cgroup_a_watchdog_stands(monkeypatch, tmp_path):
    for name in ("CgroupV1", "CgroupV2"):
        make = getattr(memory, name)
        monkeypatch.setattr(
            memory, name, lambda mb, make=make, **how: make(mb, root=tmp_path, own="/x", **how)
        )
    assert memory.guard(100).kind == "a watchdog"


def test_what_a_dead_process_left_is_removed(tmp_path):
    process = subprocess.Popen(["true"])
    process.wait()
    (tmp_path / f"attnbook-{process.pid}-0").mkdir()
    (tmp_path / "attnbook-1-0").mkdir()
    (tmp_path / "attnbook-mine").mkdir()
    memory.remove_stale(tmp_path, lambda path: path.rmdir())
    assert sorted(path.name for path in tmp_path.iterdir()) == ["attnbook-1-0", "attnbook-mine"]
