"""The errata against the chapters: no box without a row, no row whose box is gone."""

import re

import yaml

from autograder.source import ROOT

ERRATA = (ROOT / "book/errata.md").read_text("utf-8")
LINKED = re.findall(r"\(#(myth-[\w-]+)\)", ERRATA)


def boxes() -> dict[str, list[str]]:
    """The names of the boxes of every chapter in the book that has some."""
    parts = yaml.safe_load((ROOT / "book/_toc.yml").read_text("utf-8"))["parts"]
    files = [chapter["file"] for part in parts for chapter in part["chapters"]]
    texts = {file: (ROOT / f"{file}.md").read_text("utf-8") for file in files}
    found = {file: re.findall(r"^:name: (myth-[\w-]+)$", texts[file], re.M) for file in files}
    return {file: names for file, names in found.items() if names}


def test_every_row_leads_to_a_box():
    names = [name for names in boxes().values() for name in names]
    assert len(names) == len(set(names))
    assert set(LINKED) <= set(names)


def test_a_chapter_that_has_a_row_has_one_for_each_of_its_boxes():
    of = {file: set(names) for file, names in boxes().items() if set(names) & set(LINKED)}
    assert len(of) >= 7
    assert {file: missing for file, names in of.items() if (missing := names - set(LINKED))} == {}


def test_a_row_says_what_shows_it():
    rows = re.findall(r'^"[^\n]+"\n: (?:[^\n]+\n(?:  [^\n]+\n)*)', ERRATA, re.M)
    assert len(rows) >= 70
    assert [row for row in rows if "*Shown*" not in row] == []
    assert [row for row in rows if not re.search(r"\*Sources?:\*", row)] == []
