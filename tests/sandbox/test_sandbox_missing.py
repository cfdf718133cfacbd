"""Where code cannot be isolated, it does not run; the way round has a name, and is recorded."""

import os
import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path

import pytest
from asking import SHORT, ask

from autograder.sandbox import (
    CodeCell,
    SandboxMissing,
    close_nurseries,
    nursery,
    open_session,
    room,
)

CELL = [CodeCell("f", "import os\ndef f(x):\n    return x + 1\ndef pid():\n    return os.getpid()")]


@pytest.fixture(autouse=True)
def cold():
    """No parent is warm from an earlier test, and none stays."""
    close_nurseries()
    yield
    close_nurseries()


def never(*_, **__):
    raise AssertionError("the code ran")


def opened(**how):
    with open_session(CELL, [], SHORT, **how):
        never()


def test_no_bubblewrap_is_refused_with_the_command_that_mends_it(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SandboxMissing, match=r"not installed: run `apt-get install bubblewrap`"):
        opened()


def test_another_system_is_refused(monkeypatch):
    monkeypatch.setattr(nursery.sys, "platform", "darwin")
    with pytest.raises(SandboxMissing, match="Linux only"):
        opened()


def test_a_machine_that_forbids_namespaces_is_refused(monkeypatch, tmp_path):
    bwrap = tmp_path / "bwrap"
    bwrap.write_text(
        "#!/bin/sh\necho 'bwrap: No permissions to create new namespace' >&2\nexit 1\n"
    )
    bwrap.chmod(0o755)
    monkeypatch.setattr(nursery.os, "defpath", f"{tmp_path}:/usr/bin:/bin")
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    with pytest.raises(SandboxMissing, match=r"No permissions.*: (run|in a container)"):
        opened()


def test_a_worker_that_cannot_start_is_our_fault_and_leaves_nothing(monkeypatch, tmp_path):
    monkeypatch.setattr(room, "_WORKER", ("subject.py",))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with pytest.raises(RuntimeError, match=r"did not start: (ImportError|ModuleNotFoundError)"):
        opened()
    assert not list(tmp_path.iterdir())


def test_the_way_round_is_named_and_recorded():
    with open_session(CELL, [], SHORT, backend="none") as session:
        assert session.isolation.startswith("NONE: the code ran unconfined")
        assert ask(session.subject("f"), 1).value == 2
        pid = ask(session.subject("pid")).value
        assert ask(session.subject("pid")).value != pid
    assert not Path(f"/proc/{pid}").exists()


def test_closing_leaves_no_process_and_no_folder():
    with open_session(CELL, [], SHORT) as session:
        parent = session._sandbox._nursery
        bwrap, folder = parent._process.pid, parent._folder
        assert folder.is_dir()
    close_nurseries()
    assert not folder.exists()
    assert not Path(f"/proc/{bwrap}").exists()


def test_an_installed_course_is_hidden_too(monkeypatch):
    """Not installed from a checkout, attn and autograder lie among Python's own packages."""
    package = Path(sysconfig.get_path("purelib"), "pytest")
    assert package.is_dir()
    monkeypatch.setattr(room, "_ours", lambda: [package])
    cell = CodeCell("look", f"import os\ndef look():\n    return os.listdir({str(package)!r})")
    with open_session([cell], [], SHORT) as session:
        assert ask(session.subject("look")).error.type == "PermissionError"


@pytest.mark.skipif(os.getuid() != 0, reason="all tests run as an ordinary user already")
def test_an_ordinary_user_has_the_same_sandbox():
    script = (
        "from autograder.sandbox import *\nfrom autograder.subject import *\nimport os\n"
        "source = open('/proc/self/status').read()\n"
        "cell = CodeCell('f', 'def f():\\n    s = open(\"/proc/self/status\").read().split()\\n"
        '    return s[s.index("CapBnd:") + 1], s[s.index("NoNewPrivs:") + 1]\\n'
        "def namespaces():\\n    import ctypes\\n"
        "    return ctypes.CDLL(None).unshare(0x10000000)')\n"
        "with open_session([cell], []) as session:\n"
        "    ask = lambda name: session.subject(name).run(Program((Call({}),))).value\n"
        "    print(os.getuid(), session.isolation, ask('f'), ask('namespaces'))\n"
    )
    said = _as_nobody([sys.executable, "-c", script])
    assert said.startswith("65534 bubblewrap")
    assert said.strip().endswith("['0000000000000000', '1'] -1")


def _as_nobody(command: list[str]) -> str:
    """Runs a command as user 65534, in a mount namespace where root's folder may be passed."""
    opens = "true"
    if Path(sys.base_prefix).is_relative_to("/root"):
        inner = f"/root/{Path(sys.base_prefix).relative_to('/root').parts[0]}"
        opens = (
            f"mount --bind {inner} /mnt && mount -t tmpfs -o mode=755 tmpfs /root && "
            f"mkdir {inner} && mount --bind /mnt {inner} && umount /mnt"
        )
    drop = 'exec setpriv --reuid 65534 --regid 65534 --clear-groups "$@"'
    argv = ["unshare", "--mount", "sh", "-c", f"{opens} && {drop}", "sh", *command]
    env = {"PATH": os.environ["PATH"], "HOME": "/nonexistent"}
    done = subprocess.run(argv, capture_output=True, text=True, env=env, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout
