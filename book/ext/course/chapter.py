"""A chapter's line: part, time to read (its neighbours say it too), ways to it as a notebook."""

from pathlib import Path
from typing import Any

import jupytext
import nbformat
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.osutil import relative_uri

from course.launch import launch_links

WORDS_A_MINUTE = 180  # unhurried, for a text with formulas
PROSE = (nodes.paragraph, nodes.title, nodes.term)
# Jupyter knows no configuration of MathJax: the notebook brings the coloured terms, plain.
# The branch that publishing fills with the chapters as notebooks (.github/workflows/publish.yml):
# what is not in the repository, neither Colab nor Binder can open.
BRANCH = "notebooks"
INSTALL = """\
import importlib.util

if importlib.util.find_spec("attn") is None:
    %pip install -q "attnbook @ git+{url}"
"""
MACROS = "$" + "".join(rf"\def\{name}#1{{#1}}" for name in ("query", "key", "val", "weight", "out"))


def minutes(document: nodes.Node) -> int:
    """Minutes to read a page's prose, at least one; code and outputs do not count."""
    words = sum(len(node.astext().split()) for kind in PROSE for node in document.findall(kind))
    return max(1, round(words / WORDS_A_MINUTE))


def note_minutes(app: Sphinx, document: nodes.document) -> None:
    """Keep a page's minutes for the pages that lead to it."""
    app.env.metadata[app.env.docname]["minutes"] = minutes(document)


def in_words(number: int) -> str:
    """Minutes, as they are said."""
    return f"{number} minute{'s' * (number > 1)}"


def parts(app: Sphinx) -> dict[str, str]:
    """The part of every executed chapter, by document, as ``_toc.yml`` orders them.

    Chapters are numbered; what else is executed, as the pages on using the course, is no chapter.
    """
    root = app.config.external_site_map.root
    return {
        str(item): tree.caption
        for tree in root.subtrees
        if tree.numbered
        for item in tree.items
        if "kernelspec" in app.env.metadata[str(item)]
    }


def notebook_path(document: str) -> str:
    """Where the site keeps a chapter as a notebook."""
    return f"notebooks/{document.rsplit('/', 1)[-1]}.ipynb"


def add_line(app: Sphinx, document: nodes.document, docname: str) -> None:
    """Put the line below the title."""
    title = next(document.findall(nodes.title), None)
    if title is None or docname not in (chapters := parts(app)):
        return
    uri = relative_uri(app.builder.get_target_uri(docname), notebook_path(docname))
    time = in_words(app.env.metadata[docname]["minutes"])
    line = nodes.paragraph("", classes=["attn-chapter-line"])
    line += nodes.Text(f"{chapters[docname]} · {time} · ")
    line += nodes.reference("", "Download as a notebook", refuri=uri)
    repository = app.config.html_theme_options["repository_url"]
    for text, uri in launch_links(repository, BRANCH, notebook_path(docname)).items():
        line += [nodes.Text(" · "), nodes.reference("", text, refuri=uri)]
    title.parent.insert(title.parent.index(title) + 1, line)


def write_notebooks(app: Sphinx, exception: Exception | None) -> None:
    """Convert every chapter to a notebook without outputs."""
    if exception or app.builder.format != "html":
        return
    for docname in parts(app):
        notebook = jupytext.read(Path(app.env.doc2path(docname)))
        url = app.config.html_theme_options["repository_url"]
        first = [
            nbformat.v4.new_markdown_cell(f"{MACROS}$"),
            nbformat.v4.new_code_cell(INSTALL.format(url=url)),
        ]
        notebook.cells = first + notebook.cells
        for number, cell in enumerate(notebook.cells):
            cell["id"] = f"cell-{number}"  # jupytext draws them at random
        path = Path(app.outdir) / notebook_path(docname)
        path.parent.mkdir(exist_ok=True)
        nbformat.write(notebook, path)


def time_neighbours(
    app: Sphinx, page: str, template: str, context: dict[str, Any], document: nodes.document | None
) -> None:
    """Say below a page how long the chapters before and after it take."""
    _, *neighbours = app.builder.relations.get(page, (None, None, None))  # type: ignore[attr-defined]
    for key, name in zip(("prev", "next"), neighbours, strict=True):
        if name in parts(app) and context.get(key):
            time = in_words(app.env.metadata[name]["minutes"])
            title = f'{context[key]["title"]} <span class="attn-time">{time}</span>'
            context[key] = {**context[key], "title": title}


def setup(app: Sphinx) -> None:
    """Register the events."""
    app.connect("doctree-read", note_minutes, priority=900)
    app.connect("html-page-context", time_neighbours)
    app.connect("doctree-resolved", add_line)
    app.connect("build-finished", write_notebooks)
