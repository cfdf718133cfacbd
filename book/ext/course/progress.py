"""``{progress}``: the chapters, with what this browser remembers of each.

``book/assets/progress.js`` fills it in; without it there is nothing to remember and nothing shown.
"""

from html import escape

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective
from sphinx.util.osutil import relative_uri
from sphinx.writers.html5 import HTML5Translator

from course.chapter import parts
from course.quiz import quiz_question


class progress(nodes.General, nodes.Element):
    """The chapters, once all are read."""


class Progress(SphinxDirective):
    """Takes nothing: the chapters come from ``_toc.yml``."""

    def run(self) -> list[nodes.Node]:
        return [progress("")]


def count_questions(app: Sphinx, document: nodes.document) -> None:
    """Keep the number of a page's quiz questions."""
    questions = sum(1 for _ in document.findall(quiz_question))
    app.env.metadata[app.env.docname]["questions"] = questions


def list_chapters(app: Sphinx, document: nodes.document, docname: str) -> None:
    """Write the chapters into the node, with the names under which the browser keeps them."""
    here = app.builder.get_target_uri(docname)
    for node in document.findall(progress):
        node["chapters"] = [
            (
                chapter.rsplit("/", 1)[-1],
                app.env.metadata[chapter].get("questions", 0),
                relative_uri(here, app.builder.get_target_uri(chapter)),
                app.env.titles[chapter].astext(),
            )
            for chapter in parts(app)
        ]


def _opens(self: HTML5Translator, node: progress) -> None:
    chapters = "".join(
        f'<li data-slug="{slug}" data-questions="{questions}">'
        f'<a href="{uri}">{escape(title)}</a> <span></span></li>'
        for slug, questions, uri, title in node["chapters"]
    )
    self.body.append(f'<div class="attn-progress" hidden><ol>{chapters}</ol>')


def _closes(self: HTML5Translator, node: progress) -> None:
    self.body.append('<button type="button">Forget all of it</button></div>')


def setup(app: Sphinx) -> None:
    """Register directive, node and events."""
    app.add_node(progress, html=(_opens, _closes))
    app.add_directive("progress", Progress)
    app.connect("doctree-read", count_questions, priority=900)
    app.connect("doctree-resolved", list_chapters)
