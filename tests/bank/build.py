"""Makes the sample class's submissions, in nbgrader's layout, from the answers under ``class/``.

``python -m tests.bank.build FOLDER``. An answer file holds parts, ``# %% <exercise>``: in the
released notebook, the exercise's answer cell gets that source. ``# %% top`` is a cell of the
student's own at the top, ``# %% own`` one below the part before it. ``[copy]`` puts a second answer
cell below the first, ``[deleted]`` leaves the answer cell out, ``[markdown]`` turns it into text.
The part of an answer in words is comments.

An attack, a folder below ``attacks/``, is amara's right answers with those of its ``answer.py``
instead; where it has a ``hand_in.py``, that writes the files.

An alternative, ``alternatives/<name>/answer.py``, is right code written in an unusual way: its
first line says to which assignment it belongs and what is unusual, its parts answer some exercises.
"""

import copy
import re
import runpy
import shutil
import sys
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell

from autograder.manifest import Manifest

ROOT = Path(__file__).parents[2]
CLASS = Path(__file__).parent / "class"
ATTACKS = Path(__file__).parent / "attacks"
ALTERNATIVES = Path(__file__).parent / "alternatives"
ATTACKED = "queries_keys_values"
LINKS = {"mads/queries_keys_values": "../../amara/queries_keys_values/queries_keys_values.ipynb"}
STRAYS = (".DS_Store", "amara/queries_keys_values/notes.ipynb", "bruno/homework_1/homework_1.ipynb")
PART = re.compile(r"^# %% (\w+)(?: \[(\w+)\])?$", re.MULTILINE)
FIRST = re.compile(r"# (\w+): (.+\.)\n")


@dataclass(frozen=True)
class Alternative:
    """Right answers to ``exercises`` of an assignment, written otherwise."""

    name: str
    slug: str
    unusual: str
    exercises: tuple[str, ...]
    notebook: NotebookNode


def expected() -> dict[str, dict[str, dict[str, str] | str]]:
    """What each submission must get, by student and assignment: see ``class/expected.toml``."""
    return tomllib.loads((CLASS / "expected.toml").read_text("utf-8"))


def build(folder: Path) -> None:
    """Writes the submissions below ``folder``, which is made anew."""
    shutil.rmtree(folder, ignore_errors=True)
    for answers in sorted(CLASS.glob("*/*")):
        target = folder / answers.parent.name / answers.stem / f"{answers.stem}.ipynb"
        target.parent.mkdir(parents=True)
        if answers.suffix == ".py":
            nbformat.write(filled(answers.stem, answers.read_text("utf-8")), target)
        else:
            shutil.copyfile(answers, target)
    for place, aim in LINKS.items():
        link = folder / place / f"{Path(place).name}.ipynb"
        link.parent.mkdir(parents=True)
        link.symlink_to(aim)
    for stray in STRAYS:
        (folder / stray).parent.mkdir(parents=True, exist_ok=True)
        (folder / stray).write_text("{}", "utf-8")


def build_attacks(folder: Path, places: Mapping[str, str]) -> None:
    """Writes a submission for each attack, by a student of its name.

    ``places`` are put where an answer says ``@NAME@``: an attack must know what to aim at.
    """
    right = (CLASS / "amara" / f"{ATTACKED}.py").read_text("utf-8")
    for attack in sorted(path.parent for path in ATTACKS.glob("*/attack.toml")):
        own = attack / "answer.py"
        answers = right + (own.read_text("utf-8") if own.exists() else "")
        for name, place in places.items():
            answers = answers.replace(f"@{name}@", place)
        notebook = filled(ATTACKED, answers)
        target = folder / attack.name / ATTACKED / f"{ATTACKED}.ipynb"
        target.parent.mkdir(parents=True)
        if (attack / "hand_in.py").exists():
            runpy.run_path(str(attack / "hand_in.py"))["hand_in"](notebook, target)
        else:
            nbformat.write(notebook, target)


def alternatives() -> list[str]:
    """The names of the alternatives."""
    return sorted(path.parent.name for path in ALTERNATIVES.glob("*/answer.py"))


def alternative(name: str) -> Alternative:
    """An alternative, as its student would hand it in."""
    answers = (ALTERNATIVES / name / "answer.py").read_text("utf-8")
    first = FIRST.match(answers)
    if first is None:
        raise ValueError(f"{name}/answer.py must begin with `# <assignment>: <what is unusual>.`")
    slug, unusual = first.groups()
    known = [exercise.name for exercise in Manifest.load(slug).exercises]
    answered = {part for part, _ in PART.findall(answers)}
    exercises = tuple(exercise for exercise in known if exercise in answered)
    return Alternative(name, slug, unusual, exercises, filled(slug, answers))


def filled(slug: str, answers: str) -> NotebookNode:
    """The released notebook with a student's answers in it."""
    notebook = nbformat.read(ROOT / "exercises" / slug / f"{slug}.ipynb", 4)
    manifest = Manifest.load(slug)
    cells = {exercise.name: exercise.answer_cell for exercise in manifest.exercises}
    cells |= {written.grade_cell: written.grade_cell for written in manifest.written}
    _, *parts = PART.split(answers)
    here = 0
    for name, how, source in zip(parts[::3], parts[1::3], parts[2::3], strict=True):
        if name in cells:
            here = next(i for i, c in enumerate(notebook.cells) if c.id == cells[name])
        here = _put(notebook, here, name, how, source.strip())
    return notebook


def _put(notebook: NotebookNode, here: int, name: str, how: str | None, source: str) -> int:
    """One part into the notebook at ``here``; the place of the cell that it became."""
    cells = notebook.cells
    match name, how:
        case "top", _:
            cells.insert(0, new_code_cell(source, id="own-top"))
        case "own", _:
            here += 1
            cells.insert(here, new_code_cell(source, id=f"own-{here}"))
        case _, "deleted":
            del cells[here]
        case _, "markdown":
            cells[here] = new_markdown_cell(
                source, id=cells[here].id, metadata=cells[here].metadata
            )
        case _, "copy":
            cells.insert(here + 1, _copy(cells[here], source))
        case _ if cells[here].cell_type == "markdown":
            cells[here].source = re.sub("^# ?", "", source, flags=re.MULTILINE)
        case _:
            cells[here].source = source
    return here


def _copy(cell: NotebookNode, source: str) -> NotebookNode:
    made = copy.deepcopy(cell)
    made.id, made.source = f"{cell.id}-copy", source
    return made


if __name__ == "__main__":
    build(Path(sys.argv[1]))
