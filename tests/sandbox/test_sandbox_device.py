"""On an accelerator nothing is forked once it was used: the cells run again for every check."""

import pytest
import torch
from asking import SHORT, ask

from autograder.sandbox import CodeCell, close_nurseries, open_session, room
from autograder.subject import Call, Lost, Program

CELLS = [
    CodeCell("state", "import os, torch\ncalls = []"),
    CodeCell("f", "def f(x):\n    calls.append(x)\n    return [len(calls), os.getpid()]"),
    CodeCell("ends", "def ends(x):\n    os._exit(7)"),
    CodeCell("sums", "def sums(x):\n    return x.sum()"),
    CodeCell("hoards", "def hoards(x):\n    return torch.ones(1 << 40, device=x.device)"),
]


@pytest.fixture
def replaying():
    """A session as on an accelerator, whose checks happen to ask for the CPU."""
    with open_session(CELLS, [], SHORT, device="an accelerator") as session:
        yield session
    close_nurseries()


def test_every_subject_has_a_process_in_which_the_cells_have_run(replaying):
    first, second = replaying.subject("f"), replaying.subject("f")
    assert ask(first, 1).value == [1, 1], "PID 1 is the holder itself: nothing was forked"
    assert ask(first, 1).value == [2, 1], "of one subject, it is the same process"
    assert ask(second, 1).value == [1, 1]


def test_one_that_ends_leaves_the_next_alone(replaying):
    with pytest.raises(Lost, match=r"exit code 7"):
        ask(replaying.subject("ends"), 1)
    assert ask(replaying.subject("f"), 1).value == [1, 1]


def test_a_device_that_the_session_has_not_is_our_fault(replaying):
    with pytest.raises(Lost) as lost:
        replaying.subject("f").run(Program((Call({"x": 1}),)), "cuda")
    assert lost.value.fault == "ours"


def test_only_the_nodes_of_the_gpu_are_mounted_and_only_for_it(monkeypatch, tmp_path):
    for name in ("nvidia0", "nvidiactl", "sda"):
        (tmp_path / name).touch()
    monkeypatch.setattr(room, "_DEVICES", tmp_path)
    given = room.walls(tmp_path, tmp_path, "cuda")
    assert [word for word in given if word.startswith(f"{tmp_path}/nvidia")] == [
        str(tmp_path / name) for name in ("nvidia0", "nvidia0", "nvidiactl", "nvidiactl")
    ]
    assert not any(
        "nvidia" in word or "sda" in word for word in room.walls(tmp_path, tmp_path, "cpu")
    )


@pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no CUDA device")
def test_a_gpu_computes_and_one_submissions_hunger_is_its_own():
    program = Program((Call({"x": torch.ones(8)}),))
    with open_session(CELLS, [], SHORT, device="cuda") as session:
        assert session.subject("hoards").run(program, "cuda").error is not None
        reply = session.subject("sums").run(program, "cuda")
        assert reply.value == 8
        assert reply.results[0].form.device.startswith("cuda")
    close_nurseries()
