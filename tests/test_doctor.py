"""``autograder doctor``: each kind of gap, and that what it says of this machine was tried."""

import json
import subprocess
import sys
from contextlib import contextmanager
from types import SimpleNamespace

import pytest
from rich.console import Console
from typer.testing import CliRunner

from autograder import doctor, trial
from autograder.cli import app
from autograder.sandbox import SandboxMissing, obstacles
from autograder.subject import Lost, Reply, Result
from autograder.trial import Finding


def settings(folder, **values):
    for name, value in values.items():
        file = folder / "sys" / name.replace("__", "/")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"{value}\n")
    return folder


# ---------------------------------------------------------------- the machine


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"kernel__apparmor_restrict_unprivileged_userns": 1}, "unprivileged_userns=0` as root"),
        ({"kernel__unprivileged_userns_clone": 0}, "unprivileged_userns_clone=1` as root"),
        ({"user__max_user_namespaces": 0}, "max_user_namespaces=10000` as root"),
        ({"user__max_user_namespaces": 9000}, "--cap-add SYS_ADMIN"),
        ({}, "--cap-add SYS_ADMIN"),
    ],
)
def test_why_there_are_no_namespaces(tmp_path, values, says):
    assert says in obstacles.mend(settings(tmp_path, **values))


def test_namespaces_are_tried_and_not_read_from_settings(monkeypatch, tmp_path):
    def refuse(*_, **__):
        return subprocess.CompletedProcess([], 1, "", "bwrap: No permissions\n")

    monkeypatch.setattr(subprocess, "run", refuse)
    found = doctor._namespaces(settings(tmp_path, user__max_user_namespaces=0))
    assert (found.state, found.says) == ("gap", "bwrap: No permissions")
    assert "max_user_namespaces" in found.mend


def test_without_bubblewrap(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert doctor._bubblewrap() == Finding(
        "bubblewrap", "gap", "not installed", "apt-get install bubblewrap"
    )
    assert doctor._namespaces().state == "gap"
    (found,) = trial.try_sandbox()
    assert (found.state, found.mend) == ("gap", "run `apt-get install bubblewrap`")


def test_another_system_gets_one_answer(monkeypatch):
    monkeypatch.setattr(sys, "platform", "darwin")
    (found,) = doctor._machine()
    assert found.state == "gap"
    assert "needs Linux" in found.says


def test_without_libseccomp(monkeypatch):
    def program():
        raise SandboxMissing("libseccomp is not installed: run `apt-get install libseccomp2`")

    monkeypatch.setattr(doctor, "filter_program", program)
    assert doctor._filter() == Finding(
        "libseccomp", "gap", "libseccomp is not installed", "run `apt-get install libseccomp2`"
    )


@pytest.mark.parametrize(
    ("root", "version_2", "says"),
    [(False, True, "Delegate=yes"), (False, False, "grade as root"), (True, True, "outside")],
)
def test_a_watchdog_is_weak(monkeypatch, tmp_path, root, version_2, says):
    watchdog = SimpleNamespace(kind="a watchdog", prefix=[], close=lambda: None)
    monkeypatch.setattr(doctor, "guard", lambda **_: watchdog)
    monkeypatch.setattr(doctor, "_is_root", lambda: root)
    monkeypatch.setattr(doctor, "CGROUPS", tmp_path)
    if version_2:
        (tmp_path / "cgroup.controllers").touch()
    found = doctor._memory()
    assert found.state == "weak"
    assert says in found.mend


def test_too_little_memory_for_all_cores(tmp_path):
    meminfo = tmp_path / "meminfo"
    meminfo.write_text("MemTotal: 9 kB\nMemAvailable: 4000000 kB\n")
    found = doctor._room(meminfo)
    if len(doctor.os.sched_getaffinity(0)) > 1:
        assert (found.state, found.mend) == ("weak", "autograder grade --jobs 1 …")
    meminfo.write_text("MemTotal: 9 kB\nMemAvailable: 400000000000 kB\n")
    assert doctor._room(meminfo).state == "ok"


def test_a_full_disk(monkeypatch):
    monkeypatch.setattr(doctor.shutil, "disk_usage", lambda _: SimpleNamespace(free=5 << 20))
    found = doctor._disk()
    assert found.state == "gap"
    assert found.says.startswith("5 MB free")


def test_without_nbgrader_or_with_another(monkeypatch):
    monkeypatch.setattr(doctor.importlib.metadata, "version", lambda _: "0.10.1")
    assert "0.10" in doctor._gradebook().mend
    monkeypatch.setattr(doctor.importlib.util, "find_spec", lambda _: None)
    assert doctor._gradebook().mend == "pip install attnbook[grade]"


def test_fonts_that_are_not_listed_yet(monkeypatch, tmp_path):
    monkeypatch.setattr("matplotlib.get_cachedir", lambda: str(tmp_path))
    assert "first run" in doctor._fonts().says
    (tmp_path / "fontlist-v390.json").touch()
    assert str(tmp_path) in doctor._fonts().says


# ---------------------------------------------------------------- a sandbox with holes


def answers(**given):
    """A function to ask, as a sandbox with these answers would have it."""
    status = {"Seccomp": "2", "NoNewPrivs": "1", "CapEff": "0", "processes": 3, "user": 1000}
    given = {"status": status, "calls": {"unshare": "EPERM"}, "write": [], "look": []} | given

    def ask(name, *_):
        if isinstance(given[name], Exception):
            raise given[name]
        return given[name]

    return ask


STATUS = answers()("status")
KILLED = Lost("the code was stopped: it used more than 512 MB", "student")


@pytest.mark.parametrize(
    ("attempt", "given", "state"),
    [
        (trial._calls, {}, "ok"),
        (trial._calls, {"calls": {"unshare": "done"}}, "gap"),
        (trial._calls, {"status": STATUS | {"Seccomp": "0"}}, "gap"),
        (trial._privileges, {}, "ok"),
        (trial._privileges, {"status": STATUS | {"user": 0}}, "gap"),
        (trial._privileges, {"status": STATUS | {"CapEff": "00000000a80425fb"}}, "gap"),
        (trial._privileges, {"status": STATUS | {"NoNewPrivs": "0"}}, "gap"),
        (trial._network, {"connect": "ENETUNREACH"}, "ok"),
        (trial._network, {"connect": "done"}, "gap"),
        (trial._files, {}, "ok"),
        (trial._files, {"look": ["/home/me/grades"]}, "gap"),
        (trial._files, {"write": ["/usr"]}, "gap"),
        (trial._processes, {"fork": 23}, "ok"),
        (trial._processes, {"fork": 25}, "gap"),
        (trial._processes, {"fork": 3, "status": STATUS | {"processes": 200}}, "gap"),
        (trial._memory_of_one, {"grow": "refused"}, "ok"),
        (trial._memory_of_one, {"grow": KILLED}, "ok"),
        (trial._memory_of_one, {"grow": "1024 MB"}, "gap"),
        (trial._memory_of_all, {"share": KILLED}, "ok"),
        (trial._memory_of_all, {"share": Lost("ended by SIGKILL", "student")}, "weak"),
        (trial._memory_of_all, {"share": "1280 MB"}, "gap"),
        (trial._disk, {"fill": 15}, "ok"),
        (trial._disk, {"fill": 17}, "gap"),
        (trial._loop, {"loop": Lost("the code did not return within 2 s", "student")}, "ok"),
        (trial._loop, {"loop": Lost("the worker is gone", "ours")}, "gap"),
        (trial._loop, {"loop": None}, "gap"),
    ],
)
def test_an_attempt_that_succeeds_is_a_gap(attempt, given, state):
    if attempt is trial._loop:
        assert attempt(0.1, answers(**given)).state == state
    else:
        assert attempt(answers(**given)).state == state


def test_a_sandbox_that_breaks_or_answers_nothing_is_a_gap(monkeypatch):
    @contextmanager
    def broken(*_, **__):
        raise RuntimeError("the supervisor did not start")
        yield

    monkeypatch.setattr(trial, "open_session", broken)
    (found,) = trial.try_sandbox()
    assert (found.state, found.says.split(":")[0]) == ("gap", "it breaks")


def test_a_hole_says_what_to_do():
    session = SimpleNamespace()
    session.subject = lambda _: SimpleNamespace(
        run=lambda _: Reply((Result("done", {}),)), spent=0.0
    )
    found = trial._tried(trial._network, session)  # type: ignore[arg-type]
    assert found.state == "gap"
    assert "SECURITY.md" in found.mend


# ---------------------------------------------------------------- the command


def test_this_machine_in_words_and_as_json(monkeypatch):
    """The real thing, once: grading works here, so nothing may be a gap."""
    findings = list(doctor.examine())
    assert {finding.name: finding.says for finding in findings if finding.state == "gap"} == {}
    names = [finding.name for finding in findings]
    assert len(set(names)) == len(names)
    assert {"bubblewrap", "sandbox", "system calls", "network", "memory of all"} <= set(names)
    monkeypatch.setattr(doctor, "examine", lambda: iter(findings))
    said = CliRunner().invoke(app, ["doctor", "--json"])
    assert said.exit_code == 0
    assert json.loads(said.stdout) == doctor.as_dict(findings)
    assert "This machine can grade." in CliRunner().invoke(app, ["doctor"]).stdout


def test_a_gap_is_shown_with_its_mend_and_exits_with_one(monkeypatch):
    gap = Finding("bubblewrap", "gap", "not [b]installed[/b]", "apt-get install bubblewrap")
    monkeypatch.setattr(doctor, "examine", lambda: iter([gap]))
    said = CliRunner().invoke(app, ["doctor"])
    assert said.exit_code == 1
    assert "✗  bubblewrap" in said.stdout
    assert "not [b]installed[/b]" in said.stdout
    assert "→ apt-get install bubblewrap" in said.stdout
    assert "Do not grade here before this is mended: bubblewrap." in said.stdout


def test_a_narrow_terminal_keeps_the_columns():
    console = Console(width=40, record=True, force_terminal=False)
    doctor.show(Finding("memory limit", "weak", "held by a watchdog " * 3, "do this"), console)
    lines = console.export_text().splitlines()
    assert all(len(line) <= 40 for line in lines)
    assert all(line.startswith(("!  memory limit", " " * 20)) for line in lines)
