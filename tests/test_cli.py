"""The commands as a person types them: help, wrong input, exit codes."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from autograder import classroom, release, verify, writer
from autograder.cli import app

ROOT = Path(__file__).parent.parent
EXERCISE = ROOT / "exercises/queries_keys_values/queries_keys_values.ipynb"


def run(*arguments):
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def test_without_arguments_it_says_what_there_is():
    result = run()
    assert all(name in result.output for name in ("check", "release", "course", "grade", "verify"))


def test_a_students_installation_is_told_what_the_command_needs():
    code = "import sys; sys.modules['typer'] = None; import autograder.cli"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "error: grading needs more packages: run `pip install -e '.[grade]'`\n"


@pytest.mark.parametrize(
    "command", ["check", "release", "course", "grade", "foreign", "doctor", "verify"]
)
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
        (
            ("grade", ROOT / "tests", "--course", "somewhere", "--only", "nobody"),
            "no student and no assignment 'nobody'",
        ),
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


@pytest.fixture
def asked(monkeypatch):
    """What ``autograder grade`` asks for, in place of doing it."""
    calls = []

    def grade_class(*places, **options):
        calls.append(options)
        return writer.Summary(**summary)

    summary = {}
    monkeypatch.setattr(classroom, "grade_class", grade_class)
    return calls, summary


def test_grade_passes_on_what_was_asked(asked):
    calls, _ = asked
    words = "--only ada --only bob --device cpu --jobs 3 --seed 5 --time-limit 60"
    words += " --memory-limit 1000 --scheduler tls://a:1 --force --backend podman"
    assert run("grade", "in", "--course", "out", *words.split()).exit_code == 0
    (options,) = calls
    how = options.pop("how")
    assert (how.seed, how.backend, how.limits.memory_mb) == (5, "podman", 1000)
    assert (how.limits.seconds_per_check, how.limits.seconds_in_all) == (60, 1200)
    assert options == {
        "only": ["ada", "bob"],
        "force": True,
        "device": "cpu",
        "jobs": 3,
        "scheduler": "tls://a:1",
    }


def test_grades_are_made_on_the_cpu_unless_somebody_asks_for_more(asked):
    calls, _ = asked
    assert run("grade", "in", "--course", "out").exit_code == 0
    assert (calls[0]["device"], calls[0]["how"].backend) == ("cpu", "bubblewrap")


def test_containers_have_no_gpu(asked):
    result = run("grade", "in", "--course", "out", "--backend", "podman", "--device", "cuda")
    assert result.exit_code == 2
    assert "podman's containers have no GPU: use `--device cpu`" in result.stderr
    assert asked[0] == []


def test_without_podman_its_backend_refuses_and_nobody_is_graded(
    monkeypatch, tmp_path, empty_course
):
    course = Path(shutil.copytree(empty_course, tmp_path / "course"))
    notebook = tmp_path / "in/ada/queries_keys_values/queries_keys_values.ipynb"
    notebook.parent.mkdir(parents=True)
    notebook.write_bytes(EXERCISE.read_bytes())
    monkeypatch.setenv("PATH", str(tmp_path))
    result = run("grade", tmp_path / "in", "--course", course, "--backend", "podman")
    assert result.exit_code == 2
    assert "podman is not installed: run `apt-get install podman`" in result.stderr
    assert "Traceback" not in result.output
    assert not list(course.glob("verdicts/*/*"))


def test_no_sandbox_is_loud(asked):
    calls, _ = asked
    result = run("grade", "in", "--course", "out", "--unconfined")
    assert "No sandbox: students' code runs with all your rights." in result.output
    assert calls[0]["how"].backend == "none"


@pytest.mark.parametrize(
    ("summary", "code"),
    [
        ({"broke": ["ada/one: we"]}, 1),
        ({"stopped": "the scheduler is gone"}, 1),
        ({"stopped": "stopped", "signal": 2}, 130),
        ({"rejected": ["ada/one: damaged"]}, 0),
    ],
)
def test_how_grading_ended_is_the_exit_code(asked, summary, code):
    asked[1].update(summary)
    assert run("grade", "in", "--course", "out").exit_code == code


def test_a_dry_run_says_what_and_why_and_touches_nothing(tmp_path):
    notebook = tmp_path / "in/ada/queries_keys_values/queries_keys_values.ipynb"
    notebook.parent.mkdir(parents=True)
    notebook.write_bytes(EXERCISE.read_bytes())
    result = run("grade", tmp_path / "in", "--course", tmp_path / "out", "--dry-run")
    assert result.exit_code == 0
    assert "ada/queries_keys_values: new\n1 would be graded, 0 are unchanged" in result.output
    assert not (tmp_path / "out").exists()
