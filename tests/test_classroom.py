"""A class in real sandboxes: what it must get, once, whatever happens on the way."""

import csv
import shutil
from pathlib import Path

import pytest
from bank.build import STRAYS, build, expected
from classes import SLUG, scores, stamps, verdicts
from courses import nbgrader

from autograder.classroom import grade_class
from autograder.grade import How
from autograder.sandbox import Limits
from autograder.verdict import ExerciseVerdict


@pytest.fixture(scope="module")
def sample(empty_course, tmp_path_factory):
    """The sample class, graded: its submissions, its course and the summary."""
    folder = tmp_path_factory.mktemp("sample")
    build(folder / "submissions")
    course = Path(shutil.copytree(empty_course, folder / "course"))
    how = How(limits=Limits(seconds_per_check=5))  # goran's loop is waited for
    return folder / "submissions", course, grade_class(folder / "submissions", course, how=how)


def result(exercise: ExerciseVerdict) -> str | None:
    if exercise.status == "passed":
        return None
    assert exercise.status == "failed", exercise.error
    return exercise.misconception.name if exercise.misconception else ""


def test_every_submission_of_the_sample_class_gets_what_it_must(sample):
    _, course, summary = sample
    found = verdicts(course)
    wanted = {
        f"{s}/{slug}": what for s, slugs in expected().items() for slug, what in slugs.items()
    }
    assert found.keys() == wanted.keys()
    for name, what in wanted.items():
        verdict = found[name]
        if isinstance(what, str):
            assert (name, verdict.status, verdict.reason) == (name, "rejected", what)
            assert verdict.points == 0
            continue
        wrong = {e.exercise: r for e in verdict.exercises if (r := result(e)) is not None}
        assert (name, wrong) == (name, what)
        assert verdict.isolation.startswith("bubblewrap")
    assert summary.broke == []
    assert summary.graded + len(summary.rejected) == len(wanted)


def test_strays_are_told_in_a_line_each(sample):
    assert len(sample[2].strays) == len(STRAYS)
    assert "bruno/homework_1: no assignment of this course" in str(sample[2])


def test_a_loop_without_end_costs_its_own_exercise_and_says_so(sample):
    verdict = verdicts(sample[1])[f"goran/{SLUG}"]
    looped = next(e for e in verdict.exercises if e.exercise == "most_read")
    assert verdict.limits is not None
    assert looped.error == f"the code did not return within {verdict.limits.seconds_per_check:g} s"
    assert looped.points == 0
    assert verdict.points == 2


def test_a_forbidden_call_is_flagged_and_costs_nothing(sample):
    _, course, _ = sample
    flags = {
        name: [flag.reason for e in verdict.exercises for flag in e.flags]
        for name, verdict in verdicts(course).items()
    }
    assert {name: reasons for name, reasons in flags.items() if reasons} == {
        f"olga/{SLUG}": ["calls scaled_dot_product_attention"]
    }


def test_an_error_at_the_top_is_shown_and_the_rest_is_graded(sample):
    verdict = verdicts(sample[1])[f"lena/{SLUG}"]
    first = verdict.cells[0]
    assert (first.number, first.status, first.exercise) == (1, "error", "")
    assert "line 1: import attention_tools" in first.error
    assert verdict.points == 13


def test_what_went_to_stderr_is_kept_and_costs_nothing(sample):
    verdict = verdicts(sample[1])[f"bruno/{SLUG}"]
    assert "a warning of mine" in verdict.cells[0].stderr
    assert verdict.points == 14


def test_the_gradebook_has_the_same_points(sample):
    _, course, _ = sample
    assert scores(course) == {name: verdict.points for name, verdict in verdicts(course).items()}


def test_verdicts_csv_has_a_row_an_exercise(sample):
    _, course, _ = sample
    with (course / "verdicts.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 6 * len(verdicts(course))
    total = sum(float(row["points"]) for row in rows)
    assert total == sum(verdict.points for verdict in verdicts(course).values())


def test_nbgraders_export_of_marks_leaves_the_sheet_of_verdicts(sample, tmp_path):
    course = Path(shutil.copytree(sample[1], tmp_path / "course"))
    before = (course / "verdicts.csv").read_bytes()
    made = nbgrader(course, "export")
    assert made.returncode == 0, made.stderr
    assert (course / "verdicts.csv").read_bytes() == before
    with (course / "grades.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    given = {f"{row['student_id']}/{row['assignment']}": row["score"] for row in rows}
    for name, verdict in verdicts(course).items():
        assert float(given[name]) == verdict.points


def test_every_student_has_a_page_and_the_instructor_finds_them_all(sample):
    _, course, _ = sample
    pages = {str(p.relative_to(course / "feedback")) for p in course.glob("feedback/*/*.html")}
    assert pages == {f"{name}.html" for name in verdicts(course)}
    index = (course / "feedback/index.html").read_text("utf-8")
    assert all(f'href="{page}"' in index for page in pages)


def test_a_second_run_grades_nothing_and_changes_nothing(sample):
    submissions, course, first = sample
    before, books = stamps(course), (course / "gradebook.db").read_bytes()
    again = grade_class(submissions, course)
    assert (again.graded, again.unchanged) == (0, first.graded)
    assert again.rejected == first.rejected
    assert stamps(course) == before
    assert (course / "gradebook.db").read_bytes() == books
