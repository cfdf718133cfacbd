"""Verdicts in nbgrader's gradebook, and the notebook that graders and students are shown."""

import copy
import json
import shutil
from pathlib import Path
from typing import Any

import nbformat
import pytest
from courses import formgrader, nbgrader
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_output
from nbgrader.api import Gradebook
from nbgrader.utils import determine_grade

from autograder import checks
from autograder.course import CourseError, assemble, open_course
from autograder.gradebook import outputs, record, transplant
from autograder.judge import judge
from autograder.manifest import Manifest
from autograder.release import ROOT
from autograder.subject import LocalSubject
from autograder.verdict import ExerciseVerdict, Verdict

SLUG = "queries_keys_values"
CHECKS = checks.load(SLUG)
ALL = {exercise.name: exercise.points for exercise in CHECKS}
SCRIPT = "<script>alert(1)</script>"


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("course") / "attention"
    assemble(folder)
    return folder


@pytest.fixture
def course(fresh: Path, tmp_path: Path) -> Path:
    """A new course of the test's own."""
    return Path(shutil.copytree(fresh, tmp_path / "course"))


@pytest.fixture
def manifest() -> Manifest:
    return Manifest.load(SLUG)


@pytest.fixture
def notebook() -> NotebookNode:
    """The released notebook, as a student opens it."""
    return nbformat.read(ROOT / "exercises" / SLUG / f"{SLUG}.ipynb", 4)


def cell_of(notebook: Any, name: str) -> Any:
    [found] = [cell for cell in notebook["cells"] if cell["id"] == name]
    return found


def answer(notebook: Any, words: str) -> Any:
    cell_of(notebook, "keys_tie")["source"] = words
    return notebook


def judged(name: str, points: float | None) -> ExerciseVerdict:
    status = "broke" if points is None else "passed" if points == ALL[name] else "failed"
    most = ALL[name]
    return ExerciseVerdict(
        exercise=name, status=status, points=points, max_points=most, seed=1, seconds=0.1
    )


def verdict_of(manifest: Manifest, sha256: str = "first", **points: float | None) -> Verdict:
    """Full marks, but for ``points``."""
    each = tuple(judged(name, points.get(name, most)) for name, most in ALL.items())
    return Verdict(
        student="ada",
        assignment=SLUG,
        status="incomplete" if None in points.values() else "graded",
        exercises=each,
        submission_sha256=sha256,
        release_sha256=manifest.sha256,
    )


Marks = dict[str, tuple[float | None, float | None, bool]]


def marks(course: Path, student: str = "ada") -> Marks:
    """The gradebook's automatic score, manual score, and whether a person is asked."""
    with Gradebook(open_course(course)[0].db_url) as gradebook:
        grades = gradebook.find_submission_notebook(SLUG, SLUG, student).grades
        return {g.name: (g.auto_score, g.manual_score, bool(g.needs_manual_grade)) for g in grades}


def grade_by_hand(course: Path, name: str, points: float) -> None:
    """What formgrader does when an instructor enters points."""
    with Gradebook(open_course(course)[0].db_url) as gradebook:
        grade = gradebook.find_grade(name, SLUG, SLUG, "ada")
        grade.manual_score, grade.needs_manual_grade = points, False
        gradebook.db.commit()


def test_points_are_the_verdicts(course: Path, manifest: Manifest, notebook: NotebookNode):
    verdict = verdict_of(manifest, entropy=0.0, dot_product_attention=2.5)
    record(course, verdict, notebook, manifest)
    found = marks(course)
    assert found["entropy"] == (0, None, False)
    assert found["dot_product_attention"] == (2.5, None, False)
    for name in set(ALL) - {"entropy", "dot_product_attention"}:
        assert found[name] == (ALL[name], None, False)


@pytest.mark.parametrize("points", [0.0, 0.1, 1 / 3, 3.999, 4.0])
def test_nbgrader_reads_the_outputs_as_the_same_points(notebook: NotebookNode, points: float):
    cell = cell_of(notebook, "dot_product_attention")
    cell.outputs = outputs(judged("dot_product_attention", points))
    assert determine_grade(cell) == (points, 4.0)


def test_what_could_not_be_judged_waits_for_a_person(
    course: Path, manifest: Manifest, notebook: NotebookNode
):
    record(course, verdict_of(manifest, entropy=None), notebook, manifest)
    assert marks(course)["entropy"] == (None, None, True)
    verdict = verdict_of(manifest)
    fewer = verdict.model_copy(update={"exercises": verdict.exercises[1:], "student": "bob"})
    record(course, fewer, notebook, manifest)
    assert marks(course, "bob")["stable_softmax"] == (None, None, True)


def test_words_wait_for_a_person_and_silence_does_not(
    course: Path, manifest: Manifest, notebook: NotebookNode
):
    record(course, verdict_of(manifest), notebook, manifest)
    assert marks(course)["keys_tie"] == (0, None, False)
    words = answer(notebook, "The third key is longer.")
    record(course, verdict_of(manifest, "second"), words, manifest)
    assert marks(course)["keys_tie"] == (None, None, True)


def test_again_changes_nothing(course: Path, manifest: Manifest, notebook: NotebookNode):
    words = answer(notebook, "The third key is longer.")
    verdict = verdict_of(manifest, entropy=0.0, most_read=None)
    shown = record(course, verdict, copy.deepcopy(words), manifest)
    grade_by_hand(course, "keys_tie", 2)
    grade_by_hand(course, "entropy", 0.5)
    grade_by_hand(course, "most_read", 1)
    before, page = marks(course), shown.read_bytes()
    assert not any(needs for _, _, needs in before.values())
    record(course, verdict, words, manifest)
    assert marks(course) == before
    assert shown.read_bytes() == page


def test_a_new_submission_keeps_a_persons_points_and_asks_for_review(
    course: Path, manifest: Manifest, notebook: NotebookNode
):
    words = answer(notebook, "The third key is longer.")
    record(course, verdict_of(manifest), words, manifest)
    grade_by_hand(course, "keys_tie", 2)
    record(course, verdict_of(manifest, "second"), words, manifest)
    assert marks(course)["keys_tie"] == (None, 2, True)


def test_a_rejected_submission_is_recorded_with_its_reason(course: Path, manifest: Manifest):
    reason = f"it is {SCRIPT} no notebook"
    failed = dict.fromkeys(ALL, 0.0)
    verdict = verdict_of(manifest, **failed).model_copy(
        update={"status": "rejected", "reason": reason}
    )
    shown = nbformat.read(record(course, verdict, None, manifest), 4)
    assert "could not be graded" in shown.cells[0].source
    assert "no notebook" in shown.cells[0].source
    assert "<script" not in shown.cells[0].source
    assert all(found == (0, None, False) for found in marks(course).values())


# ---------------------------------------------------------------- what a submission cannot change


def tampered(notebook: NotebookNode) -> NotebookNode:
    """Every mark, lock, test and id that a student could think of."""
    for cell in notebook.cells:
        graded = cell.metadata.get("nbgrader")
        if graded:
            graded |= {"points": 100, "locked": False, "checksum": "", "schema_version": 3}
    check = cell_of(notebook, "stable_softmax")
    check.source = "100"
    check.outputs = [{"output_type": "execute_result", "data": {"text/plain": "100"}}]
    cell_of(notebook, "entropy").cell_type = "markdown"
    cell_of(notebook, "most_read").metadata.nbgrader.grade = False
    cell_of(notebook, "masked_softmax").metadata.nbgrader.grade_id = "dot_product_attention"
    notebook.cells.append(copy.deepcopy(cell_of(notebook, "SoftDictionary")))
    notebook.cells.remove(cell_of(notebook, "dot_product_attention"))
    notebook.metadata["attnbook"] = {"submission_sha256": "first"}
    return notebook


def test_tampering_changes_neither_tests_nor_points(
    course: Path, manifest: Manifest, notebook: NotebookNode
):
    release = copy.deepcopy(notebook)
    answered = tampered(notebook)
    cell_of(answered, "entropy_answer").source = "def entropy(weights): return 0"
    shown = nbformat.read(record(course, verdict_of(manifest), answered, manifest), 4)
    for cell in release.cells:
        if cell.metadata.get("nbgrader"):
            mine = cell_of(shown, cell.id)
            assert mine.metadata == cell.metadata
            assert mine.cell_type == cell.cell_type
            if cell.id != "entropy_answer":
                assert mine.source == cell.source
    assert cell_of(shown, "entropy_answer").source == "def entropy(weights): return 0"
    assert {name: score for name, (score, _, _) in marks(course).items()} == ALL | {"keys_tie": 0}
    with Gradebook(open_course(course)[0].db_url) as gradebook:
        most = {
            cell.name: cell.max_score for cell in gradebook.find_notebook(SLUG, SLUG).grade_cells
        }
    assert most == ALL | {"keys_tie": 3}


def test_cells_of_the_students_own_stay_where_they_were(notebook: NotebookNode):
    release = copy.deepcopy(notebook)
    place = notebook.cells.index(cell_of(notebook, "entropy_answer"))
    claim = new_output("stream", text="all tests passed")
    notebook.cells.insert(place + 1, new_code_cell("x = 1", id="mine", outputs=[claim]))
    notebook.cells.insert(0, new_markdown_cell("My name", id="first"))
    shown = transplant(release, notebook)
    sources = [cell.source for cell in shown.cells]
    assert sources[0] == "My name"
    below = sources[sources.index("x = 1") - 1]
    assert below.startswith("def entropy")
    assert all(cell.get("outputs", []) == [] for cell in shown.cells)


def test_a_changed_cell_for_trying_out_is_shown_beside_the_releases(notebook: NotebookNode):
    release = copy.deepcopy(notebook)
    [free] = [cell for cell in notebook.cells if cell.source.startswith("# entropy(")]
    free.source = "entropy(torch.ones(1))"
    sources = [cell.source for cell in transplant(release, notebook).cells]
    assert sources[sources.index("entropy(torch.ones(1))") - 1].startswith("# entropy(")


def test_of_copies_the_last_counts_and_a_deleted_answer_is_the_stub(notebook: NotebookNode):
    release = copy.deepcopy(notebook)
    again = copy.deepcopy(cell_of(notebook, "entropy_answer"))
    again.id, again.source = "copy", "def entropy(weights): return 2"
    notebook.cells.append(again)
    notebook.cells.remove(cell_of(notebook, "most_read_answer"))
    shown = transplant(release, notebook)
    assert cell_of(shown, "entropy_answer").source == "def entropy(weights): return 2"
    assert "NotImplementedError" in cell_of(shown, "most_read_answer").source


def test_words_count_whatever_kind_of_cell_they_are_in(notebook: NotebookNode):
    release = copy.deepcopy(notebook)
    answer(notebook, "longer")["cells"][-1]["cell_type"] = "raw"
    assert cell_of(transplant(release, notebook), "keys_tie").source == "longer"


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
    course: Path, manifest: Manifest, notebook: NotebookNode, change: dict, sentence: str
):
    verdict = verdict_of(manifest).model_copy(update=change)
    with pytest.raises(CourseError, match=sentence):
        record(course, verdict, notebook, manifest)
    with Gradebook(open_course(course)[0].db_url) as gradebook:
        assert gradebook.students == []


def test_points_that_are_not_the_releases_are_refused(
    course: Path, manifest: Manifest, notebook: NotebookNode
):
    first, *others = verdict_of(manifest).exercises
    more = first.model_copy(update={"max_points": 50.0, "points": 50.0})
    verdict = verdict_of(manifest).model_copy(update={"exercises": (more, *others)})
    with pytest.raises(CourseError, match="gives 50 points in the verdict and 2 in the release"):
        record(course, verdict, notebook, manifest)


# ---------------------------------------------------------------- what people see


@pytest.fixture
def shown(course: Path, manifest: Manifest, notebook: NotebookNode) -> Path:
    """A course with one submission: a named mistake, and words with a script in them."""
    exercise = CHECKS["stable_softmax"]
    [wrong] = [m.wrong for m in exercise.misconceptions if m.name == "exp overflows"]
    verdict = verdict_of(manifest)
    mistaken = judge(exercise, LocalSubject(wrong), seed=0)
    assert mistaken.misconception is not None
    verdict = verdict.model_copy(update={"exercises": (mistaken, *verdict.exercises[1:])})
    words = answer(notebook, f"Because it is longer {SCRIPT} [here](javascript:alert(2)).")
    record(course, verdict, words, manifest)
    return course


def test_nbgraders_feedback_shows_the_mistake_and_neither_script_nor_rubric(shown: Path):
    made = nbgrader(shown, "generate_feedback", SLUG)
    assert made.returncode == 0, made.stderr
    page = (shown / "feedback" / "ada" / SLUG / f"{SLUG}.html").read_text("utf-8")
    assert "exp overflows" in page
    assert "stable_softmax: not yet, 0 of 2 points" in page
    assert "Because it is longer" in page
    assert SCRIPT not in page
    assert "javascript:alert" not in page
    assert "Rubric" not in page


def test_formgrader_shows_the_answer_its_verdict_and_the_rubric(shown: Path):
    with Gradebook(open_course(shown)[0].db_url) as gradebook:
        name = gradebook.find_submission_notebook(SLUG, SLUG, "ada").id
    with formgrader(shown) as fetch:
        [student] = json.loads(fetch(f"api/submissions/{SLUG}"))
        page = fetch(f"submissions/{name}/")
    assert student["student"] == "ada"
    assert student["needs_manual_grade"]
    assert "Because it is longer" in page
    assert "exp overflows" in page
    assert "Rubric" in page
    assert SCRIPT not in page
    assert "javascript:alert" not in page
