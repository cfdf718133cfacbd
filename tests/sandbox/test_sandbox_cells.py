"""The cells of a notebook: what they share, what they say, and how they end."""

from contextlib import suppress
from dataclasses import replace

import pytest
from asking import SHORT, ask

from autograder.sandbox import CodeCell, open_session
from autograder.subject import Lost

CELLS = {
    "imports": "import os, sys, time\nimport matplotlib.pyplot as plt\nx = 3\nprint('out')\nx",
    "raises": "def before(): return x\nundefined\ndef after(): pass",
    "wrong": "def broken(:\n    pass",
    "dies": "x = 4\nprint('last words', flush=True)\nos._exit(3)",
    "hangs": "x = 5\nprint('waiting')\nwhile True: time.sleep(1)",
    "leaves": "import sys\nsys.exit(0)",
    "magics": "%matplotlib inline\n%config InlineBackend.figure_format = 'svg'\n"
    "plt.plot([1, 2])\nplt.show()",
    "timed": "%%time\ntimed = 7",
    "shell": "!echo shell",
    "installs": "%pip install nothing-at-all",
    "asks": "input('name? ')",
    "check": "from autograder.notebook import check\nfrom IPython.display import display\n"
    "check(print)\ndisplay(5)",
    "chatters": "for _ in range(100_000): print('x' * 100)",
    "warns": "import warnings\nwarnings.warn('careful')\nprint('to stderr', file=sys.stderr)",
    "awaits": "import asyncio\nawait asyncio.sleep(0)\nawaited = 1",
    "forgets": "import subprocess\nsubprocess.Popen(['sleep', '1000'])\nleft = 1",
    "patches": "import json, torch\njson.dumps = torch.equal = None",
    "poisons": "import builtins\nbuiltins.len = None",
    "answers": "def answer(y):\n    return x + y + timed",
    "shouts": "def shout(y):\n    print('loud')\n    raise ValueError('no')",
}


@pytest.fixture(scope="module")
def session():
    cells = [CodeCell(name, source) for name, source in CELLS.items()]
    with open_session(cells, [], replace(SHORT, seconds_per_cell=6)) as session:
        yield session


@pytest.fixture(scope="module")
def logs(session):
    return {log.id: log for log in session.log}


def test_every_cell_is_logged_with_what_became_of_it(logs):
    ended = {"raises": "error", "wrong": "error", "dies": "died", "hangs": "timeout",
             "leaves": "error", "asks": "error", "poisons": "died"}  # fmt: skip
    assert {name: log.status for name, log in logs.items()} == {
        name: ended.get(name, "ok") for name in CELLS
    }, logs


def test_a_cell_that_fails_does_not_stop_or_change_the_others(session):
    assert ask(session.subject("answer"), 1).value == 3 + 1 + 7


def test_output_is_kept_also_of_a_cell_that_died(logs):
    assert logs["imports"].stdout == "out\nOut[1]: 3\n"
    assert logs["dies"].stdout == "last words\n"
    assert logs["hangs"].stdout == "waiting\n"
    assert "careful" in logs["warns"].stderr
    assert "to stderr\n" in logs["warns"].stderr


def test_output_is_cut(logs):
    text = logs["chatters"].stdout
    assert text.endswith("[cut after 262144 bytes]")
    assert len(text) < 262_200


def test_errors_name_their_line(logs):
    assert logs["raises"].error.type == "NameError"
    assert logs["raises"].error.where == "line 2: undefined"
    assert logs["wrong"].error.where == "line 1: def broken(:"
    assert logs["dies"].error.message == "the process ended by itself (exit code 3)"
    assert logs["hangs"].error.message == "the code did not return within 6 s"
    assert logs["leaves"].error.type == "SystemExit"
    assert "nobody" in logs["asks"].error.message


def test_magics_and_the_shell_work_as_in_jupyter(logs):
    assert "Figure" in logs["magics"].stdout
    assert "Wall time" in logs["timed"].stdout
    assert "shell" in logs["shell"].stdout
    assert logs["check"].stdout == "5\n"


def test_a_function_defined_before_the_error_is_there(session):
    assert ask(session.subject("before")).value == 3


@pytest.mark.parametrize(
    ("name", "says", "where"),
    [
        ("after", "the cell that should define it ended with NameError", "line 2: undefined"),
        ("broken", "the cell that should define it ended with SyntaxError", "line 1: def broken(:"),
        ("nowhere", "no cell defines it", ""),
    ],
)
def test_a_name_that_is_not_defined_says_why(session, name, says, where):
    error = ask(session.subject(name)).error
    assert error.type == "NameError"
    assert error.message.startswith(f"`{name}` is not defined: {says}")
    assert error.where == where


def test_an_error_in_a_check_is_at_the_students_line(session):
    assert ask(session.subject("shout"), 1).error.where == "line 3: raise ValueError('no')"


@pytest.mark.parametrize(
    "deadly",
    [
        "import os, signal\nos.kill(os.getppid(), signal.SIGKILL)\nos._exit(0)",
        "import os, signal\nos.kill(1, signal.SIGKILL)\nos.kill(-1, signal.SIGKILL)\nos._exit(0)",
    ],
)
def test_a_cell_that_takes_the_state_with_it_is_left_out_of_the_next(deadly):
    cells = [CodeCell("a", "x = 1"), CodeCell("b", deadly)]
    cells.append(CodeCell("c", "import time\ntime.sleep(0.5)\ndef f():\n    return x"))
    with open_session(cells, [], SHORT) as session:
        with suppress(Lost):  # the state may end in the middle of a check
            assert ask(session.subject("f")).value == 1
        assert ask(session.subject("f")).value == 1


def test_a_thread_that_ends_the_process_ends_the_cell_that_runs_then():
    """As in Jupyter; whose fault it was cannot be told. The others run again without that cell."""
    timer = "import os, threading\nthreading.Timer(0.3, os._exit, [0]).start()"
    cells = [CodeCell("a", "x = 1\ndef f():\n    return x"), CodeCell("b", timer)]
    cells.append(CodeCell("c", "import time\ntime.sleep(0.5)"))
    with open_session(cells, [], SHORT) as session:
        assert [log.status for log in session.log] == ["ok", "ok", "died"]
        assert ask(session.subject("f")).value == 1


def test_a_child_that_a_cell_forks_is_not_the_notebook():
    cell = CodeCell("a", "import os\nchild = os.fork()\ndef f():\n    return child > 0")
    with open_session([cell], [], SHORT) as session:
        assert [log.status for log in session.log] == ["ok"]
        assert ask(session.subject("f")).value is True


def test_a_cell_too_large_to_send_is_left_out():
    cells = [
        CodeCell("large", "x = 1\n" + "#" * (5 << 20)),
        CodeCell("f", "def f():\n    return 1"),
    ]
    with open_session(cells, [], SHORT) as session:
        assert [log.status for log in session.log] == ["died", "ok"]
        assert "more than may be sent" in session.log[0].error.message
        assert ask(session.subject("f")).value == 1
