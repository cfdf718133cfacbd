"""What readers carry away: the site as an archive that works from a folder, and as one PDF."""

import re
import subprocess
import sys
import zipfile

import browsing
import pytest
from playwright.sync_api import expect

PAGES = ["bahdanau", "cheatsheet", "glossary"]


def run(script: str, *arguments: str) -> subprocess.CompletedProcess:
    command = [sys.executable, browsing.ROOT / "scripts" / script, *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_the_archive_works_from_a_folder(browser, site, tmp_path):
    done = run("offline.py")
    assert done.returncode == 0, done.stderr
    file = browsing.HTML / "attnbook-offline.zip"
    first = file.read_bytes()
    run("offline.py")
    assert file.read_bytes() == first
    zipfile.ZipFile(file).extractall(tmp_path)
    book = tmp_path / "attnbook-offline"
    with browsing.visit(browser, (book / "book/index.html").as_uri()) as (page, watch):
        expect(page.locator(".attn-static[data-ready]")).to_have_count(1)
        page.get_by_role("link", name="Human attention").first.click()
        browsing.settle(page)
        assert page.locator("mjx-container").count() > 10
        widget = page.locator('.attn-static[data-widget="kernel"]')
        before = widget.inner_text()
        widget.get_by_role("slider").first.focus()
        page.keyboard.press("ArrowRight")
        assert widget.inner_text() != before
        page.keyboard.press("Control+k")
        page.keyboard.type("softmax")
        page.keyboard.press("Enter")
        page.wait_for_url("file://**/search.html?q=softmax")
        expect(page.locator("#search-results li a").first).to_be_visible(timeout=10_000)
        watch.assert_clean()
    file.unlink()


def test_the_scripts_say_what_is_wrong():
    asked = run("pdf.py", "nowhere")
    assert asked.returncode == 1
    assert "no page 'nowhere': choose among human_attention, " in asked.stderr
    assert "Traceback" not in asked.stderr


@pytest.fixture(scope="module")
def printed(site, tmp_path_factory):
    """Two pages and the first, printed; the file and its text."""
    file = tmp_path_factory.mktemp("pdf") / "two.pdf"
    done = run("pdf.py", *PAGES, "--out", str(file))
    assert done.returncode == 0, done.stderr
    text = subprocess.run(["pdftotext", "-layout", file, "-"], capture_output=True, text=True)
    return file, text.stdout


def test_the_pdf_numbers_its_pages_and_links_its_contents(printed):
    file, text = printed
    sheets = text.rstrip("\f").split("\f")
    assert len(sheets) > 10
    for number, sheet in enumerate(sheets, 1):
        assert re.search(rf"^ *{number} / {len(sheets)}\s*$", sheet, re.MULTILINE)
    facts = subprocess.run(["pdfinfo", "-dests", file], capture_output=True, text=True).stdout
    assert {f'"{name}"' for name in PAGES} <= set(re.findall(r'"[\w-]+"', facts))
    assert '"glossary--term-softmax"' in facts  # a card's link, from one page to another
    contents = sheets[: next(i for i, sheet in enumerate(sheets) if "Say the next word" in sheet)]
    assert "Contents" in "".join(contents)
    assert "A model that translates a sentence" in sheets[0]
    assert "kitchen" in sheets[0]  # in the widget's picture
    assert "Hide code cell source" not in text
    assert not re.search(r"(?:Not so|Right)\.\S", text)
    [sheet] = [sheet for sheet in sheets if "Attention in five steps" in sheet]
    assert "When it goes wrong" in sheet  # on one page here too
    assert not list((browsing.HTML / "book").glob(".*.html"))


def test_the_pdf_cuts_no_line_of_code_and_shows_widgets(printed):
    _, text = printed
    page = (browsing.ROOT / "book" / "bahdanau.md").read_text("utf-8")
    cells = re.findall(r"```{code-cell} ipython3\n(?!:tags: \[(?:remove|hide))(.*?)```", page, re.S)
    lines = [line for cell in cells for line in cell.splitlines() if len(line.strip()) > 70]
    assert lines
    squeezed = re.sub(r"\s", "", text)
    ends = [re.sub(r"\s", "", line)[-25:] for line in lines]
    assert [end for end in ends if end not in squeezed] == []
