"""A student's notebook, read strictly: it was written by a stranger.

The manifest of the release says which cells are answers and which are checks; what a submission
says of its own points, tests and locks is never read.
"""

import hashlib
import json
import os
import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
from nbformat.v4.rwbase import rejoin_lines
from nbformat.validator import NotebookValidationError, validate

from autograder.manifest import Manifest

MAX_BYTES = 16 << 20
MAX_ITEMS = 1_000_000  # of JSON: an empty list takes three bytes of text and sixty of memory
MAX_CELLS = 1_000

_SURROGATE = re.compile("[\\ud800-\\udfff]")
_UNANSWERED = "YOUR ANSWER HERE"  # what nbgrader leaves where an answer in words is to stand
_ID = re.compile("[a-zA-Z0-9_-]{1,64}")


class Rejected(Exception):
    """A submission that cannot be graded; its message says why, in one sentence.

    ``sha256`` is of its bytes, where they could be read.
    """

    sha256 = ""


@dataclass(frozen=True)
class Notebook:
    """A valid notebook of format 4, made anew without outputs and without foreign metadata.

    ``sha256`` is of the bytes that were handed in.
    """

    content: dict[str, Any]
    sha256: str


@dataclass(frozen=True)
class StudentCell:
    """A code cell to run. ``number`` counts all cells of the notebook from 1."""

    number: int
    source: str
    exercise: str = ""

    @property
    def id(self) -> str:
        """What the sandbox's log calls it."""
        return f"cell {self.number}"


@dataclass(frozen=True)
class Submission:
    """What is graded: the student's code in its order, and their written answers by name."""

    cells: tuple[StudentCell, ...]
    written: dict[str, str]


def read(path: Path) -> Notebook:
    """The notebook at ``path``, or ``Rejected``: ``raw``, then ``parse``."""
    return parse(raw(path))


def parse(data: bytes) -> Notebook:
    """The notebook in a file's bytes, or ``Rejected``."""
    sha256 = hashlib.sha256(data).hexdigest()
    try:
        return Notebook(_notebook(_json(data)), sha256)
    except Rejected as rejected:
        rejected.sha256 = sha256
        raise


def extract(notebook: Notebook, manifest: Manifest) -> Submission:
    """What the manifest's exercises find in a notebook.

    Every code cell runs, in the notebook's order, except the release's own checks. So where an
    answer cell was copied, all copies run and the last definition counts: what the student saw
    after "Restart and run all". An answer cell that is gone, or is no code any more, leaves its
    exercise undefined. Of a written answer's copies, too, the last one counts.
    """
    answers = {exercise.answer_cell: exercise.name for exercise in manifest.exercises}
    checks = {exercise.grade_cell for exercise in manifest.exercises} - set(answers)
    words = {written.grade_cell for written in manifest.written}
    cells: list[StudentCell] = []
    written: dict[str, str] = {}
    for number, cell in enumerate(notebook.content["cells"], start=1):
        name = _name(cell, {*answers, *checks, *words})
        if name in words:
            written[name] = "" if cell["source"].strip() == _UNANSWERED else cell["source"]
        elif cell["cell_type"] == "code" and name not in checks and cell["source"].strip():
            cells.append(StudentCell(number, cell["source"], answers.get(name, "")))
    return Submission(tuple(cells), written)


def _name(cell: dict[str, Any], known: set[str]) -> str:
    """The cell's name in the release: its grade id, or its id where an editor lost the metadata."""
    grade_id = cell["metadata"].get("nbgrader", {}).get("grade_id")
    return next((name for name in (grade_id, cell["id"]) if name in known), "")


def raw(path: Path) -> bytes:
    """The bytes of a notebook, or ``Rejected``. Follows no link, reads no more than is allowed."""
    try:
        # Non-blocking, or a pipe would wait for its writer.
        fd = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        raise Rejected(f"there is no {path.name} in the submission.") from None
    except OSError:
        raise Rejected("the notebook is a link or cannot be opened.") from None
    if not stat.S_ISREG(os.fstat(fd).st_mode):
        os.close(fd)
        raise Rejected("the notebook is not a regular file.")
    with os.fdopen(fd, "rb") as file:
        data = file.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise Rejected(f"the notebook is larger than {MAX_BYTES >> 20} MiB.")
    if not data.strip():
        raise Rejected("the notebook is an empty file.")
    return data


def _json(data: bytes) -> Any:
    if sum(data.count(mark) for mark in (b",", b"[", b"{")) > MAX_ITEMS:
        raise Rejected("the notebook has too many parts.")
    try:
        content = json.loads(data.decode("utf-8-sig"), parse_constant=_no_constant)
    except RecursionError:
        raise Rejected("the notebook is nested too deeply.") from None
    except ValueError:
        raise Rejected("the file is no notebook: its text is damaged or cut off.") from None
    if any(_SURROGATE.search(text) for text in _texts(content)):
        raise Rejected("the notebook contains characters that are not Unicode.")
    return content


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def _texts(content: Any) -> Iterator[str]:
    open_items = [content]
    while open_items:
        match open_items.pop():
            case str() as text:
                yield text
            case list() as items:
                open_items += items
            case dict() as items:
                yield from items
                open_items += items.values()


def _notebook(content: Any) -> dict[str, Any]:
    if not isinstance(content, dict) or "nbformat" not in content:
        raise Rejected("the file is JSON, but not a notebook.")
    if content["nbformat"] != 4:
        raise Rejected("the notebook is not in format 4: save it again with a current Jupyter.")
    if not isinstance(content.get("cells"), list):
        raise Rejected("the notebook has no list of cells.")
    if len(content["cells"]) > MAX_CELLS:
        raise Rejected(f"the notebook has more than {MAX_CELLS} cells.")
    cells: list[Any] = []
    taken: set[str] = set()
    for number, cell in enumerate(content["cells"], start=1):
        if not _has_the_parts_of_a_cell(cell):
            raise Rejected(f"the notebook is damaged at cell {number}.")
        cells.append(_cell(cell, number, taken))
        taken.add(cells[-1]["id"])
    try:
        node = nbformat.from_dict({"cells": cells, "metadata": _METADATA} | _FORMAT)
        validate(node)
    except RecursionError:
        raise Rejected("the notebook is nested too deeply.") from None
    except NotebookValidationError as error:
        numbers = [part for part in error.relative_path if isinstance(part, int)]
        where = f" at cell {numbers[0] + 1}" if numbers else ""
        raise Rejected(f"the notebook is damaged{where}.") from None
    return rejoin_lines(node)


_FORMAT = {"nbformat": 4, "nbformat_minor": 5}
_METADATA = {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}}


def _has_the_parts_of_a_cell(cell: Any) -> bool:
    """What nbformat's own error messages take for granted."""
    return (
        isinstance(cell, dict)
        and isinstance(cell.get("cell_type"), str)
        and isinstance(cell.get("metadata", {}), dict)
    )


def _cell(cell: dict[str, Any], number: int, taken: set[str]) -> Any:
    """A cell made anew of what counts: what the student's machine once said stays out.

    An id that is missing, odd or taken costs nobody a grade: it is replaced.
    """
    kept = {key: cell[key] for key in ("cell_type", "source", "attachments") if key in cell}
    nbgrader = cell.get("metadata", {}).get("nbgrader")
    grade_id = nbgrader.get("grade_id") if isinstance(nbgrader, dict) else None
    metadata = {"nbgrader": {"grade_id": grade_id}} if isinstance(grade_id, str) else {}
    name = cell.get("id")
    usable = isinstance(name, str) and _ID.fullmatch(name) and name not in taken
    if kept.get("cell_type") == "code":
        kept |= {"outputs": [], "execution_count": None}
    return kept | {"metadata": metadata, "id": name if usable else f"n{number}"}
