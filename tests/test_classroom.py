"""A class in real sandboxes: what it must get, once, whatever happens on the way."""

import csv
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import nbformat
import pytest
from bank.build import CLASS, STRAYS, build, expected, filled
from nbgrader.api import Gradebook

from autograder import classroom
from autograder.classroom import grade_class
from autograder.course import CourseError, assemble
from autograder.grade import grade_notebook
from autograder.sandbox import SandboxMissing
from autograder.verdict import ExerciseVerdict, Verdict

SLUG = "queries_keys_values"
ANSWERS = (CLASS / "amara" / f"{SLUG}.py").read_text("utf-8")


@pytest.fixture(scope="session")
def empty_course(tmp_path_factory) -> Path:
    course = tmp_path_factory.mktemp("course") / "empty"
    assemble(course)
    return course


@pytest.fixture
def course(empty_course, tmp_path) -> Path:
    return Path(shutil.copytree(empty_course, tmp_path / "course"))


def hand_in(folder: Path, student: str, answers: str = ANSWERS) -> Path:
    path = folder / student / SLUG / f"{SLUG}.ipynb"
    path.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(filled(SLUG, answers), path)
    return path


def verdicts(course: Path) -> dict[str, Verdict]:
    files = sorted(course.glob("verdicts/*/*.json"))
    return {
        f"{file.parent.name}/{file.stem}": Verdict.model_validate_json(file.read_bytes())
        for file in files
    }


def stamps(course: Path) -> dict[str, tuple[int, bytes]]:
    files = sorted(course.glob("verdicts/*/*"))
    return {str(file): (file.stat().st_mtime_ns, file.read_bytes()) for file in files}


def scores(course: Path) -> dict[str, float]:
    with Gradebook(f"sqlite:///{course}/gradebook.db") as gradebook:
        return {
            f"{submission.student.id}/{assignment.name}": submission.score
            for assignment in gradebook.assignments
            for submission in assignment.submissions
        }


# ---------------------------------------------------------------- the sample class


@pytest.fixture(scope="module")
def sample(empty_course, tmp_path_factory):
    """The sample class, graded: its submissions, its course and the summary."""
    folder = tmp_path_factory.mktemp("sample")
    build(folder / "submissions")
    course = Path(shutil.copytree(empty_course, folder / "course"))
    return folder / "submissions", course, grade_class(folder / "submissions", course)


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
    assert looped.error.endswith("did not return within 30 s")
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


def test_grades_csv_has_a_row_an_exercise(sample):
    _, course, _ = sample
    with (course / "grades.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 6 * len(verdicts(course))
    total = sum(float(row["points"]) for row in rows)
    assert total == sum(verdict.points for verdict in verdicts(course).values())


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


# ---------------------------------------------------------------- changes, faults, kills


def test_what_changed_is_graded_again_and_the_rest_is_not(course, tmp_path, recwarn):
    folder = tmp_path / "in"
    for student in ("ada", "bob"):
        hand_in(folder, student)
    grade_class(folder, course)
    assert not [str(warned.message) for warned in recwarn if "nbgrader" in warned.filename]
    before = stamps(course)
    hand_in(folder, "bob", ANSWERS.replace("-torch.special", "torch.special"))
    again = grade_class(folder, course)
    assert (again.graded, again.unchanged) == (1, 1)
    changed = {name for name, stamp in stamps(course).items() if stamp != before[name]}
    assert changed == {str(course / "verdicts/bob" / f"{SLUG}.json")}
    assert scores(course) == {f"ada/{SLUG}": 14, f"bob/{SLUG}": 13}
    assert grade_class(folder, course, students=["ada"], force=True).graded == 1
    with pytest.raises(LookupError, match="'eve'"):
        grade_class(folder, course, students=["eve"])


def broken(student: str):
    """``grade_notebook``, but for one student it always fails in our own code."""

    def grade(notebook, name, manifest, how):
        verdict = grade_notebook(notebook, name, manifest, how)
        if name != student:
            return verdict
        exercises = tuple(
            e.model_copy(update={"status": "broke", "points": None, "error": "OSError: disk"})
            for e in verdict.exercises
        )
        return verdict.model_copy(update={"status": "incomplete", "exercises": exercises})

    return grade


def test_what_we_broke_is_reported_never_a_zero_and_graded_at_the_next_run(
    course, tmp_path, monkeypatch
):
    folder = tmp_path / "in"
    for student in ("ada", "bob"):
        hand_in(folder, student)
    with monkeypatch.context() as patch:
        patch.setattr(classroom, "grade_notebook", broken("bob"))
        summary = grade_class(folder, course)
    assert summary.graded == 1
    assert summary.broke[0].startswith(f"bob/{SLUG}")
    assert "WE BROKE: bob" in str(summary)
    with Gradebook(f"sqlite:///{course}/gradebook.db") as gradebook:
        submission = gradebook.find_submission(SLUG, "bob")
        assert submission.needs_manual_grade
    with (course / "grades.csv").open(newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["student"] == "bob"]
    assert {(row["points"], row["status"]) for row in rows} == {("", "broke")}
    again = grade_class(folder, course)
    assert (again.graded, again.unchanged, again.broke) == (1, 1, [])
    assert scores(course) == {f"ada/{SLUG}": 14, f"bob/{SLUG}": 14}


def test_an_error_in_a_worker_or_in_the_books_costs_another_run(course, tmp_path, monkeypatch):
    folder = tmp_path / "in"
    for student in ("ada", "bob", "eve"):
        hand_in(folder, student)
    record = classroom.gradebook.record

    def failing_record(course, verdict, notebook, manifest, path):
        if verdict.student == "bob":
            raise OSError("the disk is full")
        return record(course, verdict, notebook, manifest, path)

    def failing_grade(notebook, name, manifest, how):
        if name == "ada":
            raise ZeroDivisionError("ours")
        return grade_notebook(notebook, name, manifest, how)

    with monkeypatch.context() as patch:
        patch.setattr(classroom.gradebook, "record", failing_record)
        patch.setattr(classroom, "grade_notebook", failing_grade)
        summary = grade_class(folder, course)
    assert sorted(summary.broke) == [
        f"ada/{SLUG}: ZeroDivisionError: ours",
        f"bob/{SLUG}: not entered in the gradebook: OSError: the disk is full",
    ]
    assert list(verdicts(course)) == [f"eve/{SLUG}"]
    assert grade_class(folder, course).graded == 2


def test_a_missing_sandbox_and_a_foreign_release_stop_the_run(course, tmp_path, monkeypatch):
    hand_in(tmp_path / "in", "ada")

    def missing(*_):
        raise SandboxMissing("bubblewrap is not installed")

    with monkeypatch.context() as patch:
        patch.setattr(classroom, "grade_notebook", missing)
        with pytest.raises(SandboxMissing):
            grade_class(tmp_path / "in", course)
    manifests = tmp_path / "manifests"
    manifests.mkdir()
    shutil.copy(classroom.MANIFESTS / f"{SLUG}.json", manifests)
    other = json.loads((manifests / f"{SLUG}.json").read_text()) | {"sha256": "0" * 64}
    (manifests / f"{SLUG}.json").write_text(json.dumps(other))
    with pytest.raises(CourseError, match="autograder course"):
        grade_class(tmp_path / "in", course, manifests=manifests)
    assert verdicts(course) == {}


def test_two_graders_do_not_share_a_course(course, tmp_path):
    hand_in(tmp_path / "in", "ada")
    with classroom._alone(course), pytest.raises(FileExistsError, match="being graded already"):
        grade_class(tmp_path / "in", course)


def test_killed_in_the_middle_it_resumes_with_nothing_lost_and_nothing_twice(course, tmp_path):
    folder = tmp_path / "in"
    for i in range(6):
        hand_in(folder, f"student-{i}")
    script = (
        "import sys; from pathlib import Path; from autograder.classroom import grade_class;"
        "grade_class(Path(sys.argv[1]), Path(sys.argv[2]), jobs=2)"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", script, str(folder), str(course)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    deadline = time.monotonic() + 120
    while len(verdicts(course)) < 2 and time.monotonic() < deadline:
        time.sleep(0.02)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    survived = {name: stamp for name, stamp in stamps(course).items() if name.endswith(".json")}
    assert 2 <= len(verdicts(course)) < 6, "the kill came too late or too early"

    summary = grade_class(folder, course)
    assert summary.graded == 6 - len(survived)
    assert summary.unchanged == len(survived)
    after = stamps(course)
    assert {name: after[name] for name in survived} == survived
    assert {verdict.points for verdict in verdicts(course).values()} == {14}
    assert scores(course) == {f"student-{i}/{SLUG}": 14 for i in range(6)}
    assert not list(course.glob("**/.*.new"))


def test_a_course_whose_making_was_interrupted_is_made_to_its_end(course, tmp_path):
    shutil.rmtree(course / "release" / SLUG)
    hand_in(tmp_path / "in", "amara")
    assert grade_class(tmp_path / "in", course).graded == 1
