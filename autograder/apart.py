"""Two steps for nbgrader's ``Autograde``: cells become the course's again, and run apart.

What they leave in the notebook is what a kernel leaves, so that nbgrader scores it.
"""

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

from nbformat import NotebookNode
from nbformat.v4 import new_output
from nbgrader.api import Gradebook
from nbgrader.preprocessors import Execute, NbGraderPreprocessor

from autograder import beside, calibration
from autograder.sandbox import CellLog, CodeCell, Limits, open_session
from autograder.show import clean

_PROMPT = re.compile(r"\n?Out\[\d+\]: \n?\Z")


class Restore(NbGraderPreprocessor):
    """Gives each cell the kind and the points that the gradebook has for its name.

    Of cells with one name, the last has it, as nbgrader decides; others are cells like any.
    """

    def preprocess(
        self, nb: NotebookNode, resources: dict[str, Any]
    ) -> tuple[NotebookNode, dict[str, Any]]:
        of = resources["nbgrader"]
        with Gradebook(of["db_url"]) as gradebook:
            known = _metadata(gradebook.find_notebook(of["notebook"], of["assignment"]))
        for cell in reversed(nb.cells):
            name = cell.metadata.pop("nbgrader", {}).get("grade_id")
            if name in known:
                cell.metadata["nbgrader"] = NotebookNode(known.pop(name))
        return nb, resources


def _metadata(notebook: Any) -> dict[str, dict[str, Any]]:
    points = {cell.name: cell.max_score for cell in (*notebook.grade_cells, *notebook.task_cells)}
    grade, solution, task = (
        {cell.name for cell in cells}
        for cells in (notebook.grade_cells, notebook.solution_cells, notebook.task_cells)
    )
    return {
        cell.name: {
            "schema_version": 3,
            "grade_id": cell.name,
            "grade": cell.name in grade,
            "solution": cell.name in solution,
            "task": cell.name in task,
            "locked": cell.locked,
            "cell_type": cell.cell_type,
            "checksum": cell.checksum,
        }
        | ({"points": points[cell.name]} if cell.name in points else {})
        for cell in notebook.source_cells
    }


class RunApart(NbGraderPreprocessor):
    """Runs a notebook's cells in a sandbox, one after another; a test enters it when its turn is.

    The notebook's limit of time is the course's own, ``c.Execute.timeout``.
    """

    def preprocess(
        self, nb: NotebookNode, resources: dict[str, Any]
    ) -> tuple[NotebookNode, dict[str, Any]]:
        first = beside.cells(Path(resources["metadata"]["path"]))
        code = [cell for cell in nb.cells if cell.cell_type == "code" and cell.source.strip()]
        cells = [CodeCell(f"cell {i}", cell.source) for i, cell in enumerate(code)]
        with open_session([*first, *cells], (), self._limits()) as session:
            before, log = session.log[: len(first)], session.log[len(first) :]
        for entry in before:
            if entry.status != "ok":
                raise RuntimeError(f"the notebook's files could not be laid out: {entry.error}")
        for cell, entry in zip(code, log, strict=True):
            cell.outputs = _outputs(entry)
        return nb, resources

    def _limits(self) -> Limits:
        limits, seconds = Limits(), Execute(config=self.config).timeout
        if seconds and seconds > 0:
            limits = replace(limits, seconds_per_cell=float(seconds))
        return limits.for_machine(calibration.factor())


def _outputs(log: CellLog) -> list[NotebookNode]:
    """What nbgrader scores: an error or a word on stderr is nothing, a last number is the points.

    A result counts only where the cell did not raise, whatever it had displayed before.
    """
    printed = log.stdout
    if log.shown:  # IPython prints it, too
        printed = _PROMPT.sub("", printed.removesuffix("\n").removesuffix(log.shown))
    found = [
        new_output("stream", name=name, text=clean(text, 1 << 18))
        for name, text in (("stdout", printed), ("stderr", log.stderr))
        if text
    ]
    if log.status != "ok":
        error = log.error
        kind, message = (error.type, error.message) if error else ("Stopped", "")
        told = [clean(line) for line in str(error).splitlines()]
        return [
            *found,
            new_output("error", ename=clean(kind), evalue=clean(message), traceback=told),
        ]
    if log.shown:
        found.append(new_output("execute_result", data={"text/plain": clean(log.shown)}))
    return found
