"""The notebooks that students open: unsolved, valid, and sound from the first cell to the last."""

import ast
import re

import nbformat
import numpy as np
import pytest
import torch
from nbclient import NotebookClient
from nbformat import NotebookNode
from nbgrader.nbgraderformat import MetadataValidator

from autograder import checks
from autograder.release import ROOT
from autograder.source import source_notebook

SLUGS = sorted(path.stem for path in (ROOT / "solutions").glob("*.md"))
MAY_IMPORT = {"importlib", "math", "numpy", "torch", "matplotlib", "autograder"}


def released(slug: str) -> NotebookNode:
    return nbformat.read(ROOT / "exercises" / slug / f"{slug}.ipynb", 4)


def role(cell: NotebookNode) -> str:
    """answer, check, written or free."""
    graded = cell.metadata.get("nbgrader", {})
    if graded.get("solution"):
        return "written" if graded["grade"] else "answer"
    return "check" if graded.get("grade") else "free"


def cells(notebook: NotebookNode, wanted: str) -> list[NotebookNode]:
    return [cell for cell in notebook.cells if role(cell) == wanted]


def with_trials_on(notebook: NotebookNode) -> NotebookNode:
    """The notebook in which the student has removed every `#` of the cells for trying out."""
    for cell in cells(notebook, "free"):
        lines = cell.source.splitlines()
        if cell.cell_type == "code" and all(line.startswith("# ") for line in lines):
            cell.source = "\n".join(line[2:] for line in lines)
    return notebook


def run(notebook: NotebookNode) -> dict[str, str]:
    """Runs the notebook in a Jupyter kernel; what each check shows, by the exercise's name."""
    NotebookClient(notebook, timeout=120, kernel_name="python3").execute()
    return {
        cell.metadata.nbgrader.grade_id: cell.outputs[0]["data"]["text/plain"]
        for cell in cells(notebook, "check")
    }


def test_there_are_exercises_for_all_checks():
    assert checks.slugs() == SLUGS


@pytest.mark.parametrize("slug", SLUGS)
def test_it_is_valid_for_jupyter_and_nbgrader(slug: str):
    notebook = released(slug)
    nbformat.validate(notebook)
    MetadataValidator().validate_nb(notebook)


@pytest.mark.parametrize("slug", SLUGS)
def test_it_holds_no_line_of_the_solution(slug: str):
    text = "\n".join(cell.source for cell in released(slug).cells)
    for cell in source_notebook(slug).cells:
        for solution in re.findall(r"BEGIN SOLUTION\n(.*?)### END", cell.source, re.DOTALL):
            lines = [line.strip() for line in solution.splitlines()]
            left = [line for line in lines if len(line) > 12 and line in text]
            assert not left, f"these lines of the solution are in the release: {left}"
    assert "SOLUTION" not in text


@pytest.mark.parametrize("slug", SLUGS)
def test_every_answer_waits_to_be_written(slug: str):
    answers = cells(released(slug), "answer")
    assert [cell.id for cell in answers] == [f"{e.name}_answer" for e in checks.load(slug)]
    for cell in answers:
        assert "raise NotImplementedError()" in cell.source
        assert ast.get_docstring(ast.parse(cell.source).body[-1]), f"{cell.id} has no docstring"


@pytest.mark.parametrize("slug", SLUGS)
def test_it_ends_with_an_answer_in_words_and_its_rubric(slug: str):
    [written] = cells(released(slug), "written")
    assert written.cell_type == "markdown"
    assert written.source == "YOUR ANSWER HERE"
    assert released(slug).cells[-1] == written
    assert "rubric" in source_notebook(slug).cells[-1].metadata.get("tags", [])


@pytest.mark.parametrize("slug", SLUGS)
def test_it_imports_what_the_sandbox_provides_and_no_more(slug: str):
    allowed = MAY_IMPORT | set(checks.load(slug).provides)
    for cell in released(slug).cells:
        if cell.cell_type == "code" and "%pip" not in cell.source:
            for node in ast.walk(ast.parse(cell.source)):
                names = (
                    [alias.name for alias in node.names]
                    if isinstance(node, ast.Import)
                    else [node.module or ""]
                    if isinstance(node, ast.ImportFrom)
                    else []
                )
                for name in names:
                    assert name in allowed or name.split(".")[0] in allowed, f"{slug}: {name}"


@pytest.mark.parametrize("slug", SLUGS)
def test_unsolved_it_runs_to_the_end_and_says_that_nothing_is_started(slug: str):
    said = run(released(slug))
    assert list(said) == [exercise.name for exercise in checks.load(slug)]
    for name, text in said.items():
        assert text.startswith(f"{name}: not yet, 0 of"), text
        assert "not started yet" in text


@pytest.mark.parametrize("slug", SLUGS)
def test_solved_it_runs_to_the_end_and_every_check_passes(slug: str):
    said = run(with_trials_on(source_notebook(slug)))
    assert list(said) == [exercise.name for exercise in checks.load(slug)]
    for name, text in said.items():
        assert text.startswith(f"{name}: right"), text


def test_what_queries_keys_values_works_out_by_hand_is_so():
    space: dict = {}
    for cell in source_notebook("queries_keys_values").cells:
        if cell.cell_type == "code" and "%pip" not in cell.source:
            exec(cell.source, space)
    q, K, V, scores = (space[name] for name in ("q", "K", "V", "scores"))
    assert scores.tolist() == [[2, 0, 2]]
    softmax, attention = space["stable_softmax"], space["dot_product_attention"]
    assert np.allclose(softmax(np.log([1.0, 2.0, 5.0])), [0.125, 0.25, 0.625])
    assert softmax(scores.numpy()).round(3).tolist() == np.float32([[0.468, 0.063, 0.468]]).tolist()
    hidden = space["masked_softmax"](scores, torch.tensor([True, True, False]))
    assert torch.allclose(hidden, torch.tensor([[0.881, 0.119, 0.0]]), atol=5e-4)
    entropy = space["entropy"](torch.from_numpy(softmax(scores.numpy())))
    assert torch.allclose(entropy, torch.tensor([0.885]), atol=5e-4)
    assert torch.allclose(entropy.exp(), torch.tensor([2.4]), atol=0.05)
    assert torch.allclose(attention(q, K, V), torch.tensor([[7.02, 2.98]]), atol=6e-3)
    warm = attention(q, K, V, temperature=3**0.5)
    assert torch.allclose(warm, torch.tensor([[6.48, 3.52]]), atol=5e-3)
    assert space["most_read"](["the", "cat", "sat"], [0.25, 0.5, 0.25], 2) == ["cat", "the"]
    for temperature, query, answer in ((1.0, [0.0, 0.0], 15.0), (0.1, [0.0, 1.0], 19.9995)):
        soft = space["SoftDictionary"](temperature)
        soft.write(torch.tensor([1.0, 0.0]), torch.tensor([10.0]))
        soft.write(torch.tensor([0.0, 1.0]), torch.tensor([20.0]))
        assert torch.allclose(soft.read(torch.tensor(query)), torch.tensor([answer]), atol=1e-4)
    assert q @ torch.tensor([2.0, 5.0, 2.0]) == 4 > scores.max()
