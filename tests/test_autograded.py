"""The notebook that graders and students are shown: what of a submission gets into it."""

import copy
import json
from pathlib import Path

import nbformat
import pytest
from books import (
    ALL,
    CHECKS,
    MANIFEST,
    SLUG,
    answer,
    cell_of,
    judged,
    marks,
    open_gradebook,
    verdict_of,
)
from courses import formgrader, nbgrader
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_output
from nbgrader.utils import determine_grade

from autograder.autograded import outputs, transplant
from autograder.gradebook import record
from autograder.judge import judge
from autograder.source import ROOT
from autograder.subject import LocalSubject

SCRIPT = "<script>alert(1)</script>"


@pytest.fixture
def notebook() -> NotebookNode:
    """The released notebook, as a student opens it."""
    return nbformat.read(ROOT / "exercises" / SLUG / f"{SLUG}.ipynb", 4)


@pytest.mark.parametrize("points", [0.0, 0.1, 1 / 3, 3.999, 4.0])
def test_nbgrader_reads_the_outputs_as_the_same_points(notebook: NotebookNode, points: float):
    cell = cell_of(notebook, "dot_product_attention")
    cell.outputs = outputs(judged("dot_product_attention", points))
    assert determine_grade(cell) == (points, 4.0)


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


def test_tampering_changes_neither_tests_nor_points(course: Path, notebook: NotebookNode):
    release = copy.deepcopy(notebook)
    answered = tampered(notebook)
    cell_of(answered, "entropy_answer").source = "def entropy(weights): return 0"
    shown = nbformat.read(record(course, verdict_of(), answered, MANIFEST), 4)
    for cell in release.cells:
        if cell.metadata.get("nbgrader"):
            mine = cell_of(shown, cell.id)
            assert mine.metadata == cell.metadata
            assert mine.cell_type == cell.cell_type
            if cell.id != "entropy_answer":
                assert mine.source == cell.source
    assert cell_of(shown, "entropy_answer").source == "def entropy(weights): return 0"
    assert {name: score for name, (score, _, _) in marks(course).items()} == ALL | {"keys_tie": 0}
    with open_gradebook(course) as gradebook:
        most = {
            cell.name: cell.max_score for cell in gradebook.find_notebook(SLUG, SLUG).grade_cells
        }
    assert most == ALL | {"keys_tie": 3}


# ---------------------------------------------------------------- what people see


@pytest.fixture
def shown(course: Path, notebook: NotebookNode) -> Path:
    """A course with one submission: a named mistake, and words with a script in them."""
    exercise = CHECKS["stable_softmax"]
    [wrong] = [m.wrong for m in exercise.misconceptions if m.name == "exp overflows"]
    verdict = verdict_of()
    mistaken = judge(exercise, LocalSubject(wrong), seed=0)
    assert mistaken.misconception is not None
    verdict = verdict.model_copy(update={"exercises": (mistaken, *verdict.exercises[1:])})
    words = answer(notebook, f"Because it is longer {SCRIPT} [here](javascript:alert(2)).")
    record(course, verdict, words, MANIFEST)
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
    with open_gradebook(shown) as gradebook:
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
