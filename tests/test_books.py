"""Many submissions in one transaction: the rows are nbgrader's own, and never half of them."""

import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from bank.build import build, expected
from books import ALL, MANIFEST, SLUG, everything, marks, open_gradebook, verdict_of
from oracle import record_slowly
from sqlalchemy import event

from autograder import checks
from autograder.course import CourseError
from autograder.gradebook import Books, Entry
from autograder.judge import judge
from autograder.manifest import Manifest
from autograder.outcome import reject
from autograder.spec import Exercise
from autograder.subject import LocalSubject
from autograder.submission import Rejected, extract, read
from autograder.verdict import ExerciseVerdict, Verdict, WrittenReport

DUE = datetime(2026, 3, 1, 12)


# ---------------------------------------------------------------- the sample class, twice


def outcome(exercise: Exercise, mistake: str | None) -> ExerciseVerdict:
    """The verdict on a right answer, on a mistake by its name, or on nonsense where it has none."""
    answer = exercise.reference
    if mistake is not None:
        wrong = {one.name: one.wrong for one in exercise.misconceptions}
        answer = wrong.get(mistake, lambda *_, **__: "nonsense")
    return judge(exercise, LocalSubject(answer), seed=1)


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> list[Entry]:
    """The sample class as it must come out, each with its notebook as it was handed in."""
    folder = tmp_path_factory.mktemp("sample")
    build(folder)
    entries = []
    for student, slugs in expected().items():
        for slug, wrong in slugs.items():
            path, manifest = folder / student / slug / f"{slug}.ipynb", Manifest.load(slug)
            try:
                notebook = read(path)
            except Rejected as why:
                entries.append(Entry(reject(why, student, manifest), None, manifest, path))
                continue
            assert isinstance(wrong, dict)
            known = checks.load(slug)
            verdict = Verdict(
                student=student,
                assignment=slug,
                status="graded",
                exercises=tuple(outcome(e, wrong.get(e.name)) for e in known),
                written=tuple(
                    WrittenReport(name=name, max_points=3, text=text)
                    for name, text in extract(notebook, manifest).written.items()
                ),
                submission_sha256=notebook.sha256,
                release_sha256=manifest.sha256,
            )
            entries.append(Entry(verdict, notebook.content, manifest, path))
    assert len(entries) > 15
    return entries


def changed(entry: Entry) -> Entry:
    """As if the student had handed in once more, and we could not judge the first exercise."""
    first, *others = entry.verdict.exercises
    broke = first.model_copy(update={"status": "broke", "points": None})
    update = {"exercises": (broke, *others), "submission_sha256": "another"}
    return Entry(
        entry.verdict.model_copy(update=update), entry.notebook, entry.manifest, entry.path
    )


def hand_in_times(entries: list[Entry], shift: timedelta) -> None:
    """Every third is late, every third in time, and of the others nothing is known."""
    for i, entry in enumerate(entries):
        assert entry.path is not None
        arrived = {0: DUE + timedelta(hours=i + 1), 1: DUE - timedelta(hours=i + 1)}.get(i % 3)
        if arrived:
            text = f"{(arrived + shift).isoformat(' ')}.5 UTC\n"
            (entry.path.parent / "timestamp.txt").write_text(text)


def people_grade(course: Path) -> None:
    """Points, extra credit, comments and an extension, as an instructor gives them."""
    with open_gradebook(course) as gradebook:
        submissions = gradebook.assignment_submissions(SLUG)
        for i, submission in enumerate(sorted(submissions, key=lambda one: one.student.id)):
            for grade in submission.notebooks[0].grades:
                if (i + len(grade.name)) % 3 == 0:
                    grade.manual_score, grade.needs_manual_grade = 0.5 + i / 8, i % 2 == 0
                if (i + len(grade.name)) % 5 == 0:
                    grade.extra_credit = 0.25
            for comment in submission.notebooks[0].comments:
                if (i + len(comment.name)) % 4 == 0:
                    comment.manual_comment = f"Well done, {submission.student.id}."
        gradebook.db.commit()
        gradebook.grant_extension(SLUG, submissions[0].student.id, days=2)


def test_the_books_are_what_nbgraders_own_preprocessors_leave(
    new_course: Callable[[str], Path], sample: list[Entry]
):
    fast, slow = new_course("fast"), new_course("slow")
    for course in (fast, slow):
        with (course / "nbgrader_config.py").open("a") as configuration:
            configuration.write('c.LateSubmissionPlugin.penalty_method = "zero"\n')
        with open_gradebook(course) as gradebook:
            gradebook.update_or_create_assignment(SLUG, duedate=DUE)
    hand_in_times(sample, timedelta())
    rounds = [sample, sample, [changed(entry) for entry in sample[::2]]]
    for number, entries in enumerate(rounds):
        pages = [record_slowly(slow, entry) for entry in entries]
        with Books(fast) as books:
            assert not any(books.record_all(entries))
        assert everything(fast) == everything(slow)
        for entry, page in zip(entries, pages, strict=True):
            name = Path(entry.verdict.student, entry.verdict.assignment)
            shown = fast / "autograded" / name / f"{entry.verdict.assignment}.ipynb"
            assert shown.read_text("utf-8") == page
        if number == 0:
            people_grade(fast), people_grade(slow)
            hand_in_times(sample, timedelta(minutes=-50))
    found = everything(fast).values()
    assert len({one["penalty"] for one in found}) >= 4
    assert {one["needs_manual_grade"] for one in found} == {True, False}


# ---------------------------------------------------------------- faults


def class_of(size: int, start: int = 0) -> list[Entry]:
    students = [f"student-{i:03}" for i in range(start, start + size)]
    return [Entry(verdict_of(student, entropy=0.0), None, MANIFEST) for student in students]


@pytest.fixture
def guarded(course: Path) -> Path:
    """A course whose database refuses the student ``eve``."""
    with sqlite3.connect(course / "gradebook.db") as db:
        refuse = "WHEN NEW.id = 'eve' BEGIN SELECT RAISE(ABORT, 'no eve here'); END"
        db.execute(f"CREATE TRIGGER no_eve BEFORE INSERT ON student {refuse}")
    return course


def test_what_is_wrong_with_one_costs_that_one_only(guarded: Path, tmp_path: Path):
    ada, bob = Entry(verdict_of("ada"), None, MANIFEST), Entry(verdict_of("bob"), None, MANIFEST)
    eve = Entry(verdict_of("eve"), None, MANIFEST)
    other = verdict_of("mallory").model_copy(update={"release_sha256": "of another release"})
    (tmp_path / "timestamp.txt").write_text("yesterday, honestly")
    undated = Entry(verdict_of("oscar"), None, MANIFEST, tmp_path / f"{SLUG}.ipynb")
    with Books(guarded) as books:
        found = books.record_all([ada, eve, Entry(other, None, MANIFEST), undated, bob])
    assert [type(error).__name__ for error in found] == [
        *("NoneType", "IntegrityError", "CourseError", "ValueError", "NoneType")
    ]
    assert isinstance(found[2], CourseError)
    assert "no eve here" in str(found[1])
    assert "timestamp.txt is no time: correct it, or delete it" in str(found[3])
    with open_gradebook(guarded) as gradebook:
        assert [student.id for student in gradebook.students] == ["ada", "bob"]
    assert sorted(path.name for path in (guarded / "autograded").iterdir()) == ["ada", "bob"]


def test_the_same_student_twice_in_a_batch_is_entered_in_order(course: Path):
    with Books(course) as books:
        twice = [verdict_of(entropy=0.0), verdict_of(sha256="second")]
        assert books.record_all([Entry(one, None, MANIFEST) for one in twice]) == [None, None]
    assert marks(course)["entropy"] == (ALL["entropy"], None, False)


def test_a_batch_takes_as_many_statements_as_a_submission(any_course: Path):
    with Books(any_course) as books:
        statements: list[str] = []
        event.listen(
            books._engine, "before_cursor_execute", lambda *said: statements.append(said[2])
        )
        counts = []
        for size in (1, 40):
            statements.clear()
            assert not any(books.record_all(class_of(size, start=size)))
            counts.append(len(statements))
        statements.clear()
        assert not any(books.record_all(class_of(40, start=40)))
    assert counts[0] == counts[1] < 25
    assert not [said for said in statements if not said.startswith(("SELECT", "BEGIN"))]


def test_a_reader_does_not_stop_the_writer(any_course: Path):
    with Books(any_course) as books, open_gradebook(any_course) as gradebook:
        assert list(gradebook.students) == []  # and its transaction stays open
        assert not any(books.record_all(class_of(3)))
        gradebook.db.rollback()
        assert len(gradebook.students) == 3


def test_killed_it_leaves_whole_batches_and_the_rest_can_follow(any_course: Path):
    script = (
        "import sys; from pathlib import Path; from test_books import class_of;"
        "from autograder.gradebook import Books; books = Books(Path(sys.argv[1]));\n"
        "for i in range(0, 200, 5): books.record_all(class_of(5, i)); print(i, flush=True)"
    )
    paths = os.pathsep.join(sys.path)
    process = subprocess.Popen(
        [sys.executable, "-c", script, str(any_course)],
        env=os.environ | {"PYTHONPATH": paths},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    while process.stdout.readline() not in ("10\n", ""):
        pass
    time.sleep(0.03)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    process.stdout.close()
    found = everything(any_course)
    assert 15 <= len(found) < 200, "the kill came too late or too early"
    assert len(found) % 5 == 0
    with Books(any_course) as books:
        assert not any(books.record_all(class_of(200)))
    scores = {one["score"] for one in everything(any_course).values()}
    assert scores == {sum(ALL.values()) - ALL["entropy"]}
    assert len(everything(any_course)) == 200
