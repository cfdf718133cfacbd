"""The notebook that formgrader and nbgrader's feedback show: the release, a student's words and
code in it, and a judge's verdicts where a kernel's outputs stood.

nbgrader reads a check cell so: an error is 0 points, an ``execute_result`` is its number of points,
and anything else is full marks.
"""

import html
import json
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_raw_cell
from nbformat.v4.rwbase import split_lines
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import CheckCellMetadata

from autograder import release
from autograder.course import CourseError, released_notebook
from autograder.manifest import Manifest
from autograder.notebook import headline
from autograder.notebook import html as as_html
from autograder.notebook import text as as_text
from autograder.show import clean
from autograder.verdict import ExerciseVerdict, Verdict

_NEW = {"code": new_code_cell, "markdown": new_markdown_cell, "raw": new_raw_cell}
_quoted = json.JSONEncoder(ensure_ascii=False).encode


class Release:
    """A released notebook as the gradebook needs it: read, checked and written out once.

    ``CourseError`` where the course has no such release.
    """

    def __init__(self, course: CourseDirectory, slug: str) -> None:
        there = released_notebook(course, slug)
        if not there.is_file():
            raise CourseError(f"{course.root} has no {slug}: run `autograder course {course.root}`")
        self.slug = slug
        self.sha256 = release.sha256(there)
        self.notebook = _with_rubric(course, slug)
        # A student's cells carry none of nbgrader's metadata, so what holds here holds for all.
        CheckCellMetadata().preprocess(self.notebook, {})
        self._written = {id(cell): _cell_text(cell) for cell in self.notebook.cells}

    def check(self, verdict: Verdict, manifest: Manifest, root: str) -> None:
        """``CourseError`` where a verdict is not about this release."""
        if verdict.assignment != manifest.slug or {self.sha256} != {
            manifest.sha256,
            verdict.release_sha256,
        }:
            raise CourseError(
                f"the verdict on {verdict.student} is not about this course's {self.slug}: "
                f"run `autograder course {root}`, then grade again"
            )

    def filled(self, verdict: Verdict, notebook: dict[str, Any] | None) -> NotebookNode:
        """The page of a submission; its cells of the release are the release's own objects."""
        page = transplant(self.notebook, notebook)
        page.cells = [_judged(cell, verdict) for cell in page.cells]
        if verdict.status == "rejected":
            sentence = f"**This submission could not be graded.** {html.escape(verdict.reason)}"
            page.cells.insert(0, new_markdown_cell(sentence, id="rejected"))
        page.metadata["attnbook"] = {"submission_sha256": verdict.submission_sha256}
        return page

    def text(self, page: NotebookNode) -> str:
        """What ``nbformat.writes`` gives; of the release's cells, what it gave before."""
        cells = [self._written.get(id(cell)) or _cell_text(cell) for cell in page.cells]
        rest = _json({key: value for key, value in page.items() if key != "cells"}, "\n")
        return '{\n "cells": [\n  ' + ",\n  ".join(cells) + "\n ]," + rest.removeprefix("{") + "\n"


def _cell_text(cell: NotebookNode) -> str:
    cell = NotebookNode(cell)  # split_lines writes into what it is given
    if "outputs" in cell:
        cell.outputs = [_copied(output) for output in cell.outputs]
    return _json(split_lines(NotebookNode(cells=[cell])).cells[0], "\n  ")


def _copied(output: NotebookNode) -> NotebookNode:
    output = NotebookNode(output)
    if "data" in output:
        output.data = NotebookNode(output.data)
    return output


def _json(value: Any, line: str) -> str:
    """As ``json.dumps`` writes a notebook (sorted, an indent of one), three times as fast.

    ``line`` is the line break and the indent that stand before the value's end.
    """
    if isinstance(value, str):
        return _quoted(value)
    if isinstance(value, dict) and value:
        items = [f"{_quoted(key)}: {_json(value[key], line + ' ')}" for key in sorted(value)]
        return f"{{{line} " + f",{line} ".join(items) + f"{line}}}"
    if isinstance(value, list) and value:
        return (
            f"[{line} " + f",{line} ".join([_json(item, line + " ") for item in value]) + f"{line}]"
        )
    return json.dumps(value)


def recorded(shown: Path) -> str:
    """The hash of the submission that was recorded last, or nothing."""
    try:
        metadata = json.loads(shown.read_bytes())["metadata"]
    except (FileNotFoundError, ValueError, KeyError):
        return ""
    return metadata.get("attnbook", {}).get("submission_sha256", "")


def _with_rubric(course: CourseDirectory, slug: str) -> NotebookNode:
    """The released notebook, with the rubric at its place for those who grade."""
    released = nbformat.read(released_notebook(course, slug), 4)
    by_id = {cell.id: cell for cell in released.cells}
    source = Path(course.format_path(course.source_directory, ".", slug), f"{slug}.ipynb")
    cells = []
    for cell in nbformat.read(source, 4).cells:
        if cell.id in by_id:
            cells.append(by_id[cell.id])
        elif "rubric" in cell.metadata.get("tags", []):
            cells.append(cell)
    released.cells = cells
    return released


def transplant(released: NotebookNode, notebook: dict[str, Any] | None) -> NotebookNode:
    """The release, with a student's words and code in it: no other part of a submission survives.

    Answers and written answers take the student's source (of copies, the last, as in the sandbox).
    Cells of the student's own, and copies and changed versions of free cells, follow the cell of
    the release that they followed. Checks are the release's. ``released`` stays as it is.
    """
    ours = {_name(cell): cell for cell in released.cells}
    answers = {name for name, cell in ours.items() if graded(cell, "solution")}
    original = {cell.source for cell in released.cells}
    extra: dict[str, list[NotebookNode]] = {}
    above = ""
    for cell in (notebook or {}).get("cells", []):
        source = "".join(cell["source"])
        name = _name(cell) if _name(cell) in ours else cell.get("id", "")
        in_words = graded(ours.get(name), "grade")
        if name in answers and (in_words or cell["cell_type"] == "code"):
            ours[name] = NotebookNode(ours[name] | {"source": source})
        elif not graded(ours.get(name), "grade") and source.strip() and source not in original:
            number = sum(len(cells) for cells in extra.values()) + 1
            mine = _NEW[cell["cell_type"]](source, id=f"student-{number}")
            extra.setdefault(name if name in ours else above, []).append(mine)
        above = name if name in ours else above
    page = NotebookNode(released)
    page.metadata = NotebookNode(released.metadata)
    page.cells = extra.get("", []) + [
        shown for name, cell in ours.items() for shown in (cell, *extra.get(name, []))
    ]
    return page


def _name(cell: Any) -> str:
    return cell["metadata"].get("nbgrader", {}).get("grade_id") or cell.get("id", "")


def graded(cell: Any, role: str) -> bool:
    """Whether nbgrader's metadata gives a cell that role: "grade" or "solution"."""
    return cell is not None and bool(cell["metadata"].get("nbgrader", {}).get(role))


def _judged(cell: NotebookNode, verdict: Verdict) -> NotebookNode:
    """A check with the verdict as its outputs; any other cell as it is."""
    if not graded(cell, "grade") or graded(cell, "solution"):
        return cell
    name, points = cell.metadata.nbgrader.grade_id, cell.metadata.nbgrader.points
    found = (exercise for exercise in verdict.exercises if exercise.exercise == name)
    judged = next(found, None) or _not_judged(name, points, verdict.reason)
    if judged.max_points != points:
        raise CourseError(
            f"{name} gives {judged.max_points:g} points in the verdict and {points:g} "
            "in the release: run `autograder release`, then grade again"
        )
    return NotebookNode(cell | {"outputs": outputs(judged)})


def _not_judged(name: str, points: float, reason: str) -> ExerciseVerdict:
    return ExerciseVerdict(
        exercise=name,
        status="broke",
        points=None,
        max_points=points,
        error=reason or "there is no verdict on this exercise",
        seed=0,
        seconds=0.0,
    )


def outputs(judged: ExerciseVerdict) -> list[NotebookNode]:
    """A verdict as the outputs of its check cell, in the form that nbgrader turns into points."""
    page = {"text/html": as_html(judged), "text/plain": clean(as_text(judged), 20_000)}
    shown = [_output("display_data", data=page, metadata={})]
    if judged.points is None or judged.points >= judged.max_points:
        return shown
    if judged.points > 0:
        points = {"text/plain": repr(float(judged.points))}
        of = {"data": points, "execution_count": None, "metadata": {}}
        return [*shown, _output("execute_result", **of)]
    sentence = clean(headline(judged))
    return [*shown, _output("error", ename="", evalue=sentence, traceback=[sentence])]


def _output(kind: str, **parts: Any) -> NotebookNode:
    """nbformat's ``new_output`` without its validation, which takes a millisecond."""
    output: Any = nbformat.from_dict({"output_type": kind, **parts})
    return output
