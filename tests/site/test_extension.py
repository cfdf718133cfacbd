"""The parts that the book adds: what they refuse, what they forget, where they lead."""

import io
import json
import re
import sys
from pathlib import Path
from types import SimpleNamespace

import browsing
import nbformat
import pytest
from nbclient import NotebookClient
from sphinx.application import Sphinx
from sphinx.util.console import strip_colors

sys.path.insert(0, str(browsing.ROOT / "book" / "ext"))

from course import build, launch

WRONG = {
    "{quiz} holds {question} directives and nothing else": """
        :::{quiz}
        words
        :::""",
    "{question} is a prompt followed by a list of options": """
        ::::{quiz}
        :::{question}
        Which?
        :::
        ::::""",
    "{question} needs one option marked [x]": """
        ::::{quiz}
        :::{question}
        Which?

        - [x] This.

          Yes.
        - [x] That.

          Yes.
        :::
        ::::""",
    "'This.' has no explanation": """
        ::::{quiz}
        :::{question}
        Which?

        - [x] This.
        - [ ] That.
        :::
        ::::""",
    "an option starts with [x] or [ ], not with 'This.'": """
        ::::{quiz}
        :::{question}
        Which?

        - This.

          Yes.
        :::
        ::::""",
    "{predict} holds one {dropdown} with the answer": """
        :::{predict}
        Which?
        :::""",
    "{myth} needs a `:name: myth-...`": """
        :::{myth} It is said.
        It is not so.
        :::""",
    "exercises/nowhere/nowhere.ipynb is missing: run `make exercises`": """
        :::{exercise-link} nowhere
        :::""",
    "there is no NOWHERE.md in the repository": "Read {repo}`NOWHERE.md`.",
}


@pytest.fixture(scope="module")
def complaints(tmp_path_factory) -> str:
    """What a build says about a page that has everything wrong."""
    folder = tmp_path_factory.mktemp("wrong")
    text = "\n".join(re.sub(r"^ {8}", "", page, flags=re.MULTILINE) for page in WRONG.values())
    (folder / "index.md").write_text(f"# Wrong\n{text}\n", "utf-8")
    parts = ["course.quiz", "course.boxes", "course.exercises", "course.repository"]
    warnings = io.StringIO()
    app = Sphinx(
        folder, None, folder / "html", folder / "doctrees", "html",
        {"extensions": ["myst_parser", "sphinx_design", *parts],
         "myst_enable_extensions": ["colon_fence"]},
        status=None, warning=warnings,
    )  # fmt: skip
    app.build()
    return strip_colors(warnings.getvalue())


@pytest.mark.parametrize("message", WRONG)
def test_author_is_told_what_is_wrong_and_where(complaints, message):
    [line] = [line for line in complaints.splitlines() if message in line]
    assert re.search(r"index\.md:\d+: ", line)


def test_outputs_are_dropped_when_attn_changes_and_only_then(tmp_path: Path):
    (tmp_path / "attn" / "widgets").mkdir(parents=True)
    module = tmp_path / "attn" / "widgets" / "photo.js"
    module.write_text("1")
    cache = tmp_path / "_build" / ".jupyter_cache"
    app = SimpleNamespace(srcdir=tmp_path, outdir=tmp_path / "_build" / "html")

    def kept() -> bool:
        cache.mkdir(parents=True, exist_ok=True)
        build.drop_stale_outputs(app)
        return cache.exists()

    assert not kept()
    assert kept()
    version = build.environment_version(app)
    module.write_text("2")
    assert build.environment_version(app) != version
    assert not kept()
    assert kept()
    module.rename(module.with_name("other.js"))
    assert not kept()


def test_a_kernel_says_nothing_while_the_book_is_built(tmp_path: Path, monkeypatch, capfd):
    monkeypatch.setenv("IPYTHONDIR", "")
    build.quiet_kernels(tmp_path)
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("1 + 1")])
    ran = NotebookClient(notebook, kernel_name="python3").execute()
    assert ran.cells[0].outputs[0]["data"]["text/plain"] == "2"
    assert capfd.readouterr().err == ""


def test_links_to_colab_and_binder():
    links = launch.launch_links("https://github.com/who/what", "main", "exercises/a/a.ipynb")
    assert links == {
        "Open in Colab": "https://colab.research.google.com/github/who/what/blob/main/exercises/a/a.ipynb",
        "Open in Binder": "https://mybinder.org/v2/gh/who/what/main?labpath=exercises%2Fa%2Fa.ipynb",
    }


def test_lock_file_names_no_host():
    """`npm ci` takes every package from the registry that the machine is set to."""
    lock = json.loads((browsing.ROOT / "package-lock.json").read_text("utf-8"))
    assert all("resolved" not in package for package in lock["packages"].values())
    assert all("integrity" in package for name, package in lock["packages"].items() if name)
