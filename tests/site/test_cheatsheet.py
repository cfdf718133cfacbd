"""The cheat sheet: one page of A4 with nothing cut off, and formulas that the chapters have too."""

import re
import subprocess

import browsing
import pytest

SHEET = browsing.ROOT / "book" / "cheatsheet.md"
PAGES = (browsing.ROOT / "book").glob("*.md")
CHAPTERS = [path for path in PAGES if path.stem not in {"cheatsheet", "darija"}]


def bare(tex: str) -> str:
    """A formula without what only sets it: spaces, alignment, sizes, punctuation."""
    tex = re.sub(r"\{\\textstyle(\\\w+)\}", r"\1", tex)
    return re.sub(r"\\[!,;]|\\q?quad|\\[Bb]ig[lr]|\\\\|[\s,.&$]", "", tex)


def formulas(text: str) -> list[str]:
    """Every formula of a page, line by line."""
    found = [a or b for a, b in re.findall(r"\$\$(.+?)\$\$|\$(.+?)\$", text, re.DOTALL)]
    lines = (re.split(r"\\\\|\\qquad", re.sub(r"\\(begin|end){aligned}", "", f)) for f in found)
    return [bare(line) for each in lines for line in each if bare(line)]


def test_every_formula_is_a_chapters():
    taught = bare("".join(path.read_text("utf-8") for path in CHAPTERS))
    here = formulas(SHEET.read_text("utf-8"))
    assert len(here) > 40
    assert [formula for formula in here if formula not in taught] == []


@pytest.fixture
def printed(open_page, tmp_path):
    """The page as Chromium prints it, and its text."""
    page = open_page("book/cheatsheet.html")
    file = tmp_path / "sheet.pdf"
    page.pdf(path=file, prefer_css_page_size=True, print_background=True)
    facts = subprocess.run(["pdfinfo", file], capture_output=True, text=True, check=True).stdout
    text = subprocess.run(["pdftotext", file, "-"], capture_output=True, text=True, check=True)
    return page, dict(re.findall(r"^([\w ]+?): +(.+)$", facts, re.MULTILINE)), text.stdout


def test_it_is_one_page_of_a4_with_nothing_cut_off(printed):
    page, facts, text = printed
    assert facts["Pages"] == "1"
    assert "A4" in facts["Page size"]
    headings = re.findall(r"{rubric} (.+)", SHEET.read_text("utf-8"))
    words = " ".join(text.split())
    assert [heading for heading in headings if heading not in words] == []
    page.emulate_media(media="print")
    page.set_viewport_size({"width": 680, "height": 1009})  # A4 without its margins
    wide = page.evaluate(
        """() => [...document.querySelectorAll(".attn-sheet > *, .attn-sheet div.math > *")]
          .filter(node => node.scrollWidth > node.clientWidth + 1 && node.clientWidth > 0)
          .map(node => node.textContent.slice(0, 60))"""
    )
    assert wide == []
