"""What is graded when: what changed, what broke, what was asked for; and who may."""

import csv
import json
import os
import shutil
import subprocess
import sys

import pytest
from classes import ANSWERS, SLUG, all_right, hand_in, scores, stamps, verdicts
from nbgrader.api import Gradebook

from autograder import classroom, edition, plan, work, writer
from autograder.classroom import grade_class, steps
from autograder.course import CourseError
from autograder.files import alone
from autograder.manifest import MANIFESTS, Manifest
from autograder.sandbox import SandboxMissing


@pytest.fixture
def folder(tmp_path):
    """Where ada, bob and eve have handed in right answers."""
    for student in ("ada", "bob", "eve"):
        hand_in(tmp_path / "in", student)
    return tmp_path / "in"


@pytest.fixture
def quick(monkeypatch):
    """Without sandboxes: what is tested is what is done with verdicts."""
    monkeypatch.setattr(work, "grade_notebook", all_right)


def test_what_changed_is_graded_again_and_the_rest_is_not(course, folder, recwarn):
    grade_class(folder, course, jobs=1)
    assert not [str(warned.message) for warned in recwarn if "nbgrader" in warned.filename]
    before = stamps(course)
    hand_in(folder, "bob", ANSWERS.replace("-torch.special", "torch.special"))
    assert [str(step) for step in steps(folder, course) if step.why] == [
        f"bob/{SLUG}: another submission"
    ]
    again = grade_class(folder, course, jobs=1)
    assert (again.graded, again.unchanged) == (1, 2)
    changed = {name for name, stamp in stamps(course).items() if stamp != before[name]}
    assert changed == {str(course / "verdicts/bob" / f"{SLUG}.json")}
    assert scores(course) == {f"ada/{SLUG}": 14, f"bob/{SLUG}": 13, f"eve/{SLUG}": 14}


def test_only_names_students_assignments_or_both(tmp_path):
    def handed_in(*names):
        return [classroom.HandedIn(*name.split("/"), tmp_path) for name in names]

    everything = handed_in("ada/one", "ada/two", "bob/one", "eve/two")

    def chosen(*only):
        return [str(turned) for turned in plan.chosen(everything, only)]

    assert chosen() == ["ada/one", "ada/two", "bob/one", "eve/two"]
    assert chosen("ada") == ["ada/one", "ada/two"]
    assert chosen("ada", "bob") == ["ada/one", "ada/two", "bob/one"]
    assert chosen("one") == ["ada/one", "bob/one"]
    assert chosen("ada", "one") == ["ada/one"]
    assert chosen("ada/two") == ["ada/two"]
    assert chosen("ada/two", "bob") == ["ada/two", "bob/one"]
    with pytest.raises(LookupError, match="'carol'"):
        chosen("ada", "carol")


def test_only_and_force(course, folder, quick):
    grade_class(folder, course, jobs=1)
    assert grade_class(folder, course, jobs=1, only=["ada"], force=True).graded == 1
    with pytest.raises(LookupError, match="'carol'"):
        grade_class(folder, course, only=["carol"])


def test_another_grader_or_release_grades_anew(course, folder, quick, monkeypatch):
    grade_class(folder, course, jobs=1, only=["ada", "bob"])
    assert {step.why for step in steps(folder, course)} == {"", "new"}
    with monkeypatch.context() as patch:
        patch.setattr(plan, "edition", lambda manifest: "another")
        assert [step.why for step in steps(folder, course)] == ["another grader"] * 2 + ["new"]
    file = course / "verdicts/ada" / f"{SLUG}.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | {"release_sha256": "another"}))
    assert [step.why for step in steps(folder, course)] == ["another release", "", "new"]


def test_all_that_judging_imports_is_in_the_graders_edition():
    manifest = Manifest.load(SLUG)
    script = (
        "import sys; sys.modules['autograder.notebook'] = None;"
        f"import autograder.grade; from autograder import checks; checks.load({SLUG!r});"
        "print(*{m.__file__ for n, m in sys.modules.items()"
        " if n.split('.')[0] in ('attn', 'autograder') and getattr(m, '__file__', None)})"
    )
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    found = {str(path) for path in edition.deciding(SLUG, manifest.provides)}
    assert set(run.stdout.split()) <= found
    sandbox = MANIFESTS.with_name("sandbox").rglob("*.py")
    assert {str(path) for path in sandbox} <= found
    assert not any("widgets" in path or path.endswith("feedback.py") for path in found)


def test_a_dry_run_touches_nothing(folder, tmp_path):
    assert [str(step) for step in steps(folder, tmp_path / "course")] == [
        f"{student}/{SLUG}: new" for student in ("ada", "bob", "eve")
    ]
    assert not (tmp_path / "course").exists()


def broken(student: str):
    """Grades, but for one student it always fails in our own code."""

    def grade(notebook, name, manifest, how):
        verdict = all_right(notebook, name, manifest, how)
        if name != student:
            return verdict
        exercises = tuple(
            e.model_copy(update={"status": "broke", "points": None, "error": "OSError: disk"})
            for e in verdict.exercises
        )
        return verdict.model_copy(update={"status": "incomplete", "exercises": exercises})

    return grade


def test_what_we_broke_is_reported_never_a_zero_and_graded_at_the_next_run(
    course, folder, quick, monkeypatch
):
    with monkeypatch.context() as patch:
        patch.setattr(work, "grade_notebook", broken("bob"))
        summary = grade_class(folder, course, jobs=1)
        assert summary.graded == 2
        assert summary.broke[0].startswith(f"bob/{SLUG}")
        assert "WE BROKE: bob" in str(summary)
        with Gradebook(f"sqlite:///{course}/gradebook.db") as gradebook:
            assert gradebook.find_submission(SLUG, "bob").needs_manual_grade
        with (course / "verdicts.csv").open(newline="") as file:
            rows = [row for row in csv.DictReader(file) if row["student"] == "bob"]
        assert {(row["points"], row["status"]) for row in rows} == {("", "broke")}
    assert [step.why for step in steps(folder, course)] == ["", "not judged last time", ""]
    again = grade_class(folder, course, jobs=1)
    assert (again.graded, again.unchanged, again.broke) == (1, 2, [])
    assert scores(course) == {f"{student}/{SLUG}": 14 for student in ("ada", "bob", "eve")}
    with monkeypatch.context() as patch:
        patch.setattr(work, "grade_notebook", broken("bob"))
        forced = grade_class(folder, course, jobs=1, only=["bob"], force=True)
    assert forced.broke
    assert verdicts(course)[f"bob/{SLUG}"].points == 14, "a good verdict was lost to our fault"


def test_an_error_in_a_worker_or_in_the_books_costs_another_run(course, folder, quick, monkeypatch):
    record_all = writer.gradebook.Books.record_all

    def failing_record(books, entries):
        full = OSError("the disk is full")
        outcomes = record_all(books, [e for e in entries if e.verdict.student != "bob"])
        return [full if e.verdict.student == "bob" else outcomes.pop(0) for e in entries]

    def failing_grade(notebook, name, manifest, how):
        if name == "ada":
            raise ZeroDivisionError("ours")
        return all_right(notebook, name, manifest, how)

    with monkeypatch.context() as patch:
        patch.setattr(writer.gradebook.Books, "record_all", failing_record)
        patch.setattr(work, "grade_notebook", failing_grade)
        summary = grade_class(folder, course, jobs=1)
    ada, bob = summary.broke
    assert ada.startswith(f"ada/{SLUG}: We could not judge ")
    assert ada.endswith("ZeroDivisionError: ours, twice")
    assert bob == f"bob/{SLUG}: not entered in the gradebook: OSError: the disk is full"
    assert list(verdicts(course)) == [f"ada/{SLUG}", f"eve/{SLUG}"]
    assert grade_class(folder, course, jobs=1).graded == 2


def test_a_missing_sandbox_and_a_foreign_release_stop_the_run(course, tmp_path, monkeypatch):
    hand_in(tmp_path / "in", "ada")

    def missing(*_):
        raise SandboxMissing("bubblewrap is not installed")

    with monkeypatch.context() as patch:
        patch.setattr(work, "grade_notebook", missing)
        with pytest.raises(SandboxMissing):
            grade_class(tmp_path / "in", course, jobs=1)
    manifests = tmp_path / "manifests"
    manifests.mkdir()
    shutil.copy(MANIFESTS / f"{SLUG}.json", manifests)
    other = json.loads((manifests / f"{SLUG}.json").read_text()) | {"sha256": "0" * 64}
    (manifests / f"{SLUG}.json").write_text(json.dumps(other))
    with pytest.raises(CourseError, match="autograder course"):
        grade_class(tmp_path / "in", course, jobs=1, manifests=manifests)
    assert verdicts(course) == {}


def test_a_worker_of_another_edition_or_without_a_gpu_is_refused(course, folder, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(work, "edition", lambda manifest: "another")
        with pytest.raises(work.Unfit, match="another version of the course"):
            grade_class(folder, course, jobs=1)
    with pytest.raises(work.Unfit, match="cannot grade as asked: torch"):
        grade_class(folder, course, jobs=1, device="cuda")
    assert verdicts(course) == {}


def test_two_graders_do_not_share_a_course(course, tmp_path):
    hand_in(tmp_path / "in", "ada")
    says = f"graded already, by process {os.getpid()} on {os.uname().nodename} since 20"
    with alone(course), pytest.raises(FileExistsError, match=says):
        grade_class(tmp_path / "in", course)
    (course / ".grading").write_text("process 1 on nowhere since long ago")  # left by a dead one
    with alone(course):
        pass


def test_a_course_whose_making_was_interrupted_is_made_to_its_end(course, tmp_path, quick):
    shutil.rmtree(course / "release" / SLUG)
    hand_in(tmp_path / "in", "amara")
    assert grade_class(tmp_path / "in", course, jobs=1).graded == 1
