"""The commands as a person types them: help, wrong input, exit codes."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from autograder import release, verify
from autograder.cli import app

ROOT = Path(__file__).parent.parent
EXERCISE = ROOT / "exercises/queries_keys_values/queries_keys_values.ipynb"


def run(*arguments):
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def test_without_arguments_it_says_what_there_is():
    result = run()
    assert all(name in result.output for name in ("check", "release", "course", "grade", "verify"))


@pytest.mark.parametrize("command", ["check", "release", "course", "grade", "doctor", "verify"])
def test_every_command_explains_itself(command):
    result = run(command, "--help")
    assert result.exit_code == 0
    assert "Usage" in result.output


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("check", "nowhere.ipynb"), "there is no notebook nowhere.ipynb"),
        (("check", ROOT / "README.md"), "is no notebook"),
        (("grade", "nowhere", "--course", "somewhere"), "no folder of submissions"),
        (("course", ROOT / "book"), "name a new or empty folder"),
    ],
)
def test_wrong_input_gets_a_sentence_and_exit_code_two(arguments, says):
    result = run(*arguments)
    assert result.exit_code == 2
    assert says in " ".join(result.output.split())
    assert "Traceback" not in result.output
    assert not Path("somewhere").exists()


def test_an_unsolved_notebook_fails_and_says_so_as_json():
    result = run("check", EXERCISE, "--json", "--seed", "1")
    assert result.exit_code == 1
    verdict = json.loads(result.stdout)
    assert {e["misconception"]["name"] for e in verdict["exercises"]} == {"not started yet"}
    assert {e["seed"] for e in verdict["exercises"]} == {1}


def test_an_unsolved_notebook_fails_in_words_too():
    result = run("check", EXERCISE)
    assert result.exit_code == 1
    assert "0 of 14 points" in result.output


def test_a_stale_release_names_its_mend(monkeypatch):
    monkeypatch.setattr(release, "stale", lambda: [Path("exercises/a/a.ipynb")])
    result = run("release", "--check")
    assert result.exit_code == 1
    assert "exercises/a/a.ipynb" in result.output
    assert "run `autograder release`" in result.output


def test_verify_prints_its_counts_as_json_and_fails_on_a_problem(monkeypatch):
    report = verify.Report(exercises=1, facts=2, misconceptions=3, killed=3, named=2)
    monkeypatch.setattr(verify, "verify", lambda: report)
    result = run("verify", "--json")
    assert result.exit_code == 0
    assert json.loads(result.stdout)["named"] == 2
    report.problems.append("entropy: the mistake 'x' passes")
    result = run("verify")
    assert result.exit_code == 1
    assert "✗ entropy" in result.output
