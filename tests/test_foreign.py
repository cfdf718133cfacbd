"""Other people's courses: nbgrader's scores, from cells that ran in a sandbox."""

import json
import os
import shutil
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from foreign import MORE, SAMPLES, cell, convert, first, hand_in, put, quick_start, rows
from nbformat.v4 import new_code_cell
from nbgrader.api import Gradebook
from nbgrader.converters import Autograde, GenerateFeedback
from typer.testing import CliRunner

from autograder import beside
from autograder.cli import app
from autograder.course import CourseError
from autograder.files import alone
from autograder.foreign import Summary, grade
from autograder.sandbox import close_nurseries


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return quick_start(tmp_path_factory.mktemp("foreign"))


@pytest.fixture(scope="module", autouse=True)
def one_parent() -> Iterator[None]:
    """One warm parent for all tests: what ends it after each class is tried elsewhere."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("autograder.foreign.close_nurseries", lambda: None)
        yield
    close_nurseries()


@pytest.fixture
def course(empty: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(empty, tmp_path / "course"))


def nothing(_: Any) -> None:
    """No change: the solution."""


def graded(course: Path, slug: str = MORE) -> dict[str, Any]:
    """What each student got, in all and by cell, after a run in which nothing broke."""
    summary = grade(course, slug)
    assert not summary.broke, summary
    return rows(course, slug)


# ---------------------------------------------------------------- the same scores as nbgrader

LATE = (
    "from nbgrader.plugins import BasePlugin\n"
    "class Strict(BasePlugin):\n"
    "    def late_submission_penalty(self, student_id, score, total_seconds_late):\n"
    "        return 0.5 if total_seconds_late > 0 else None\n"
    "c.AssignLatePenalties.plugin_class = Strict\n"
)
WRONG = "def squares(n):\n    return [i**2 for i in range(n)]"
RAISES = "def squares(n):\n    raise RuntimeError('no')"
ON_STDERR = (
    "import sys\ndef squares(n):\n    print('careful', file=sys.stderr)\n"
    "    if n < 1:\n        raise ValueError\n    return [i**2 for i in range(1, n + 1)]"
)
WARNS = ON_STDERR.replace(
    "print('careful', file=sys.stderr)", "import warnings; warnings.warn('w')"
)
LEAVES = ON_STDERR.replace("print('careful', file=sys.stderr)", "sys.exit(0)")
QUICK = {
    "solved": nothing,
    "wrong": put("squares", WRONG),
    "untouched": None,
    "raises": put("squares", RAISES),
    "on_stderr": put("squares", ON_STDERR),
    "warns": put("squares", WARNS),
    "leaves": put("squares", LEAVES),
}
OTHERS = {
    "solved": nothing,
    "untouched": None,
    "in_part": put("double", "def double(x):\n    return 2 * x if x < 2 else 0"),
    "visible_only": put("double", "def double(x):\n    return 6 if x == 3 else 2"),
    "no_test": lambda notebook: notebook.cells.remove(cell(notebook, "hidden")),
    "top_level": first("%time 1\nimport asyncio\nawait asyncio.sleep(0)\nprint('x')\n3"),
    "own_number": put("double", "def double(x):\n    print(0.5)\n    return 2 * x\n1.0"),
}


def test_the_scores_are_those_of_nbgrader(course: Path, tmp_path: Path):
    with (course / "nbgrader_config.py").open("a") as config:
        config.write(LATE)
    for sample in sorted(SAMPLES.iterdir()):
        shutil.copytree(sample, course / "submitted" / sample.name)
    for student, change in QUICK.items():
        folder = hand_in(course, student, "ps1", change)
        if student not in ("solved", "untouched"):  # nothing else of it is in there
            (folder / "problem2.ipynb").unlink()
    for student, change in OTHERS.items():
        hand_in(course, student, MORE, change)
    with Gradebook(f"sqlite:///{course / 'gradebook.db'}", "course") as gradebook:
        gradebook.update_or_create_assignment("ps1", duedate=datetime(2015, 2, 1, 16))
    stock = Path(shutil.copytree(course, tmp_path / "stock" / "course"))
    for slug, students in (("ps1", {*QUICK, "bitdiddle", "hacker"}), (MORE, set(OTHERS))):
        convert(Autograde, stock, slug)
        found, expected = graded(course, slug), rows(stock, slug)
        assert found == expected
        assert set(found) == students
        scores = {student: row["score"] for student, row in found.items()}
        assert len(set(scores.values())) > 3, "a comparison of what hardly differs"
    # What the numbers are, in case both are wrong.
    assert rows(course, MORE)["solved"]["score"] == 7
    assert rows(course, MORE)["in_part"]["more/partial"][0] == pytest.approx(4 / 3)
    assert rows(course, "ps1")["on_stderr"]["problem1/correct_squares"] == (0, 1, False)


def test_feedback_and_a_second_run_are_nbgraders(course: Path):
    hand_in(course, "ada", MORE, nothing)
    hand_in(course, "bob", MORE, put("double", "def double(x):\n    return x"))
    before = graded(course)
    convert(GenerateFeedback, course, MORE)
    page = (course / "feedback" / "bob" / MORE / f"{MORE}.html").read_text()
    assert "AssertionError" in page
    again = grade(course, MORE)
    assert (again.graded, again.found) == (0, 2)
    hand_in(course, "eve", MORE, None)
    assert (grade(course, MORE).graded, rows(course, MORE)["ada"]) == (1, before["ada"])
    assert grade(course, MORE, ["ada"], force=True).graded == 1
    assert rows(course, MORE)["ada"] == before["ada"]


# ---------------------------------------------------------------- what a student may try

# The search's own text must not be what it finds, hence the brackets.
SEARCH = r"""
import gc, os, re
from pathlib import Path

def _search():
    text, raw = re.compile("secret_of_the_cours[e]"), re.compile(b"secret_of_the_cours[e] = 7")
    found = [one for one in gc.get_objects() if isinstance(one, str) and text.search(one)]
    for top in ("/tmp", "/dev/shm", "/grader"):
        for place, _, files in os.walk(top):
            for name in files:
                try:
                    if raw.search(Path(place, name).read_bytes()):
                        found.append(name)
                except OSError:
                    pass
    with open("/proc/self/maps") as maps, open("/proc/self/mem", "rb") as memory:
        for line in maps.readlines():
            low, high = (int(end, 16) for end in line.split()[0].split("-"))
            if "rw" not in line:
                continue
            try:
                memory.seek(low)
                if raw.search(memory.read(high - low)):
                    found.append(line)
            except (OSError, OverflowError, ValueError):
                continue
    return len(found)
"""


def test_a_hidden_test_is_nowhere_before_its_turn(course: Path):
    tell = "\nprint('found', _search())"

    def change(notebook: Any) -> None:
        place = notebook.cells.index(cell(notebook, "hidden"))
        notebook.cells.insert(place, new_code_cell(f"assert True{tell}"))
        notebook.cells.append(new_code_cell(f"assert True{tell}"))
        notebook.cells.insert(0, new_code_cell(SEARCH))

    hand_in(course, "ada", MORE, change)
    graded(course)
    page = json.loads((course / "autograded" / "ada" / MORE / f"{MORE}.ipynb").read_bytes())
    told = [
        "".join(output["text"])
        for one in page["cells"]
        if "".join(one["source"]).startswith("assert True")
        for output in one["outputs"]
    ]
    before, after = (int(text.split()[1]) for text in told)
    assert before == 0
    assert after > 0, "the search finds nothing at all"


HARMS = {
    "loops": "def double(x):\n    while True:\n        pass",
    "ends": "import os\ndef double(x):\n    os._exit(0)",
    "grows": "def double(x):\n    held = []\n    while x:\n        held.append(bytearray(1 << 28))",
}


def test_what_hangs_ends_or_grows_costs_its_own_tests_alone(course: Path):
    with (course / "nbgrader_config.py").open("a") as config:
        config.write("c.Execute.timeout = 2\n")
    for student, source in HARMS.items():
        hand_in(course, student, MORE, put("double", source))
    hand_in(course, "right", MORE, nothing)
    found = graded(course)
    assert {student: row["score"] for student, row in found.items()} == {
        "loops": 1,  # the test of the file beside the notebook calls nothing of the student's
        "ends": 1,
        "grows": 1,
        "right": 7,
    }


def test_kinds_points_tests_and_tags_are_the_courses(course: Path):
    def cheat(notebook: Any) -> None:
        for one in notebook.cells:
            one.metadata["tags"] = ["skip-execution"]
            known = one.metadata.get("nbgrader", {})
            if known.get("grade"):
                one.source = "pass"
                known |= {"points": 100, "solution": True, "locked": False, "checksum": "0"}
        cell(notebook, "shown").metadata["nbgrader"]["grade"] = False
        hidden = cell(notebook, "hidden")
        hidden.update(cell_type="markdown")
        hidden.pop("outputs")
        hidden.pop("execution_count")
        notebook.cells.append(notebook.cells[notebook.cells.index(hidden)].copy())
        cell(notebook, "double").source = "def double(x):\n    return 'no'"

    hand_in(course, "eve", MORE, cheat)
    hand_in(course, "ann", MORE, put("double", "def double(x):\n    return 'no'"))
    found = graded(course)
    assert found["eve"] == found["ann"]
    assert found["ann"]["score"] == 1


def test_nothing_of_a_student_runs_beside_the_gradebook(course: Path, tmp_path: Path):
    leave = f"open({str(tmp_path / 'ran')!r}, 'w')"
    reach = f"open({str(course / 'gradebook.db')!r}, 'rb')"
    hand_in(course, "eve", MORE, first(f"for _ in (0,):\n    {leave}"))
    hand_in(course, "bob", MORE, first(f"assert not {reach}"))
    found = graded(course)
    assert not (tmp_path / "ran").exists()
    assert found["eve"]["score"] == found["bob"]["score"] == 7
    page = (course / "autograded" / "bob" / MORE / f"{MORE}.ipynb").read_text()
    assert "FileNotFoundError" in page


def test_tricks_that_are_stopped_and_tricks_that_are_not(course: Path):
    """What SECURITY.md says of asserts in the student's process, each sentence tried."""
    wrong = "def double(x):\n    return 'no'\n"
    stopped = {
        "displays": "def double(x):\n    get_ipython().displayhook(2.0)\n    return 'no'\n",
        "silent": wrong + "get_ipython().showtraceback = lambda *_, **__: None",
        "prints": "def double(x):\n    print('Out[9]: 2.0')\n    return 'no'\n",
        "writes": wrong + "from pathlib import Path\nPath('helpers.py').write_text('half = str')",
    }
    not_stopped = {
        "blanks": wrong + "get_ipython().input_transformers_cleanup.append(lambda lines: [])",
        "tree": wrong
        + "import ast\nclass Drop(ast.NodeTransformer):\n"
        + "    def visit_Assert(self, node):\n        return ast.Pass()\n"
        + "get_ipython().ast_transformers.append(Drop())",
        "shell": wrong
        + "shell = get_ipython()\nreal = shell.run_cell\n"
        + "shell.run_cell = lambda source, **kept: real('', **kept)",
        "equal": "class Yes:\n    __eq__ = lambda *_: True\ndef double(x):\n    return Yes()\n",
    }
    for student, source in {"honest": wrong, **stopped, **not_stopped}.items():
        hand_in(course, student, MORE, put("double", source))
    found = graded(course)
    marks = {student: row["more/shown"][0] for student, row in found.items()}
    assert marks == {"honest": 0, **dict.fromkeys(stopped, 0), **dict.fromkeys(not_stopped, 1)}


# ---------------------------------------------------------------- what cannot be read


def test_what_cannot_be_read_is_rejected_and_the_class_goes_on(course: Path):
    for student in ("ada", "link", "cut", "half", "pipe"):
        hand_in(course, student, "ps1" if student == "half" else MORE, nothing)
    (course / "submitted" / "link" / MORE / "passwords").symlink_to("/etc/passwd")
    (course / "submitted" / "cut" / MORE / f"{MORE}.ipynb").write_text("{")
    (course / "submitted" / "half" / "ps1" / "problem2.ipynb").write_text("{")
    pipe = course / "submitted" / "pipe" / MORE / f"{MORE}.ipynb"
    pipe.unlink()
    os.mkfifo(pipe)
    summary = grade(course, MORE)
    assert (summary.graded, summary.lost, summary.broke) == (1, 3, [])
    assert [line.split(":")[0] for line in summary.rejected] == [
        f"{student}/{MORE}" for student in ("cut", "link", "pipe")
    ]
    assert list(rows(course, MORE)) == ["ada"]
    assert not (course / "autograded" / "link").exists() or not list(
        (course / "autograded" / "link").iterdir()
    )
    summary = grade(course, "ps1")
    assert (summary.graded, summary.lost) == (1, 0)
    assert "half/ps1/problem2.ipynb: the file is no notebook" in str(summary)
    assert rows(course, "ps1")["half"]["problem2/part-a"] == (0, 1, False)
    assert rows(course, "ps1")["half"]["score"] == 3


def test_a_run_that_was_killed_is_taken_up(course: Path, monkeypatch: pytest.MonkeyPatch):
    hand_in(course, "ada", MORE, nothing)
    monkeypatch.setattr("autograder.foreign.Apart.convert_single_notebook", _killed)
    close_nurseries()  # a warm parent is its own process's
    child = os.fork()
    if child == 0:
        try:
            grade(course, MORE)
        finally:
            os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -9
    monkeypatch.undo()
    assert (course / "autograded" / "ada" / MORE).is_dir()
    assert graded(course)["ada"]["score"] == 7


def _killed(*_: Any) -> None:
    os.kill(os.getpid(), 9)


def test_files_beside_have_a_limit_and_hold_no_notebook(tmp_path: Path):
    for name in ("a.csv", "other.ipynb", ".hidden", "data/b.csv", ".git/config"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(name)
    assert [one.id for one in beside.cells(tmp_path)] == ["begin", "put a.csv", "put data/b.csv"]
    (tmp_path / "large").write_bytes(bytes(beside.MAX_BYTES))
    with pytest.raises(beside.Rejected, match="beside the notebook"):
        beside.cells(tmp_path)


# ---------------------------------------------------------------- the command


def test_the_command_says_what_is_wrong(course: Path, tmp_path: Path):
    def said(*words: str) -> str:
        done = CliRunner().invoke(app, ["foreign", *words])
        assert done.exit_code == 2, done.output
        return done.stderr

    assert "no nbgrader course" in said(str(tmp_path), "ps1")
    assert "nbgrader generate_assignment ps9" in said(str(course), "ps9")
    assert "nobody has handed in ps1" in said(str(course), "ps1")
    hand_in(course, "ada", MORE, nothing)
    assert "nobody called 'bob'" in said(str(course), MORE, "--only", "bob")
    done = CliRunner().invoke(app, ["foreign", str(course), MORE])
    assert done.exit_code == 0, done.output
    assert "1 graded, 0 unchanged, 0 not graded" in done.output


def test_our_own_courses_are_not_foreign(empty_course: Path):
    with pytest.raises(CourseError, match="autograder grade"):
        grade(empty_course, "queries_keys_values")


def test_two_do_not_grade_one_course(course: Path):
    says = f"is being graded already, by process {os.getpid()} on "
    with alone(course), pytest.raises(FileExistsError, match=says):
        grade(course, MORE)


def test_a_summary_is_one_line_where_all_is_well():
    assert str(Summary(found=3, graded=2)) == "2 graded, 1 unchanged, 0 not graded; 0.0 s"
