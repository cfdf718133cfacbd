"""nbgrader's own autograde, in a course of ours: it grades, and runs nothing itself."""

import json
import os
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from bank.build import CLASS, filled
from books import SLUG, everything
from courses import environment, formgrader, nbgrader
from nbgrader.apps.api import NbGraderAPI
from nbgrader.coursedir import CourseDirectory
from traitlets.config import Config

from autograder.classroom import grade_class
from autograder.source import ROOT

ANSWERS = (CLASS / "amara" / f"{SLUG}.py").read_text("utf-8")
MARK = "ran_beside_the_gradebook"


def hand_in(course: Path, student: str, answers: str) -> None:
    path = course / "submitted" / student / SLUG / f"{SLUG}.ipynb"
    path.parent.mkdir(parents=True)
    nbformat.write(filled(SLUG, answers), path)


@pytest.fixture
def attacked(course: Path, tmp_path: Path) -> Path:
    """A course with a right and a wrong submission, each of which leaves a mark where it runs."""
    leave = f"open({str(tmp_path / MARK)!r}, 'w')"
    mark = f"# %% top\n{MARK} = 1\ntry:\n    {leave}\nexcept OSError:\n    pass\n"
    hand_in(course, "ada", mark + ANSWERS)
    hand_in(course, "bob", mark + ANSWERS.replace("-torch.special", "torch.special"))
    return course


# Ends nbgrader at the first code object that holds the mark, at the first source that does, at a
# kernel's start and at stock Execute. That the trap works is tried before.
TRAP = f"""
import os, sys

def holds(code):
    inner = [one for one in code.co_consts if hasattr(one, "co_names")]
    return {MARK!r} in code.co_names or any(map(holds, inner))

def trap(event, args):
    if event == "exec" and holds(args[0]):
        caught()
    if event == "compile" and {MARK!r} in str(args[0]):
        caught()

def caught(*_, **__):
    print("TRAPPED", flush=True)
    os._exit(99)

sys.addaudithook(trap)
from nbconvert.preprocessors import ExecutePreprocessor
from nbgrader.preprocessors import Execute
from jupyter_client import KernelManager
ExecutePreprocessor.preprocess = Execute.preprocess = KernelManager.start_kernel = caught
if sys.argv[1] == "try":
    exec({MARK!r} + " = 1")
from nbgrader.apps.nbgraderapp import NbGraderApp
sys.exit(NbGraderApp.launch_instance(sys.argv[1:]))
"""


def trapped(course: Path, *words: str) -> subprocess.CompletedProcess[str]:
    paths = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])
    return subprocess.run(
        [sys.executable, "-c", TRAP, *words],
        cwd=course,
        env=environment(course.parent) | {"PYTHONPATH": paths},
        capture_output=True,
        text=True,
        timeout=300,
    )


def test_nbgraders_autograde_grades_as_ours_and_executes_nothing_itself(
    attacked: Path, empty_course: Path, tmp_path: Path
):
    assert trapped(attacked, "try").returncode == 99
    done = trapped(attacked, "autograde", SLUG)
    assert done.returncode == 0, done.stdout + done.stderr
    assert not (tmp_path / MARK).exists()
    found = everything(attacked)
    assert {name: one["score"] for name, one in found.items()} == {
        f"ada/{SLUG}": 14,
        f"bob/{SLUG}": 13,
    }
    for student in ("ada", "bob"):
        assert (attacked / "verdicts" / student / f"{SLUG}.json").is_file()
        assert (attacked / "feedback" / student / f"{SLUG}.html").is_file()
    grade_class(attacked / "submitted", attacked, force=True)
    assert everything(attacked) == found


def test_it_takes_the_students_that_were_asked_for_and_tells_what_failed(
    attacked: Path, tmp_path: Path
):
    (attacked / "submitted" / "bob" / SLUG / f"{SLUG}.ipynb").write_text("{")
    other = attacked / "submitted" / "bob" / "human_attention" / "human_attention.ipynb"
    other.parent.mkdir()
    other.write_text("{")
    nobody = nbgrader(attacked, "autograde", SLUG, "--CourseDirectory.student_id_exclude=ada,bob")
    assert nobody.returncode == 0, nobody.stderr
    assert everything(attacked) == {}
    done = nbgrader(attacked, "autograde", SLUG, "--student", "bob")
    assert done.returncode == 0, done.stderr
    assert f"rejected: bob/{SLUG}: the file is no notebook" in done.stderr
    assert "human_attention" not in done.stderr
    assert list(everything(attacked)) == [f"bob/{SLUG}"]
    path = os.pathsep.join(
        folder
        for folder in os.environ["PATH"].split(os.pathsep)
        if not Path(folder, "bwrap").exists()
    )
    assert path
    environ = environment(attacked.parent) | {"PATH": path}
    without = subprocess.run(
        [sys.executable, "-m", "nbgrader", "autograde", SLUG, "--student", "ada"],
        cwd=attacked,
        env=environ,
        capture_output=True,
        text=True,
    )
    assert without.returncode == 1
    assert "bubblewrap" in without.stderr
    assert list(everything(attacked)) == [f"bob/{SLUG}"]
    assert not (tmp_path / MARK).exists()


def test_formgraders_button_grades_and_feedback_follows(attacked: Path, tmp_path: Path):
    with formgrader(attacked) as fetch:
        said = json.loads(fetch(f"api/submission/{SLUG}/bob/autograde", post=True))
        assert said["success"], said
        listed = json.loads(fetch(f"api/submissions/{SLUG}"))
        feedback = json.loads(fetch(f"api/assignment/{SLUG}/generate_feedback", post=True))
    assert {one["student"]: one["autograded"] for one in listed} == {"ada": False, "bob": True}
    assert {one["student"]: one["score"] for one in listed} == {"ada": 0, "bob": 13}
    assert feedback["success"], feedback
    assert "entropy: not yet" in (attacked / "feedback/bob" / SLUG / f"{SLUG}.html").read_text()
    assert not (tmp_path / MARK).exists()


def test_an_nbgrader_without_the_configuration_runs_no_student_code(attacked: Path, tmp_path: Path):
    config = Config()
    config.CourseDirectory.root = str(attacked)
    api = NbGraderAPI(CourseDirectory(config=config))
    outcome = api.autograde(SLUG, "ada")
    assert not outcome["success"]
    assert "No such kernel named graded-by-autograder" in outcome["log"]
    assert not (tmp_path / MARK).exists()
