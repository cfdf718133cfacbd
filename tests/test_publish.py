"""What goes to the web: everything that the first page links to is made before it."""

import re
import subprocess
import sys

import pytest
import yaml

from autograder.source import ROOT

sys.path.insert(0, str(ROOT / "scripts"))
import offline
import pdf
import publish

BASE = yaml.safe_load((ROOT / "_config.yml").read_text("utf-8"))["html"]["baseurl"]


def test_the_first_page_links_to_what_the_scripts_write():
    index = (ROOT / "book/index.md").read_text("utf-8")
    linked = set(re.findall(r"\{site\}`[^<`]*<([^>]+)>`", index))
    written = {pdf.parser().get_default("out").name, f"{offline.NAME}.zip"}
    assert linked == written


def test_publishing_makes_both_and_then_looks():
    done = subprocess.run(
        ["make", "--dry-run", "publish"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    scripts = re.findall(r"scripts/(\w+)\.py", done.stdout)
    assert scripts[-3:] == ["pdf", "offline", "publish"]
    workflow = yaml.safe_load((ROOT / ".github/workflows/publish.yml").read_text("utf-8"))
    steps = workflow["jobs"]["publish"]["steps"]
    assert "make publish" in [step.get("run") for step in steps]
    [uploaded] = [step["with"]["path"] for step in steps if "upload" in step.get("uses", "")]
    assert ROOT / uploaded == publish.HTML


@pytest.mark.parametrize("address", [f"{BASE}attnbook.pdf", f"{BASE}_static/social/x.png"])
def test_a_link_to_what_is_missing_is_found(tmp_path, address):
    page = tmp_path / "book" / "index.html"
    page.parent.mkdir()
    page.write_text(f'<a href="{address}">all</a> <a href="https://example.org/x">other</a>')
    file = tmp_path / address.removeprefix(BASE)
    assert publish.missing(tmp_path, BASE) == {address.removeprefix(BASE): "book/index.html"}
    file.parent.mkdir(parents=True, exist_ok=True)
    file.touch()
    assert publish.missing(tmp_path, BASE) == {}
