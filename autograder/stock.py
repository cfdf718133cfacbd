"""``nbgrader autograde`` and formgrader's button in a course of ours: they grade our way.

nbgrader asks its configuration for an exporter before it reads a submission. Ours hands everything
that was chosen to ``autograder grade``, a process of its own, and leaves nbgrader nothing to read,
copy or run.
"""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from nbconvert.exporters import NotebookExporter
from nbgrader.converters import Autograde
from nbgrader.converters.base import NbGraderException

# Without the working directory on the path: it is a course's, not ours.
_GRADE = (sys.executable, "-P", "-c", "from autograder.cli import main; main()", "grade")


class GradeApart(NotebookExporter):
    """Grades, when ``Autograde`` makes it, what that was asked to grade; exports nothing."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        converter = self.parent
        if isinstance(converter, Autograde):
            chosen, converter.assignments = _chosen(converter), {}
            if chosen:  # to name none would be to name all
                _grade(converter, chosen)

    def from_notebook_node(self, *_: Any, **__: Any) -> Any:
        """Refuses: there is nothing of a submission for nbgrader to convert."""
        raise NbGraderException("nbgrader does not read submissions in this course")


def _chosen(converter: Autograde) -> list[str]:
    """STUDENT/ASSIGNMENT of the submissions that nbgrader found."""
    course: Any = converter.coursedir
    out = set(course.student_id_exclude.split(","))
    found = [Path(place) for place in converter.assignments]
    return sorted(f"{one.parent.name}/{one.name}" for one in found if one.parent.name not in out)


def _grade(converter: Autograde, chosen: list[str]) -> None:
    course: Any = converter.coursedir
    submitted = Path(course.root, course.submitted_directory)
    only = [word for name in chosen for word in ("--only", name)]
    force = ["--force"] if converter.force else []
    done = subprocess.run(
        [*_GRADE, str(submitted), "--course", course.root, *force, *only],
        env=os.environ | {"TERM": "dumb", "COLUMNS": "1000"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    )
    for line in done.stdout.splitlines():
        converter.log.info(line)
    if done.returncode != 0:
        lines = done.stdout.strip().splitlines() or [f"it ended with {done.returncode}"]
        converter.log.error(lines[-1])
        raise NbGraderException(f"autograder grade: {lines[-1]}")
