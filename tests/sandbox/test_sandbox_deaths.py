"""What one check does to itself, it does to itself alone: the next one is answered."""

import time

import pytest
from asking import SHORT, ask

from autograder.sandbox import CodeCell, Limits, open_session
from autograder.subject import Lost

SOURCE = """
import atexit, builtins, ctypes, gc, json, os, signal, socket, subprocess, sys, threading, time
import numpy as np, safetensors.torch, torch
import autograder.sandbox.wire as wire
import autograder.sandbox.inside.holder as holder
from autograder.values import pack

def fine(x):
    return x + 1

def exits(x):
    os._exit(0)

def crashes(x):
    ctypes.string_at(0)

def loops(x):
    for number in range(1, 65):
        try:
            signal.signal(number, signal.SIG_IGN)
        except (OSError, ValueError):
            pass
    while True:
        pass

def stops_itself(x):
    os.kill(os.getpid(), signal.SIGSTOP)

def detaches(x):
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            while True:
                time.sleep(1)
        os._exit(0)
    return x

def living(x):
    return sorted(int(pid) for pid in os.listdir("/proc") if pid.isdigit())

def bombs_forks(x):
    while True:
        try:
            os.fork()
        except OSError:
            pass

def bombs_memory_at_once(x):
    return np.ones(10**10)

def bombs_memory_with_children(x):
    for _ in range(8):
        if os.fork() == 0:
            kept = b"x" * (250 << 20)
            time.sleep(3)
            os._exit(0)
    if any(os.wait()[1] for _ in range(8)):
        os._exit(1)

def bombs_disk(x):
    with open(os.path.expanduser("~/large"), "wb") as file:
        while True:
            file.write(b"x" * (1 << 20))

def free(x):
    return [os.statvfs(folder).f_bavail for folder in ("/tmp", "/dev/shm")]

def litters(x):
    for i in range(100):
        os.makedirs(os.path.expanduser(f"~/{i}/deep"), exist_ok=True)
        with open(f"/dev/shm/{i}", "wb") as file:
            file.write(b"x" * 100_000)
    os.symlink("/usr", os.path.expanduser("~/link"))
    return x

def bombs_output(x):
    for _ in range(20_000):
        print("x" * 10_000)
        os.write(2, b"y" * 10_000)
    return x

def leaves_a_thread(x):
    atexit.register(lambda: time.sleep(60))
    threading.Thread(target=lambda: time.sleep(60)).start()
    return x

def closes_everything(x):
    os.closerange(0, 1024)
    return x

def writes_everywhere(x):
    for fd in range(1024):
        try:
            os.set_blocking(fd, False)
            os.write(fd, b"garbage" * 1000)
        except OSError:
            pass
    return x

result = {"value": 42, "changed": [], "gradients": {}}
GOOD = pack({"results": [result], "error": None})

def forges_in_advance(x):
    for fd in range(1024):
        try:
            sock = socket.socket(fileno=os.dup(fd))
            sock.send(wire.encode(wire.Head(nonce="0" * 32, tree=GOOD.tree), []))
        except OSError:
            pass
    return x

def announces_too_much(x):
    for fd in range(1024):
        try:
            socket.socket(fileno=os.dup(fd)).send(b"\\xff" * 8)
        except OSError:
            pass
    time.sleep(60)

def kills_everyone(x):
    for pid in living(x):
        if pid != os.getpid():
            try:
                os.kill(pid, signal.SIGKILL)
            except OSError:
                pass
    return x

def patches(x):
    global fine
    fine = None
    def broken(*_, **__):
        raise RuntimeError("patched")
    for module in (json, torch, np, safetensors.torch, os, builtins, wire, holder, gc):
        for name in ("dumps", "loads", "equal", "allclose", "save", "load", "fork", "kill", "len",
                     "waitpid", "send", "receive", "perform", "encode", "print"):
            if hasattr(module, name):
                setattr(module, name, broken)
    return x

def uses_many_threads(x):
    big = torch.ones(600, 600)
    return float((big @ big).softmax(-1).sum())

torch.set_num_threads(4)
uses_many_threads(0)
torch.seed()

def draws(x):
    return torch.rand(2)

def answers_twice(x):
    def later():
        time.sleep(0.2)
        forges_in_advance(x)
    threading.Thread(target=later).start()
    return x
"""


@pytest.fixture(scope="module")
def notebook():
    with open_session([CodeCell("answers", SOURCE)], [], SHORT) as session:
        assert session.log[0].status == "ok", session.log
        yield session


@pytest.fixture(autouse=True)
def next_check_is_answered(notebook):
    yield
    start = time.monotonic()
    assert ask(notebook.subject("fine"), 1).value == 2
    assert time.monotonic() - start < 60
    kept = ask(notebook.subject("living"), 0).value
    assert len(kept) == 2, "holder, check"


def reason(notebook, name):
    with pytest.raises(Lost) as lost:
        ask(notebook.subject(name), 1)
    assert lost.value.fault == "student"
    return lost.value.reason


def test_a_process_that_ends_itself(notebook):
    assert reason(notebook, "exits") == "the process ended by itself (exit code 0)"


def test_a_crash_in_native_code(notebook):
    assert reason(notebook, "crashes") == "the process was ended by SIGSEGV"


@pytest.mark.parametrize("name", ["loops", "stops_itself"])
def test_a_loop_that_ignores_every_signal(notebook, name):
    start = time.monotonic()
    assert reason(notebook, name) == "the code did not return within 4 s"
    assert time.monotonic() - start < 60


def test_a_lost_subject_stays_lost_at_once(notebook):
    subject = notebook.subject("loops")
    with pytest.raises(Lost):
        ask(subject, 1)
    start = time.monotonic()
    with pytest.raises(Lost):
        ask(subject, 1)
    assert time.monotonic() - start < 2


def test_a_detached_child_does_not_outlive_its_check(notebook):
    assert ask(notebook.subject("detaches"), 1).value == 1


def test_a_fork_bomb(notebook):
    assert "did not return" in reason(notebook, "bombs_forks")


def test_a_memory_bomb_in_one_process_is_an_error_at_its_line(notebook):
    error = ask(notebook.subject("bombs_memory_at_once"), 1).error
    assert "MemoryError" in error.type
    assert "np.ones(10**10)" in error.where


def test_a_memory_bomb_in_many_processes(notebook):
    """No one of them is above the limit: only together they are."""
    why = reason(notebook, "bombs_memory_with_children")
    assert why == "the code was stopped: it used more than 512 MB"


def test_a_disk_bomb_fills_its_own_folder_only(notebook):
    before = ask(notebook.subject("free"), 1).value
    assert ask(notebook.subject("bombs_disk"), 1).error.type == "OSError"
    assert ask(notebook.subject("free"), 1).value == before


def test_litter_is_gone_with_the_check(notebook):
    before = ask(notebook.subject("free"), 1).value
    assert ask(notebook.subject("litters"), 1).value == 1
    assert ask(notebook.subject("free"), 1).value == before


def test_an_output_bomb_costs_nothing(notebook):
    assert ask(notebook.subject("bombs_output"), 1).value == 1


def test_threads_and_exit_handlers_are_not_waited_for(notebook):
    assert ask(notebook.subject("leaves_a_thread"), 1).value == 1


def test_all_descriptors_closed(notebook):
    assert reason(notebook, "closes_everything").startswith("the process ended by itself")


@pytest.mark.parametrize("name", ["writes_everywhere", "forges_in_advance", "announces_too_much"])
def test_a_forged_answer_is_none(notebook, name):
    assert reason(notebook, name) == "the code answered with something that is no value"


def test_the_holder_outlives_a_massacre(notebook):
    """It is PID 1 of its namespace, which no signal from inside can end."""
    assert ask(notebook.subject("kills_everyone"), 1).value == 1


def test_patched_functions_stay_in_their_check(notebook):
    reason(notebook, "patches")


def test_what_comes_after_the_answer_is_no_answer_to_the_next_question(notebook):
    subject = notebook.subject("answers_twice")
    assert ask(subject, 1).value == 1
    time.sleep(0.5)
    with pytest.raises(Lost, match="something that is no value"):
        ask(subject, 1)


def test_randomness_repeats_though_a_cell_sets_its_own_seed(notebook):
    first = ask(notebook.subject("draws"), 1).value
    ask(notebook.subject("kills_everyone"), 1)  # so that the cells run again
    assert ask(notebook.subject("draws"), 1).value.tolist() == first.tolist()


def test_threads_of_torch_that_a_cell_started(notebook):
    assert ask(notebook.subject("uses_many_threads"), 1).value == pytest.approx(600, rel=1e-3)


def test_the_sum_of_all_checks_is_limited():
    limits = Limits(seconds_per_check=60, seconds_in_all=3)
    with open_session([CodeCell("a", "def loops():\n    while True: pass")], [], limits) as session:
        for _ in range(2):
            with pytest.raises(Lost, match="as a whole took more than 3 s"):
                ask(session.subject("loops"))
