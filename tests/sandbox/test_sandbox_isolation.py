"""What code in a sandbox can see and reach: its own modules, a private /tmp, and nothing else."""

import os
import socket
import sys
from pathlib import Path

import pytest
from asking import SHORT, ask

from autograder.sandbox import CodeCell, open_session, room

REPO = Path(__file__).parents[2]
PROVIDES = ["attn.plot", "attn.palette", "attn.data", "attn.equations.masks"]
SOURCE = """
import importlib, os, pathlib, socket, subprocess, sys

def imports(name):
    return importlib.import_module(name).__name__

def reads(path):
    return open(path, "rb").read()[:10].decode("latin-1")

def lists(path):
    return sorted(os.listdir(path))

def finds(word):
    found = []
    known = {"/usr", "/proc", "/sys", "/dev", "/etc/alternatives", sys.prefix, sys.base_prefix}
    for folder, folders, files in os.walk("/"):
        folders[:] = [name for name in folders if os.path.join(folder, name) not in known]
        found += [os.path.join(folder, name) for name in folders + files if word in name]
    return found

def environment(pid):
    return open(f"/proc/{pid}/environ").read()

def writes(path):
    with open(path, "w") as file:
        file.write("x")
    return open(path).read()

def connects(family, address):
    with socket.socket(family, socket.SOCK_STREAM) as sock:
        sock.settimeout(1)
        sock.connect(tuple(address) if isinstance(address, list) else address)
    return "connected"

def interfaces(x):
    return [name for _, name in socket.if_nameindex()]

def status(field):
    lines = open("/proc/self/status").read().splitlines()
    return next(line.split()[1:] for line in lines if line.startswith(field))

def descriptors(x):
    return {fd: os.readlink(f"/proc/self/fd/{fd}") for fd in os.listdir("/proc/self/fd")
            if os.path.exists(f"/proc/self/fd/{fd}")}

def path(x):
    return sys.path

def becomes_root(x):
    return subprocess.run(["su", "-c", "id"], capture_output=True).returncode

def traces(pid):
    return open(f"/proc/{pid}/mem", "rb").read(1).decode()

def signals(pid):
    os.kill(pid, 9)
    return "sent"

def host(x):
    return socket.gethostname()

def mounts(x):
    return [line.split()[1:4] for line in open("/proc/self/mounts")]
"""


@pytest.fixture(scope="module")
def notebook():
    os.environ["A_SECRET"] = "of the judge"
    with open_session([CodeCell("look", SOURCE)], PROVIDES, SHORT) as session:
        assert session.log[0].status == "ok", session.log
        yield session
    del os.environ["A_SECRET"]


@pytest.fixture
def look(notebook):
    return lambda name, *args: ask(notebook.subject(name), *(args or (0,)))


@pytest.mark.parametrize(
    "name",
    ["attn.softmax", "attn.equations.softmax", "attn.dot_product", "attn.masks", "attn.pooling",
     "autograder.checks", "autograder.judge", "autograder.spec", "autograder.verdict",
     "autograder.manifest", "autograder.sandbox.session", "autograder.compare"],
)  # fmt: skip
def test_neither_reference_nor_judge_can_be_imported(look, name):
    assert (REPO / name.replace(".", "/")).is_dir() or (
        REPO / f"{name.replace('.', '/')}.py"
    ).is_file()
    assert look("imports", name).error.type == "ModuleNotFoundError"


@pytest.mark.parametrize("name", [*PROVIDES, "attn", "autograder.notebook", "autograder.fixtures"])
def test_what_is_provided_can_be_imported(look, name):
    assert look("imports", name).value == name


def test_only_the_grader_and_python_are_searched(look):
    # An editable install names the checkout too, which the next test finds empty.
    allowed = ("/grader", sys.prefix, sys.base_prefix)
    searched = [path for path in look("path", 0).value if path != str(REPO)]
    assert all(path.startswith(allowed) for path in searched)


@pytest.mark.parametrize(
    "path", [REPO, Path.home() / ".cache", "/etc/shadow", "/etc/passwd", "/var"],
)  # fmt: skip
def test_the_checkout_the_home_and_the_system_are_not_there(look, path):
    if Path(sys.prefix).is_relative_to(path):  # a virtual environment in the checkout: a way to it
        assert look("lists", str(path)).value == [Path(sys.prefix).relative_to(path).parts[0]]
        return
    reader = "lists" if Path(path).is_dir() else "reads"
    assert look(reader, str(path)).error.type in (
        "FileNotFoundError", "PermissionError", "NotADirectoryError")  # fmt: skip


@pytest.mark.parametrize(
    "word", ["solutions", "manifest", "checks", "gradebook", "softmax", "judge"]
)
def test_nothing_that_grades_lies_anywhere(look, word):
    assert look("finds", word).value == []


def test_the_environment_is_an_allow_list(look):
    environment = look("environment", "self").value
    assert look("environment", 1).error.type == "PermissionError"
    assert "PYTHONPATH=/grader" in environment
    assert "A_SECRET" not in environment
    assert str(REPO) not in environment.replace(sys.prefix, "")


def test_no_other_process_can_be_seen_ended_or_read(look):
    others = {int(pid) for pid in look("lists", "/proc").value if pid.isdigit()}
    assert len(others) == 2, "holder, check"
    assert look("signals", os.getpid()).error.type == "ProcessLookupError"
    assert look("signals", 1).value == "sent"  # and it has no effect:
    assert look("imports", "attn").value == "attn"


def test_there_is_no_network(look):
    assert look("interfaces", 0).value in ([], ["lo"])
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        address = list(server.getsockname())
        assert look("connects", int(socket.AF_INET), address).error is not None
    assert look("connects", int(socket.AF_INET), ["192.0.2.1", 80]).error.type == "OSError"


def test_an_abstract_socket_of_the_machine_is_out_of_reach(look):
    name = f"\0attnbook-{os.getpid()}"
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(name)
        server.listen()
        assert look("connects", int(socket.AF_UNIX), name).error.type == "ConnectionRefusedError"


@pytest.mark.parametrize(
    "path", ["/grader/attn/softmax.py", "/usr/x", "/x", "/dev/x", "/etc/x", f"{sys.prefix}/x",
             "/proc/sys/kernel/core_pattern", "/sys/devices/system/cpu/x"])  # fmt: skip
def test_nothing_outside_the_private_folders_can_be_written(look, path):
    assert look("writes", path).error.type in ("OSError", "PermissionError", "FileNotFoundError")


@pytest.mark.parametrize("path", ["/tmp/x", f"{room.HOME}/x", "/dev/shm/x"])
def test_the_private_folders_can_be_written(look, path):
    assert look("writes", path).value == "x"
    assert not Path(path).exists()


def test_every_mount_is_read_only_or_private(look):
    writable = {
        where for where, _, options in look("mounts", 0).value if "rw" in options.split(",")
    }
    assert {w for w in writable if not w.startswith(("/dev/", "/proc"))} == {"/tmp"}


def test_privileges_are_gone_for_good(look):
    for field in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"):
        assert int(look("status", f"{field}:").value[0], 16) == 0
    assert look("status", "NoNewPrivs:").value == ["1"]
    assert look("becomes_root", 0).value != 0
    uids = set(look("status", "Uid:").value)
    assert len(uids) == 1
    assert uids.isdisjoint({"0", str(os.getuid())})


def test_the_host_has_another_name(look):
    assert look("host", 0).value == "sandbox"


def test_a_check_holds_no_descriptor_of_the_machine(look):
    kinds = set(look("descriptors", 0).value.values())
    assert all(kind == "/dev/null" or kind.startswith(("socket:", "pipe:")) for kind in kinds), (
        kinds
    )


def test_the_record_says_what_confined_the_code(notebook):
    assert notebook.isolation.startswith("bubblewrap 0.")
    assert "memory held by" in notebook.isolation
