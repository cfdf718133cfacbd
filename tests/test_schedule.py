"""Real worker processes that die: who is tried again, who is named, and who is never blamed."""

import json
import os
import socket
import subprocess
import sys
import time
from collections import Counter
from unittest import mock

import dask.config
import dying
import psutil
import pytest
from dying import task

from autograder import schedule
from autograder.cluster import SchedulerError, workers
from autograder.schedule import Schedule, SchedulerLost
from autograder.work import Unfit

NEVER = bool  # which gives False


@pytest.fixture(autouse=True)
def _dying_work(monkeypatch):
    monkeypatch.setattr(schedule, "work", dying.work)


@pytest.fixture(scope="module")
def two():
    """Two workers, for the tests that leave them in order."""
    with workers(None, 2) as client:
        yield client


def outcome(client, tasks, stop=NEVER):
    """What became of each student: the verdict's status, and the reason where there is one."""
    found = {}
    for batch in Schedule(client, tasks).results(stop):
        for done, result in batch:
            assert done.turned.student not in found, "a result came twice"
            found[done.turned.student] = result.verdict
    return found


def test_all_that_was_handed_in_comes_back_once(two):
    students = [f"student-{i}" for i in range(50)]
    found = outcome(two, map(task, students))
    assert sorted(found) == sorted(students)
    assert {verdict.status for verdict in found.values()} == {"graded"}


def test_nothing_to_do_is_done(two):
    assert outcome(two, []) == {}


def test_a_killer_is_named_after_two_tries_and_nobody_else_is(two, tmp_path):
    log = tmp_path / "tries"
    students = [f"slow-{i}" for i in range(4)] + ["killer"] + [f"student-{i}" for i in range(30)]
    found = outcome(two, [task(student, str(log).encode()) for student in students])
    assert sorted(found) == sorted(students)
    killer = found.pop("killer")
    assert killer.status == "incomplete"
    assert killer.exercises[0].error == "the process that graded it died, twice"
    assert {exercise.points for exercise in killer.exercises} == {None}
    assert {verdict.status for verdict in found.values()} == {"graded"}
    tries = Counter(line.split()[0] for line in log.read_text().splitlines())
    assert tries["killer"] == 2
    assert max(tries.values()) == 2


def test_two_killers_do_not_hide_behind_each_other(two):
    students = ["killer-1", "slow-1", "killer-2", "slow-2"]
    found = outcome(two, map(task, students))
    assert {student for student, verdict in found.items() if verdict.status == "incomplete"} == {
        "killer-1",
        "killer-2",
    }


def test_an_error_of_ours_is_tried_once_more_and_told(two, tmp_path):
    log = tmp_path / "tries"
    found = outcome(two, [task("error", str(log).encode()), task("student")])
    assert found["student"].status == "graded"
    assert found["error"].exercises[0].error == "ZeroDivisionError: ours, twice"
    assert len(log.read_text().splitlines()) == 2


def test_a_worker_that_cannot_grade_ends_the_run(two):
    with pytest.raises(Unfit, match="another version"):
        outcome(two, [task("unfit")])


def test_a_stopped_run_leaves_what_was_not_begun(two):
    seen = []

    def stop():
        return bool(seen)

    plan = Schedule(two, (task(f"slow-{i}") for i in range(40)))
    for batch in plan.results(stop):
        seen += batch
    seen += plan.in_hand()
    assert 0 < len(seen) < 20


def children():
    return {child.pid for child in psutil.Process().children(recursive=True)}


def test_workers_end_with_the_run_and_take_nothing_along():
    before = children()
    with workers(None, 2) as client:
        started = set(client.run(os.getpid).values())
        groups = set(client.run(os.getpgrp).values())
        assert len(started) == 2
        assert started <= children()
        assert groups == started, "Ctrl-C in the terminal would reach a worker"
    deadline = time.monotonic() + 10
    while started & children() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not started & children()
    left = [psutil.Process(pid).cmdline() for pid in children() - before]
    assert all("multiprocessing" in " ".join(words) for words in left), left


def test_one_job_needs_no_other_process():
    before = children()
    with workers(None, 1) as client:
        assert set(client.run(os.getpid).values()) == {os.getpid()}
        assert children() == before
        assert outcome(client, [task("student")])["student"].status == "graded"


# ---------------------------------------------------------------- a scheduler elsewhere


@pytest.mark.parametrize(
    ("address", "says"),
    [
        ("tcp://192.0.2.7:8786", "is not encrypted"),
        ("192.0.2.7:8786", "is not encrypted"),
        ("tcp://example.invalid:8786", "is not encrypted"),
        ("http://127.0.0.1:8786", "begins with tls:// or tcp://"),
        ("tcp://127.0.0.1:1", "no scheduler answers at tcp://127.0.0.1:1"),
        ("tls://127.0.0.1:1", "keys"),
    ],
)
def test_an_address_that_must_not_or_cannot_be_used_gets_a_sentence(address, says, monkeypatch):
    monkeypatch.setattr("autograder.cluster._CONNECT_SECONDS", 1)
    with pytest.raises(SchedulerError, match=says), workers(address, 1):
        pass


def start(*words: str, **more: str) -> subprocess.Popen[bytes]:
    null = subprocess.DEVNULL
    argv = [sys.executable, "-m", *words]
    return subprocess.Popen(argv, stdout=null, stderr=null, env={**os.environ, **more})


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (ModuleNotFoundError("No module named 'autograder'"), "a worker lacks a package"),
        (RuntimeError("Error during deserialization of the task graph."), "the scheduler has not"),
    ],
)
def test_machines_without_the_package_end_the_run_in_a_sentence(error, says):
    plan = Schedule(None, [])
    future = mock.Mock(status="error", exception=lambda: error)
    plan._waiting[future] = task("student"), ""
    plan._ended.put(future)
    with pytest.raises(Unfit, match=says):
        plan.in_hand()


@pytest.fixture
def keys(tmp_path, monkeypatch):
    """The key of the page *Many machines*, in dask's configuration."""
    place = tmp_path / "dask"
    argv = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1"]
    argv += ["-subj", "/CN=attnbook", "-keyout", f"{place}.key", "-out", f"{place}.crt"]
    subprocess.run(argv, check=True, capture_output=True)
    pair = {"cert": f"{place}.crt", "key": f"{place}.key"}
    tls = {"ca-file": f"{place}.crt", "scheduler": pair, "worker": pair, "client": pair}
    (tmp_path / "tls.yaml").write_text(
        json.dumps({"distributed": {"comm": {"require-encryption": True, "tls": tls}}})
    )
    monkeypatch.setenv("DASK_CONFIG", str(tmp_path))
    with dask.config.set({f"distributed.comm.tls.{name}": value for name, value in tls.items()}):
        yield


def test_a_scheduler_with_keys_is_used_and_its_end_ends_the_run_in_a_sentence(keys):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    address = f"tls://127.0.0.1:{port}"
    wants = ("--host", address, "--no-dashboard")
    path = {"PYTHONPATH": os.pathsep.join(sys.path)}
    processes = [start("distributed.cli.dask_scheduler", *wants, **path)]
    processes += [start("distributed.cli.dask_worker", address, "--nthreads", "1", **path)]
    try:
        with workers(address, 1) as client:
            graded = outcome(client, [task("student")])["student"]
            assert graded.status == "graded", graded.exercises[0].error
            results = Schedule(client, [task("student"), task("endless")]).results(NEVER)
            assert [done.turned.student for done, _ in next(results)] == ["student"]
            processes[0].kill()
            with pytest.raises(SchedulerLost, match="the scheduler is gone"):
                next(results)
    finally:
        for process in processes:
            process.kill()
            process.wait()
