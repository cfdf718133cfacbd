"""Verdicts in nbgrader's gradebook, beside what people decided there."""

import copy
from datetime import datetime
from pathlib import Path

import nbformat
import pytest
from books import (
    ALL,
    MANIFEST,
    SLUG,
    answer,
    grade_by_hand,
    marks,
    open_gradebook,
    verdict_of,
)
from nbformat import NotebookNode

from autograder.course import CourseError
from autograder.gradebook import record
from autograder.source import ROOT

SCRIPT = "<script>alert(1)</script>"


@pytest.fixture
def course(any_course: Path) -> Path:
    return any_course


@pytest.fixture
def notebook() -> NotebookNode:
    """The released notebook, as a student opens it."""
    return nbformat.read(ROOT / "exercises" / SLUG / f"{SLUG}.ipynb", 4)


def test_points_are_the_verdicts(course: Path, notebook: NotebookNode):
    verdict = verdict_of(entropy=0.0, dot_product_attention=2.5)
    record(course, verdict, notebook, MANIFEST)
    found = marks(course)
    assert found["entropy"] == (0, None, False)
    assert found["dot_product_attention"] == (2.5, None, False)
    for name in set(ALL) - {"entropy", "dot_product_attention"}:
        assert found[name] == (ALL[name], None, False)


def test_what_could_not_be_judged_waits_for_a_person(course: Path, notebook: NotebookNode):
    record(course, verdict_of(entropy=None), notebook, MANIFEST)
    assert marks(course)["entropy"] == (None, None, True)
    verdict = verdict_of()
    fewer = verdict.model_copy(update={"exercises": verdict.exercises[1:], "student": "bob"})
    record(course, fewer, notebook, MANIFEST)
    assert marks(course, "bob")["stable_softmax"] == (None, None, True)


def test_words_wait_for_a_person_and_silence_does_not(course: Path, notebook: NotebookNode):
    record(course, verdict_of(), notebook, MANIFEST)
    assert marks(course)["keys_tie"] == (0, None, False)
    words = answer(notebook, "The third key is longer.")
    record(course, verdict_of(sha256="second"), words, MANIFEST)
    assert marks(course)["keys_tie"] == (None, None, True)


def test_again_changes_nothing(course: Path, notebook: NotebookNode):
    words = answer(notebook, "The third key is longer.")
    verdict = verdict_of(entropy=0.0, most_read=None)
    shown = record(course, verdict, copy.deepcopy(words), MANIFEST)
    grade_by_hand(course, "keys_tie", 2)
    grade_by_hand(course, "entropy", 0.5)
    grade_by_hand(course, "most_read", 1)
    before, page = marks(course), shown.read_bytes()
    assert not any(needs for _, _, needs in before.values())
    record(course, verdict, words, MANIFEST)
    assert marks(course) == before
    assert shown.read_bytes() == page


def test_a_new_submission_keeps_a_persons_points_and_asks_for_review(
    course: Path, notebook: NotebookNode
):
    words = answer(notebook, "The third key is longer.")
    record(course, verdict_of(), words, MANIFEST)
    grade_by_hand(course, "keys_tie", 2)
    record(course, verdict_of(sha256="second"), words, MANIFEST)
    assert marks(course)["keys_tie"] == (None, 2, True)


def test_what_people_add_survives_every_regrade(course: Path, notebook: NotebookNode):
    record(course, verdict_of(), notebook, MANIFEST)
    grade_by_hand(course, "entropy", 0.5, extra=0.25)
    with open_gradebook(course) as gradebook:
        comment = gradebook.find_comment("entropy_answer", SLUG, SLUG, "ada")
        comment.manual_comment = "Neat."
        gradebook.db.commit()
    for sha256 in ("first", "second"):
        record(course, verdict_of(sha256=sha256, entropy=0.0), notebook, MANIFEST)
        assert marks(course)["entropy"] == (0, 0.5, sha256 == "second")
        with open_gradebook(course) as gradebook:
            grade = gradebook.find_grade("entropy", SLUG, SLUG, "ada")
            assert (grade.extra_credit, grade.score) == (0.25, 0.75)
            comment = gradebook.find_comment("entropy_answer", SLUG, SLUG, "ada")
            assert (comment.manual_comment, comment.comment) == ("Neat.", "Neat.")


# ---------------------------------------------------------------- late


@pytest.fixture
def due(course: Path) -> Path:
    """The course with a due date, after which a submission gives nothing."""
    with (course / "nbgrader_config.py").open("a") as configuration:
        configuration.write('c.LateSubmissionPlugin.penalty_method = "zero"\n')
    with open_gradebook(course) as gradebook:
        gradebook.update_or_create_assignment(SLUG, duedate=datetime(2026, 3, 1, 12))
    return course


def late(course: Path) -> tuple[float | None, float, float]:
    """The penalty, the score before it, and the seconds, as nbgrader tells them."""
    with open_gradebook(course) as gradebook:
        submission = gradebook.find_submission(SLUG, "ada")
        [notebook] = submission.notebooks
        return notebook.late_submission_penalty, notebook.score, submission.total_seconds_late


def arrive(folder: Path, text: str) -> Path:
    (folder / "timestamp.txt").write_text(text)
    return folder / f"{SLUG}.ipynb"


def test_a_late_submission_is_penalised_at_every_regrade(
    due: Path, tmp_path: Path, notebook: NotebookNode
):
    path = arrive(tmp_path, "2026-03-01T08:00:30-05:00")  # an hour and 30 s late
    most = sum(ALL.values())
    for sha256 in ("first", "first", "second"):
        record(due, verdict_of(sha256=sha256), notebook, MANIFEST, path)
        assert late(due) == (most, most, 3630)
    grade_by_hand(due, "keys_tie", 2)
    record(due, verdict_of(sha256="second"), notebook, MANIFEST, path)
    assert late(due) == (most + 2, most + 2, 3630)
    (tmp_path / "timestamp.txt").unlink()  # nbgrader remembers
    record(due, verdict_of(sha256="second"), notebook, MANIFEST, path)
    assert late(due) == (most + 2, most + 2, 3630)


def test_a_penalty_goes_when_its_reason_does(due: Path, tmp_path: Path, notebook: NotebookNode):
    path, most = arrive(tmp_path, "2026-03-01 13:00:00 UTC"), sum(ALL.values())
    record(due, verdict_of(), notebook, MANIFEST, path)
    assert late(due) == (most, most, 3600)
    with open_gradebook(due) as gradebook:
        gradebook.grant_extension(SLUG, "ada", hours=2)
    record(due, verdict_of(), notebook, MANIFEST, path)
    assert late(due) == (None, most, 0)
    arrive(tmp_path, "2026-03-01 14:00:01 UTC")
    record(due, verdict_of(), notebook, MANIFEST, path)
    assert late(due) == (most, most, 1)
    with (due / "nbgrader_config.py").open("a") as configuration:
        configuration.write('c.LateSubmissionPlugin.penalty_method = "none"\n')
    record(due, verdict_of(), notebook, MANIFEST, path)
    assert late(due) == (None, most, 1)


def test_a_rejected_submission_is_recorded_with_its_reason(course: Path):
    reason = f"it is {SCRIPT} no notebook"
    failed = dict.fromkeys(ALL, 0.0)
    verdict = verdict_of(**failed).model_copy(update={"status": "rejected", "reason": reason})
    shown = nbformat.read(record(course, verdict, None, MANIFEST), 4)
    assert "could not be graded" in shown.cells[0].source
    assert "no notebook" in shown.cells[0].source
    assert "<script" not in shown.cells[0].source
    assert all(found == (0, None, False) for found in marks(course).values())


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"student": "../eve"}, "cannot be recorded: a student's name starts with"),
        ({"student": "*"}, "cannot be recorded: a student's name starts with"),
        ({"release_sha256": "of another release"}, "is not about this course's"),
        ({"assignment": "human_attention"}, "is not about this course's"),
    ],
)
def test_a_verdict_on_something_else_is_refused(
    course: Path, notebook: NotebookNode, change: dict, sentence: str
):
    verdict = verdict_of().model_copy(update=change)
    with pytest.raises(CourseError, match=sentence):
        record(course, verdict, notebook, MANIFEST)
    with open_gradebook(course) as gradebook:
        assert gradebook.students == []


def test_points_that_are_not_the_releases_are_refused(course: Path, notebook: NotebookNode):
    first, *others = verdict_of().exercises
    more = first.model_copy(update={"max_points": 50.0, "points": 50.0})
    verdict = verdict_of().model_copy(update={"exercises": (more, *others)})
    with pytest.raises(CourseError, match="gives 50 points in the verdict and 2 in the release"):
        record(course, verdict, notebook, MANIFEST)
