"""A seed says it all: with it, every verdict comes out the same, but for what time had to do with.

How long things took differs, and how long they were allowed to, which follows the machine's load.
"""

import json
import re
import shutil
from pathlib import Path

import pytest
from bank.build import build
from typer.testing import CliRunner

from autograder.classroom import grade_class
from autograder.cli import app
from autograder.course import assemble
from autograder.grade import How
from autograder.sandbox import Limits


@pytest.fixture(scope="module")
def class_of(tmp_path_factory):
    """The sample class's submissions, and an empty course."""
    folder = tmp_path_factory.mktemp("replay")
    build(folder / "submissions")
    assemble(folder / "empty")
    return folder / "submissions", folder / "empty"


def timeless(course: Path) -> dict[str, str]:
    """Every verdict as its file has it, without how long anything took or was allowed to."""

    def without(value):
        match value:
            case dict():
                return {
                    key: without(item)
                    for key, item in value.items()
                    if key not in ("seconds", "limits")
                }
            case list():
                return [without(item) for item in value]
            case str():
                return re.sub(r"within [\d.]+ s", "in time", value)
        return value

    files = sorted(course.glob("verdicts/*/*.json"))
    return {
        str(f.relative_to(course)): json.dumps(without(json.loads(f.read_text()))) for f in files
    }


def seeds(course: Path, student: str) -> set[int]:
    (file, *_) = course.glob(f"verdicts/{student}/*.json")
    return {exercise["seed"] for exercise in json.loads(file.read_text())["exercises"]}


@pytest.mark.bank
def test_a_class_graded_again_with_its_seed_gets_the_same_verdicts(class_of, tmp_path):
    submissions, empty = class_of
    first, again = (Path(shutil.copytree(empty, tmp_path / name)) for name in ("one", "two"))
    limits = Limits(seconds_per_check=5)  # one of the class hangs
    grade_class(submissions, first, how=How(limits=limits))
    (seed,) = seeds(first, "dalia")
    grade_class(submissions, again, how=How(seed, limits))
    assert seeds(again, "dalia") == {seed}
    before, after = timeless(first), timeless(again)
    assert len(before) > 15
    assert before == after


def test_one_verdict_is_replayed_by_its_seed_alone(class_of, tmp_path):
    submissions, empty = class_of
    first, again, other = (Path(shutil.copytree(empty, tmp_path / name)) for name in "abc")
    grade_class(submissions, first, only=["dalia"])
    (seed,) = seeds(first, "dalia")
    for course, chosen in ((again, seed), (other, seed + 1)):
        arguments = ["grade", submissions, "--course", course, "--only", "dalia", "--seed", chosen]
        assert CliRunner().invoke(app, [str(a) for a in arguments]).exit_code == 0
    assert timeless(first) == timeless(again)
    assert timeless(first) != timeless(other), "the seed changes nothing: is it used?"
    page = (again / "feedback/dalia/queries_keys_values.html").read_text("utf-8")
    assert f"seed={seed}" in page
