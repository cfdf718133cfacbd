"""What the author of ``solutions/<slug>.md`` wrote, as the instructor's nbgrader notebook.

The author writes next to no markup; what a cell is follows from what stands in it:

- an *answer* is a code cell with ``### BEGIN SOLUTION`` that defines an exercise's function;
- a *check* is a code cell that says ``check(name)`` and no more;
- a *written* answer is a Markdown cell with ``### BEGIN SOLUTION``, led by
  ``+++ {"written": "its_name", "points": 2}``;
- a cell tagged ``rubric`` is for instructors: it is in no release.

Points of an exercise come from its check.
"""

import ast
import hashlib
import re
from pathlib import Path
from typing import Any

import jupytext
import yaml
from nbformat import NotebookNode

from autograder import checks
from autograder.spec import Checks

ROOT = Path(__file__).resolve().parents[1]
_BEGIN, _END = "BEGIN SOLUTION", "END SOLUTION"
_CHECK = re.compile(r"\s*check\((\w+)\)\s*")
_METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}


class ReleaseError(ValueError):
    """A mistake in ``solutions/``: which file, which cell, and what mends it."""


def source_notebook(slug: str, root: Path = ROOT) -> NotebookNode:
    """The instructor's notebook of a slug, with nbgrader's metadata and lasting cell ids."""
    text = (root / "solutions" / f"{slug}.md").read_text("utf-8")
    notebook = jupytext.reads(_addresses(slug, text, root), fmt="md:myst")
    exercises = checks.load(slug)
    grade_ids = _mark(notebook, exercises)
    _require_each_once(exercises, grade_ids)
    _name_cells(notebook, slug)
    notebook.metadata = NotebookNode(_METADATA)
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    return notebook


def _addresses(slug: str, text: str, root: Path) -> str:
    """Fills in the addresses, whose only home is ``_config.yml``."""
    config = yaml.safe_load((root / "_config.yml").read_text("utf-8"))
    book = config["html"]["baseurl"].rstrip("/") + "/book"
    for name, address in {"repository": config["repository"]["url"], "book": book}.items():
        text = text.replace("{{" + name + "}}", address)
    unknown = re.search(r"\{\{\w+\}\}", text)
    if unknown:
        raise ReleaseError(
            f"solutions/{slug}.md: {unknown[0]} is no address; "
            "there are {{repository}} and {{book}}"
        )
    return text


def _mark(notebook: NotebookNode, exercises: Checks) -> list[str]:
    """Gives every graded cell its metadata, and returns the grade ids in order."""
    grade_ids: list[str] = []
    for number, cell in enumerate(notebook.cells, 1):
        first = next(iter(cell.source.strip().splitlines()), "")
        place = f"solutions/{exercises.slug}.md, cell {number} ({first[:60]!r})"
        solved = _has_solution(cell.source, place)
        check = _CHECK.fullmatch(cell.source) if cell.cell_type == "code" else None
        if check:
            grade = _check_cell(check[1], exercises, place)
        elif "written" in cell.metadata:
            grade = _written_cell(cell, solved, place)
        elif solved:
            grade = _answer_cell(cell, exercises, place)
        else:
            grade = None
        if "points" in cell.metadata and "written" not in cell.metadata:
            raise ReleaseError(
                f"{place}: points of an exercise come from its check alone; remove them here"
            )
        tags = cell.metadata.get("tags")
        cell.metadata = NotebookNode({"tags": tags} if tags else {})
        if grade:
            if grade["grade_id"] in grade_ids:
                raise ReleaseError(
                    f"{place}: there is a second cell {grade['grade_id']!r}; keep one of them"
                )
            grade_ids.append(grade["grade_id"])
            cell.metadata["nbgrader"] = grade | {"schema_version": 3, "task": False}
    return grade_ids


def _has_solution(source: str, place: str) -> bool:
    """Whether the cell has a solution; its markers must come in pairs."""
    inside = found = False
    for line in source.splitlines():
        if _BEGIN in line or _END in line:
            if (_BEGIN in line) == inside:
                raise ReleaseError(
                    f"{place}: {line.strip()!r} has no partner; "
                    f"every ### {_BEGIN} needs one ### {_END} after it"
                )
            inside, found = not inside, True
    if inside:
        raise ReleaseError(f"{place}: the solution does not end; add a line ### {_END}")
    return found


def _answer_cell(cell: NotebookNode, exercises: Checks, place: str) -> dict[str, Any]:
    if cell.cell_type != "code":
        raise ReleaseError(
            f"{place}: a solution in words needs a name and points; begin the cell with "
            '+++ {"written": "its_name", "points": 2}'
        )
    try:
        body = ast.parse(cell.source).body
    except SyntaxError as error:
        raise ReleaseError(f"{place}: line {error.lineno}: {error.msg}; correct it") from error
    known = [exercise.name for exercise in exercises]
    defined = [node.name for node in body if isinstance(node, ast.FunctionDef | ast.ClassDef)]
    names = [name for name in defined if name in known]
    if len(names) != 1:
        raise ReleaseError(
            f"{place}: an answer cell defines one exercise, and this one defines "
            f"{' and '.join(names) or 'none'}; the exercises are {', '.join(known)}"
        )
    return {"grade_id": f"{names[0]}_answer", "grade": False, "solution": True, "locked": False}


def _check_cell(name: str, exercises: Checks, place: str) -> dict[str, Any]:
    try:
        points = exercises[name].points
    except KeyError:
        known = ", ".join(exercise.name for exercise in exercises)
        raise ReleaseError(f"{place}: no exercise is called {name}; there are {known}") from None
    return {"grade_id": name, "grade": True, "solution": False, "locked": True, "points": points}


def _written_cell(cell: NotebookNode, solved: bool, place: str) -> dict[str, Any]:
    name, points = cell.metadata["written"], cell.metadata.get("points")
    if not re.fullmatch(r"[a-z]\w*", str(name)) or not solved or cell.cell_type != "markdown":
        raise ReleaseError(
            f"{place}: a written answer is a Markdown cell with a name in small letters "
            f"and a model answer between ### {_BEGIN} and ### {_END}"
        )
    if not isinstance(points, int | float) or points <= 0:
        raise ReleaseError(
            f'{place}: say what it is worth: +++ {{"written": "{name}", "points": 2}}'
        )
    return {"grade_id": name, "grade": True, "solution": True, "locked": False, "points": points}


def _require_each_once(exercises: Checks, grade_ids: list[str]) -> None:
    file = f"solutions/{exercises.slug}.md"
    for exercise in exercises:
        answer, check = f"{exercise.name}_answer", exercise.name
        if answer not in grade_ids:
            raise ReleaseError(
                f"{file}: no cell solves {check}; add one that defines it, with ### {_BEGIN}"
            )
        if check not in grade_ids:
            raise ReleaseError(f"{file}: nothing checks {check}; add a cell `check({check})`")
        if grade_ids.index(check) < grade_ids.index(answer):
            raise ReleaseError(f"{file}: check({check}) stands above its answer; move it below")


def _name_cells(notebook: NotebookNode, slug: str) -> None:
    """Ids that stay: the grade id, or else a hash of slug, section and place in the section."""
    section, place = "", 0
    for cell in notebook.cells:
        graded = cell.metadata.get("nbgrader")
        if graded:
            section, place = graded["grade_id"], 0
            cell.id = section
        else:
            place += 1
            cell.id = hashlib.sha256(f"{slug}/{section}/{place}".encode()).hexdigest()[:12]
