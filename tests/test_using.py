"""The pages on using the course: every command that they show is one, and every file is there."""

import re
import shlex
from pathlib import Path

import pytest
from nbgrader.apps import NbGraderApp
from typer.main import get_command

from autograder.cli import app
from autograder.verify import ROOT

PAGES = ("for_students", "for_instructors")
COMMANDS = get_command(app).commands


def shown(page: str) -> list[list[str]]:
    """The lines of a page's shell blocks, as words; of those in a console, what is typed."""
    text = (ROOT / f"book/{page}.md").read_text("utf-8")
    blocks = re.findall(r"^```(sh|console)\n(.*?)^```$", text, flags=re.MULTILINE | re.DOTALL)
    lines = [
        line.removeprefix("$ ")
        for kind, block in blocks
        for line in block.replace("\\\n", " ").splitlines()
        if kind == "sh" or line.startswith("$ ")
    ]
    return [shlex.split(line, comments=True) for line in lines if line]


def wrong(words: list[str]) -> str:
    """What is wrong with a command, or nothing."""
    program, *rest = words
    name = next((word for word in rest if not word.startswith("-")), "")
    if program == "nbgrader":
        return "" if name.replace("-", "_") in NbGraderApp.subcommands else f"no nbgrader {name}"
    if program == "autograder":
        if name not in COMMANDS:
            return f"no autograder {name}"
        known = {o for p in COMMANDS[name].params for o in (*p.opts, *p.secondary_opts)}
        asked = {word.split("=")[0] for word in rest if word.startswith("-")}
        return ", ".join(sorted(asked - known - {"--help"}))
    # Students copy the exercises to a folder of their own.
    rest = [re.sub("^mine/", "exercises/", word) for word in rest]
    files = [w for w in rest if re.search(r"\.(ipynb|txt|yml|sh)$", w)]
    return ", ".join(file for file in files if not (ROOT / file).exists())


@pytest.mark.parametrize("page", [*PAGES, "many_machines"])
def test_every_command_shown_is_one(page):
    commands = shown(page)
    assert len(commands) >= 5
    assert [(words, fault) for words in commands if (fault := wrong(words))] == []


def test_what_is_none_is_found():
    assert wrong(["autograder", "gradde", "submitted"]) == "no autograder gradde"
    assert wrong(["autograder", "grade", "submitted", "--fast"]) == "--fast"
    assert wrong(["nbgrader", "relase"]) == "no nbgrader relase"
    assert wrong(["jupyter", "lab", "exercises/nothing.ipynb"]) == "exercises/nothing.ipynb"


def test_readers_find_these_pages():
    for place in ("README.md", "book/index.md", "book/_toc.yml"):
        text = Path(ROOT, place).read_text("utf-8")
        assert [page for page in PAGES if page not in text] == []
