"""What submissions may try, each in a real sandbox, and what must hold whatever they do.

The attacks are folders of ``tests/bank/attacks``. An ``attack.toml`` says which ``rows`` of the
threat model it belongs to, what it ``tries``, and what it must get: the exercises that it ``fails``
and the mistake that is named (empty for none, ``*`` where chance decides), or why it is
``rejected``; and, where there is something to tell, what the verdict ``says`` of an exercise, the
``cells`` that something befell, its ``flags`` and how many ``strays`` lie beside it.
"""

import hashlib
import os
import re
import socket
import tempfile
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import pytest
from bank.build import ATTACKED, ATTACKS, ROOT, build_attacks
from nbgrader.api import Gradebook

from autograder.classroom import Summary, grade_class
from autograder.course import assemble
from autograder.grade import How
from autograder.sandbox import Limits
from autograder.verdict import ExerciseVerdict, Verdict

LIMITS = Limits(
    seconds_per_check=8,
    seconds_per_cell=8,
    seconds_in_all=60,
    memory_mb=512,
    processes=32,
    tmp_mb=16,
    output_kb=32,
)
TOKEN = f"86{os.getpid():07d}"  # seconds to sleep, and part of names: nobody else's
pytestmark = pytest.mark.bank
NAMES = sorted(path.parent.name for path in ATTACKS.glob("*/attack.toml"))


@dataclass
class Battle:
    """The graded attacks, and what was outside before and after."""

    course: Path
    summary: Summary
    verdicts: dict[str, Verdict]
    before: dict[str, str]
    after: dict[str, str]
    visitors: int


def wanted(name: str) -> dict[str, Any]:
    return tomllib.loads((ATTACKS / name / "attack.toml").read_text("utf-8"))


def hashes(folder: Path) -> dict[str, str]:
    """What is in a folder, by path: of a file its hash, of a link its aim."""
    found = {}
    for path in sorted(folder.rglob("*")):
        if "__pycache__" in path.parts:
            continue
        if path.is_symlink():
            found[str(path)] = str(path.readlink())
        elif path.is_file():
            found[str(path)] = hashlib.sha256(path.read_bytes()).hexdigest()
    return found


def children() -> set[int]:
    """The processes that come of this one, without those that only wait to start others."""
    family = psutil.Process().children(recursive=True)
    return {process.pid for process in family if "multiprocessing" not in str(process.cmdline())}


@pytest.fixture(scope="module")
def battle(tmp_path_factory: pytest.TempPathFactory) -> Battle:
    folder = tmp_path_factory.mktemp("attacks")
    course, submissions = folder / "course", folder / "submissions"
    assemble(course)
    with socket.create_server(("127.0.0.1", 0)) as server:
        places = {"COURSE": course, "SUBMISSIONS": submissions, "ROOT": ROOT, "TOKEN": TOKEN}
        places["PORT"] = server.getsockname()[1]
        build_attacks(submissions, {name: str(place) for name, place in places.items()})
        releases = hashes(course)
        before = hashes(submissions) | hashes(ROOT / "autograder") | hashes(ROOT / "tests/bank")
        running = children()
        summary = grade_class(submissions, course, how=How(limits=LIMITS), jobs=4)
        assert children() <= running, "a process of a sandbox is left"
        after = hashes(submissions) | hashes(ROOT / "autograder") | hashes(ROOT / "tests/bank")
        visitors = _visitors(server)
    graded = hashes(course)
    made = {path for path in graded if path not in releases}
    before |= {path: value for path, value in releases.items() if not path.endswith(".db")}
    after |= {path: value for path, value in graded.items() if path not in made | {""}}
    after = {path: value for path, value in after.items() if not path.endswith(".db")}
    files = sorted(course.glob("verdicts/*/*.json"))
    verdicts = {f.parent.name: Verdict.model_validate_json(f.read_bytes()) for f in files}
    return Battle(course, summary, verdicts, before, after, visitors)


def _visitors(server: socket.socket) -> int:
    server.setblocking(False)
    try:
        server.accept()[0].close()
    except BlockingIOError:
        return 0
    return 1


def words(exercise: ExerciseVerdict) -> str:
    """All that the verdict says of why an exercise failed."""
    return "\n".join([exercise.error, *(fact.because for fact in exercise.facts)])


# ---------------------------------------------------------------- each attack


@pytest.mark.parametrize("name", NAMES)
def test_an_attack_gets_what_it_deserves(battle: Battle, name: str):
    want, verdict = wanted(name), battle.verdicts[name]
    if "rejected" in want:
        assert (verdict.status, verdict.reason) == ("rejected", want["rejected"])
        assert verdict.points == 0
        return
    assert verdict.status == "graded", f"{want['tries']} We broke: {verdict.reason}"
    assert verdict.isolation.startswith("bubblewrap")
    _other_exercises_are_right(want, verdict)
    for exercise in verdict.exercises:
        if exercise.exercise in want["fails"]:
            _fails(want, exercise)
    befell = [cell.status for cell in verdict.cells if cell.status != "ok"]
    assert befell == want.get("cells", []), "what befell a cell is not told"
    flags = [flag.reason for exercise in verdict.exercises for flag in exercise.flags]
    assert flags == want.get("flags", [])


def _other_exercises_are_right(want: dict[str, Any], verdict: Verdict) -> None:
    others = [e for e in verdict.exercises if e.exercise not in want["fails"]]
    hurt = {e.exercise: words(e) for e in others if e.status != "passed"}
    assert not hurt, "the attack changed another exercise's verdict"
    assert all(e.points == e.max_points for e in others)


def _fails(want: dict[str, Any], exercise: ExerciseVerdict) -> None:
    assert exercise.status == "failed", f"{want['tries']} It got {exercise.status}."
    assert exercise.points == 0
    mistake = want["fails"][exercise.exercise]
    named = exercise.misconception.name if exercise.misconception else ""
    if mistake != "*":
        assert named == mistake, f"judged unlike honest wrong code: {words(exercise)}"
    assert want.get("says", {}).get(exercise.exercise, "") in words(exercise)


def test_an_attack_is_described():
    for name in NAMES:
        want = wanted(name)
        assert want["rows"], name
        assert want["tries"].endswith("."), name
        assert ("fails" in want) != ("rejected" in want), name


# ---------------------------------------------------------------- what is outside


def test_nobody_is_lost_and_we_broke_nothing(battle: Battle):
    assert sorted(battle.verdicts) == NAMES
    assert battle.summary.broke == []
    rejected = [name for name in NAMES if "rejected" in wanted(name)]
    assert len(battle.summary.rejected) == len(rejected)
    assert battle.summary.graded == len(NAMES) - len(rejected)


def test_the_gradebook_holds_the_verdicts_and_nothing_else(battle: Battle):
    with Gradebook(f"sqlite:///{battle.course}/gradebook.db") as gradebook:
        scores = {s.student.id: s.score for s in gradebook.assignment_submissions(ATTACKED)}
        most = {cell.name: cell.max_score for cell in _cells(gradebook)}
    assert scores == {name: verdict.points for name, verdict in battle.verdicts.items()}
    right = battle.verdicts["control_right"]
    assert {e.exercise: e.max_points for e in right.exercises}.items() <= most.items()


def _cells(gradebook: Gradebook) -> list[Any]:
    return gradebook.find_notebook(ATTACKED, ATTACKED).grade_cells


def test_no_file_outside_has_changed(battle: Battle):
    assert battle.after == battle.before
    made = [str(p) for t in ("/tmp", "/dev/shm") for p in Path(t).glob(f"attnbook-attack-{TOKEN}*")]
    assert made == []
    assert not list(battle.course.parent.rglob("escaped.txt"))


def test_no_process_is_left(battle: Battle):
    for process in Path("/proc").glob("[0-9]*"):
        try:
            command = (process / "cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        assert TOKEN.encode() not in command, f"{process.name} outlived its sandbox"


def test_no_folder_of_a_sandbox_is_left(battle: Battle):
    assert not list(Path(tempfile.gettempdir()).glob(f"attnbook-{os.getpid()}-*"))


def test_nobody_came_by_network(battle: Battle):
    assert battle.visitors == 0


def test_strays_are_told(battle: Battle):
    told = [line for line in battle.summary.strays if line.startswith("module_beside/")]
    assert len(told) == wanted("module_beside")["strays"]
    assert any("archive" in line for line in battle.summary.strays)


def test_what_is_shown_is_neither_markup_nor_an_escape(battle: Battle):
    pages = {page.parent.name: page.read_text("utf-8") for page in _pages(battle)}
    assert sorted(pages) == NAMES
    for page in [*pages.values(), (battle.course / "feedback/index.html").read_text("utf-8")]:
        assert "<script" not in page
        assert "<img" not in page
        assert not {"\x1b", "\u202e"} & set(page)
        assert len(page) < 1 << 20
    assert "&lt;script&gt;alert(1)" in pages["markup_in_errors"]


def _pages(battle: Battle) -> list[Path]:
    return list(battle.course.glob(f"feedback/*/{ATTACKED}.html"))


# ---------------------------------------------------------------- what SECURITY.md says


def test_the_promises_name_their_tests_and_every_attack_is_named():
    rows = re.findall(r"^\| (\d+) \|.*\| (.+) \|$", (ROOT / "SECURITY.md").read_text(), re.M)
    assert [int(row) for row, _ in rows] == list(range(1, 48))
    named = {(int(row), test) for row, tests in rows for test in re.findall("`(.+?)`", tests)}
    attacks = {(row, name) for name in NAMES for row in wanted(name)["rows"]}
    assert {(row, test) for row, test in named if "::" not in test} == attacks
    for _, test in named - attacks:
        file, name = test.split("::")
        assert f"\ndef {name}(" in (ROOT / file).read_text("utf-8"), f"there is no {test}"
