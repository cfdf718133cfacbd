"""Where submissions lie: nbgrader's ``<student>/<assignment>/<assignment>.ipynb``, and no links."""

import os
import re
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from autograder.show import clean

MAX_NAME = 100  # bytes
_NAME = re.compile(r"\w[\w@.+ -]*")
MAX_NOTES = 5  # about one folder
NBGRADERS_OWN = ("timestamp.txt", "submission_secret.txt")


@dataclass(frozen=True)
class HandedIn:
    """A student's folder for an assignment, and the notebook that should be in it."""

    student: str
    assignment: str
    path: Path

    def __str__(self) -> str:
        return f"{self.student}/{self.assignment}"


@dataclass(frozen=True)
class Found:
    """What a folder of submissions holds. ``strays`` and ``refused`` are a line for each thing."""

    submissions: tuple[HandedIn, ...]
    strays: tuple[str, ...]
    refused: tuple[str, ...]


def collect(folder: Path, assignments: Collection[str]) -> Found:
    """All submissions below ``folder``, sorted. ``NotADirectoryError`` where there is none."""
    if not folder.is_dir():
        raise NotADirectoryError(f"there is no folder of submissions {folder}")
    submissions: list[HandedIn] = []
    strays: list[str] = []
    refused: list[str] = []
    for student in _entries(folder):
        if not student.is_dir(follow_symlinks=False):
            strays.append(_stray(student.name, student, "no student's folder"))
            continue
        if (wrong := wrong_name(student.name)) is not None:
            refused.append(f"{readable(student.name)}: {wrong}")
            continue
        notes: list[str] = []
        for entry in _entries(student):
            place = f"{student.name}/{entry.name}"
            if entry.name not in assignments or not entry.is_dir(follow_symlinks=False):
                notes.append(_stray(place, entry, "no assignment of this course"))
                continue
            notebook = f"{entry.name}.ipynb"
            notes += [
                _stray(f"{place}/{other.name}", other, f"not {notebook}")
                for other in _entries(entry)
                if other.name not in (notebook, *NBGRADERS_OWN)
            ]
            submissions.append(HandedIn(student.name, entry.name, Path(entry.path, notebook)))
        strays += _shortened(student.name, notes)
    return Found(tuple(submissions), tuple(strays), tuple(refused))


def wrong_name(student: str) -> str | None:
    """Why a student's name may not become a file's, in words; None where it may.

    >>> wrong_name("..")
    "a student's name starts with a letter or digit and goes on with those and _ @ . + -"
    """
    if len(student.encode("utf-8", "replace")) > MAX_NAME:
        return f"a student's name may not be longer than {MAX_NAME} bytes"
    if not _NAME.fullmatch(student) or not student.isprintable():
        return "a student's name starts with a letter or digit and goes on with those and _ @ . + -"
    return None


def readable(name: str) -> str:
    """A name of a stranger's for one line of a terminal."""
    text = name.encode("utf-8", "replace").decode()
    return clean(" ".join(text.split()), 200)


def _entries(folder: os.PathLike[str]) -> list[os.DirEntry[str]]:
    """What is in a folder; nothing where it may not be opened."""
    try:
        with os.scandir(folder) as entries:
            return sorted(entries, key=lambda entry: entry.name)
    except PermissionError:
        return []


def _stray(place: str, entry: os.DirEntry[str], why: str) -> str:
    return f"{readable(place)}: {'a link' if entry.is_symlink() else why}"


def _shortened(student: str, notes: list[str]) -> list[str]:
    left = len(notes) - MAX_NOTES
    if left <= 1:
        return notes
    return [*notes[:MAX_NOTES], f"{readable(student)}: and {left} more things"]
