"""Two sandboxes of one warm parent, open at once: what one leaves, the other must not find."""

import textwrap
from collections.abc import Iterator

import pytest
from asking import SHORT, ask

from autograder.sandbox import CodeCell, Session, open_session

CELL = CodeCell(
    "both",
    textwrap.dedent("""
    import ctypes, os, socket, time
    libc = ctypes.CDLL(None, use_errno=True)
    kept = []

    def leave(name):
        left = []
        listener = socket.socket(socket.AF_UNIX)
        listener.bind("\\0" + name)
        listener.listen()
        kept.append(listener)
        left.append("abstract socket")
        server = socket.create_server(("127.0.0.1", 4711))
        kept.append(server)
        left.append("port")
        for folder in ("/tmp", "/dev/shm"):
            open(f"{folder}/{name}", "w").close()
            left.append(folder)
        controller, terminal = os.openpty()
        kept.extend([controller, terminal])
        left.append(os.ttyname(terminal))
        return left

    def leave_in_the_kernel():
        shared = libc.shmget(4711, 4096, 0o1666), libc.semget(4711, 1, 0o1666)
        queued = libc.msgget(4711, 0o1666), libc.mq_open(b"/mine", 0o102, 0o666, None)
        return [*shared, *queued, libc.syscall(248, b"user", b"mine", b"x", 1, -3)]

    def find(name):
        found = []
        for address in ("\\0" + name, ("127.0.0.1", 4711)):
            family = socket.AF_UNIX if isinstance(address, str) else socket.AF_INET
            try:
                socket.socket(family).connect(address)
                found.append(str(address))
            except OSError:
                pass
        found += [f for f in (f"/tmp/{name}", f"/dev/shm/{name}") if os.path.exists(f)]
        found += [f"/dev/pts/{n}" for n in os.listdir("/dev/pts") if n != "ptmx"]
        return found

    def processes():
        seen = [n for n in os.listdir("/proc") if n.isdigit()]
        return [open(f"/proc/{n}/status").read().split()[1] for n in seen]

    def descriptors():
        found = []
        for name in os.listdir("/proc/self/fd"):
            try:
                found.append(os.readlink(f"/proc/self/fd/{name}"))
            except OSError:
                pass
        return found

    def wait(seconds):
        time.sleep(seconds)
    """),
)


@pytest.fixture(scope="module")
def two() -> Iterator[tuple[Session, Session]]:
    with open_session([CELL], [], SHORT) as one, open_session([CELL], [], SHORT) as other:
        assert [log.status for log in (*one.log, *other.log)] == ["ok", "ok"]
        yield one, other


def test_what_one_leaves_the_other_does_not_find(two: tuple[Session, Session]):
    one, other = two
    leaver = one.subject("leave")  # whose process stays until another subject is asked
    left = ask(leaver, "mark-4711").value
    assert left[:4] == ["abstract socket", "port", "/tmp", "/dev/shm"]
    assert ask(other.subject("find"), "mark-4711").value == []
    assert ask(one.subject("find"), "mark-4711").value == [], "nor does the next check"


def test_the_kernels_own_stores_are_refused(two: tuple[Session, Session]):
    assert ask(two[0].subject("leave_in_the_kernel")).value == [-1] * 5


def test_processes_of_the_other_are_not_seen(two: tuple[Session, Session]):
    for session in two:
        assert len(ask(session.subject("processes")).value) == 2  # the holder, and this one


def test_no_descriptor_is_shared(two: tuple[Session, Session]):
    """Inside there are the private connection, and nothing at 0, 1 and 2."""
    for session in two:
        found = ask(session.subject("descriptors")).value
        assert sorted(f.split(":")[0] for f in found) == ["/dev/null"] * 3 + ["socket"]
