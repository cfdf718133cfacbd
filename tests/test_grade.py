"""One submission: retried where we broke, never a zero for it; what comes back is readable."""

from contextlib import contextmanager
from dataclasses import replace

import nbformat
import pytest
from bank.build import CLASS, filled

from autograder import grade
from autograder.grade import DEFAULT, How, grade_notebook, grade_submission
from autograder.manifest import Manifest
from autograder.own import check_notebook
from autograder.sandbox import CellLog, SandboxMissing
from autograder.subject import LocalSubject, Lost
from autograder.submission import Notebook

SLUG = "queries_keys_values"
MANIFEST = Manifest.load(SLUG)
ANSWERS = (CLASS / "amara" / f"{SLUG}.py").read_text()
RIGHT = Notebook(filled(SLUG, ANSWERS), "f" * 64)


class Session:
    """A session without a sandbox: the cells run here. For right answers only."""

    isolation = "none, a test"

    def __init__(self, cells):
        self.names = {}
        self.log = ()
        for cell in cells:
            if "%pip" not in cell.source:
                exec(cell.source, self.names)
                self.log += (CellLog(cell.id, "ok", stderr="a \x1b[31mwarning"),)

    def subject(self, name):
        return LocalSubject(self.names[name])


@pytest.fixture
def sessions(monkeypatch):
    """``open_session`` without a sandbox: first raises what the test puts into the list."""
    failures: list[BaseException] = []

    @contextmanager
    def open_session(cells, provides, limits, backend, device):
        assert provides == MANIFEST.provides
        if failures:
            raise failures.pop(0)
        yield Session(cells)

    monkeypatch.setattr(grade, "open_session", open_session)
    return failures


def test_a_right_submission_gets_all_points_and_a_seed_of_its_own(sessions):
    one, two = (grade_notebook(RIGHT, "ada", MANIFEST) for _ in range(2))
    assert (one.status, one.points, one.max_points) == ("graded", 14, 14)
    assert one.student == "ada"
    assert one.submission_sha256 == RIGHT.sha256
    assert one.release_sha256 == MANIFEST.sha256
    assert one.exercises[0].seed != two.exercises[0].seed


def test_a_seed_can_be_replayed(sessions):
    verdict = grade_notebook(RIGHT, "ada", MANIFEST, How(seed=7))
    assert {exercise.seed for exercise in verdict.exercises} == {7}


def test_where_we_broke_once_the_second_try_counts(sessions):
    sessions.append(OSError("no more processes"))
    assert grade_notebook(RIGHT, "ada", MANIFEST).points == 14


def test_where_we_broke_twice_nobody_gets_a_zero(sessions):
    sessions += [OSError("no more processes"), Lost("the sandbox went away", "ours")]
    verdict = grade_notebook(RIGHT, "ada", MANIFEST)
    assert verdict.status == "incomplete"
    assert {exercise.status for exercise in verdict.exercises} == {"broke"}
    assert {exercise.points for exercise in verdict.exercises} == {None}
    assert "the sandbox went away" in verdict.exercises[0].error


def test_a_fault_in_one_check_of_ours_leaves_the_others_judged(sessions, monkeypatch):
    def broken(rng):
        raise ZeroDivisionError("in our cases")

    known = grade.checks.load(SLUG)
    exercises = [replace(e, cases=broken) if e.name == "entropy" else e for e in known]
    wrong = replace(known, exercises=tuple(exercises))
    monkeypatch.setattr(grade.checks, "load", lambda slug: wrong)
    verdict = grade_notebook(RIGHT, "ada", MANIFEST)
    assert {e.exercise: e.points for e in verdict.exercises if e.status == "broke"} == {
        "entropy": None
    }
    assert verdict.points == 13
    assert verdict.reason == "We could not judge entropy."


def test_a_missing_sandbox_stops_everything(sessions):
    sessions.append(SandboxMissing("bubblewrap is not installed: run `apt-get install bubblewrap`"))
    with pytest.raises(SandboxMissing, match="apt-get install"):
        grade_notebook(RIGHT, "ada", MANIFEST)


def test_the_points_are_the_releases(sessions):
    exercises = tuple(e.model_copy(update={"points": 10 * e.points}) for e in MANIFEST.exercises)
    manifest = MANIFEST.model_copy(update={"exercises": exercises})
    assert grade_notebook(RIGHT, "ada", manifest).points == 140


def test_terminal_escapes_do_not_reach_the_verdict(sessions):
    rude = ANSWERS.replace("return -torch", "raise ValueError('\\x1b[2J\\u202eevil'); -torch")
    verdict = grade_notebook(Notebook(filled(SLUG, rude), ""), "ada", MANIFEST)
    text = verdict.model_dump_json()
    assert "evil" in text
    assert not [mark for mark in ("\\u001b", "\x1b", "\u202e") if mark in text]
    assert verdict.cells[0].stderr == "a [31mwarning"


def test_the_verdict_keeps_answers_in_words_and_what_befell_cells(sessions):
    verdict = grade_notebook(RIGHT, "ada", MANIFEST)
    (words,) = verdict.written
    assert (words.name, words.max_points) == ("keys_tie", 3)
    assert words.text.startswith("The dot product grows")
    answers = [cell.exercise for cell in verdict.cells if cell.exercise]
    assert answers == [exercise.name for exercise in MANIFEST.exercises]


def test_a_rejected_submission_has_a_reason_and_no_points(tmp_path):
    verdict = grade_submission(tmp_path / f"{SLUG}.ipynb", "ada", MANIFEST, DEFAULT)
    assert (verdict.status, verdict.points, verdict.max_points) == ("rejected", 0, 14)
    assert verdict.reason == f"there is no {SLUG}.ipynb in the submission."


# ---------------------------------------------------------------- a student's own run


def test_a_student_checks_their_notebook_under_any_name(tmp_path, capfd):
    path = tmp_path / "my work.ipynb"
    source = ANSWERS.replace("def entropy(weights):", "print('mine')\ndef entropy(weights):", 1)
    path.write_text(nbformat.writes(filled(SLUG, source)))
    verdict = check_notebook(path, seed=3)
    assert verdict.points == 14
    assert verdict.assignment == SLUG
    out, err = capfd.readouterr()
    assert "mine" not in out
    assert "mine" in err


def test_what_is_no_notebook_of_the_course_is_said(tmp_path):
    with pytest.raises(FileNotFoundError, match="there is no notebook"):
        check_notebook(tmp_path / "x.ipynb")
    (tmp_path / "x.ipynb").write_text("{")
    with pytest.raises(LookupError, match="damaged or cut off"):
        check_notebook(tmp_path / "x.ipynb")
    (tmp_path / "x.ipynb").write_text('{"nbformat": 4, "cells": []}')
    with pytest.raises(LookupError, match="no exercise of this course"):
        check_notebook(tmp_path / "x.ipynb")


def test_an_answer_that_is_missing_is_an_error_of_its_exercise_alone(tmp_path):
    path = tmp_path / f"{SLUG}.ipynb"
    deleted = ANSWERS.replace("# %% most_read", "# %% most_read [deleted]")
    deleted = deleted.replace("# %% SoftDictionary", "# %% own\n1 / 0\n\n# %% SoftDictionary")
    path.write_text(nbformat.writes(filled(SLUG, deleted)))
    verdict = check_notebook(path, seed=3)
    failed = {e.exercise: e.error for e in verdict.exercises if e.status != "passed"}
    assert list(failed) == ["most_read"]
    assert "defines no most_read" in failed["most_read"]
    (raised,) = [cell for cell in verdict.cells if cell.status == "error"]
    assert raised.error == "ZeroDivisionError: division by zero\nline 1: 1 / 0"
