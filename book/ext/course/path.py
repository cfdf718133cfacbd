"""``{part}``: a part of the course, its chapters and how long they take; ``{progress}`` below them.

``book/assets/progress.js`` writes beside each chapter what this browser remembers of it. Without
it there is nothing to remember, and nothing of that is shown.
"""

from html import escape

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective
from sphinx.util.osutil import relative_uri
from sphinx.writers.html5 import HTML5Translator

from course.chapter import in_words, parts
from course.quiz import quiz_question

log = logging.getLogger(__name__)


class part_head(nodes.General, nodes.Element):
    """A part's name, and how long it takes, once all its chapters are read."""


class chapter_list(nodes.General, nodes.Element):
    """The chapters of a part, once all are read."""


class progress(nodes.General, nodes.Element):
    """How to forget."""


class Part(SphinxDirective):
    """Named as in ``_toc.yml``; the content says what one can do after it."""

    required_arguments = 1
    final_argument_whitespace = True
    has_content = True

    def run(self) -> list[nodes.Node]:
        self.assert_has_content()
        part = nodes.container("", classes=["attn-part"])
        part += part_head(part=self.arguments[0])
        self.set_source_info(part.children[-1])
        self.state.nested_parse(self.content, self.content_offset, part)
        part += chapter_list(part=self.arguments[0])
        return [part]


class Progress(SphinxDirective):
    """Takes nothing."""

    def run(self) -> list[nodes.Node]:
        return [progress("")]


def count_questions(app: Sphinx, document: nodes.document) -> None:
    """Keep the number of a page's quiz questions."""
    questions = sum(1 for _ in document.findall(quiz_question))
    app.env.metadata[app.env.docname]["questions"] = questions


def list_chapters(app: Sphinx, document: nodes.document, docname: str) -> None:
    """Write the chapters into the node, with the names under which the browser keeps them."""
    here = app.builder.get_target_uri(docname)
    of, known = parts(app), app.env.metadata
    for node in document.findall(part_head):
        chapters = [chapter for chapter, part in of.items() if part == node["part"]]
        if not chapters:
            log.warning("_toc.yml has no part called %r", node["part"], location=node)
        node["chapters"] = len(chapters)
        node["minutes"] = sum(known[chapter]["minutes"] for chapter in chapters)
    for node in document.findall(chapter_list):
        chapters = [chapter for chapter, part in of.items() if part == node["part"]]
        node["first"] = 1 + list(of).index(chapters[0]) if chapters else 1
        node["chapters"] = [
            (
                chapter.rsplit("/", 1)[-1],
                known[chapter].get("questions", 0),
                relative_uri(here, app.builder.get_target_uri(chapter)),
                app.env.titles[chapter].astext(),
                known[chapter]["minutes"],
            )
            for chapter in chapters
        ]


def in_hours(minutes: int) -> str:
    """Minutes as a reader plans them, to a quarter of an hour.

    >>> in_hours(44), in_hours(65), in_hours(89), in_hours(126)
    ('¾ hour', '1 hour', '1½ hours', '2 hours')
    """
    hours, quarters = divmod(round(minutes / 15), 4)
    return f"{hours or ''}{('', '¼', '½', '¾')[quarters]} hour{'s' * (hours + quarters / 4 > 1)}"


def _opens_head(self: HTML5Translator, node: part_head) -> None:
    said = f"{node['chapters']} chapters, {in_hours(node['minutes'])} to read"
    self.body.append(f'<h3>{escape(node["part"])}</h3><p class="attn-part-time">{said}</p>')


def _opens_list(self: HTML5Translator, node: chapter_list) -> None:
    chapters = "".join(
        f'<li data-slug="{slug}" data-questions="{questions}"><a href="{uri}">{escape(title)}</a> '
        f'<span class="attn-time">{in_words(minutes)}</span> <span class="attn-done"></span></li>'
        for slug, questions, uri, title, minutes in node["chapters"]
    )
    self.body.append(f'<ol start="{node["first"]}">{chapters}</ol>')


def _opens_progress(self: HTML5Translator, node: progress) -> None:
    self.body.append(
        '<div class="attn-progress" hidden><button type="button">Forget all of it</button></div>'
    )


def _closes(self: HTML5Translator, node: nodes.Element) -> None:
    pass


def setup(app: Sphinx) -> None:
    """Register directives, nodes and events."""
    app.add_node(part_head, html=(_opens_head, _closes))
    app.add_node(chapter_list, html=(_opens_list, _closes))
    app.add_node(progress, html=(_opens_progress, _closes))
    app.add_directive("part", Part)
    app.add_directive("progress", Progress)
    app.connect("doctree-read", count_questions, priority=900)
    app.connect("doctree-resolved", list_chapters)
