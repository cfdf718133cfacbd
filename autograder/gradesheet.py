"""``verdicts.csv``: a row for each exercise of each submission, as it was judged.

Marks given by hand and penalties are nbgrader's, and in the ``grades.csv`` of its ``export``.
"""

import csv
from collections.abc import Iterable
from io import StringIO

from autograder.verdict import Verdict

COLUMNS = (
    *("student", "assignment", "exercise", "points", "max_points"),
    *("status", "misconception", "seconds", "isolation"),
)


def rows(verdicts: Iterable[Verdict]) -> str:
    """The whole file. UTF-8, lines end with CRLF.

    ``points`` is empty where we could not judge; ``isolation`` says what kept the code apart.
    """
    file = StringIO()
    writer = csv.writer(file)
    writer.writerow(COLUMNS)
    for verdict in verdicts:
        rejected = verdict.status == "rejected"
        for exercise in verdict.exercises:
            mistake = exercise.misconception
            writer.writerow(
                (
                    inert(verdict.student),
                    inert(verdict.assignment),
                    inert(exercise.exercise),
                    "" if exercise.points is None else f"{exercise.points:g}",
                    f"{exercise.max_points:g}",
                    "rejected" if rejected else exercise.status,
                    inert(mistake.name) if mistake else "",
                    f"{exercise.seconds:.2f}",
                    inert(verdict.isolation),
                )
            )
    return file.getvalue()


def inert(text: str) -> str:
    """The text so that no spreadsheet takes it for a formula.

    >>> inert('=HYPERLINK("x")')
    '\\'=HYPERLINK("x")'
    """
    return f"'{text}" if text.lstrip().startswith(("=", "+", "-", "@", "\t", "\r")) else text
