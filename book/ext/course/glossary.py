"""``{terms}`` sets the glossary, and the first use of each of its terms in a chapter gets a card.

``book/glossary.yml`` holds the terms; ``book/assets/cards.js`` shows the cards.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective
from sphinx.util.osutil import relative_uri
from sphinx.writers.html5 import HTML5Translator

from course.chapter import parts

PAGE = "book/glossary"
TONGUES = {"fr": "French", "ar": "Arabic", "darija": "Darija"}
CODES = {"fr": "fr", "ar": "ar", "darija": "ary-Latn"}
# A card stands in running text alone: not in a title, a caption, a link, a quiz or an output.
RUNNING = (nodes.paragraph, nodes.list_item, nodes.bullet_list, nodes.enumerated_list,
           nodes.section, nodes.document, nodes.emphasis, nodes.strong, nodes.inline)  # fmt: skip


@dataclass(frozen=True)
class Term:
    """A term, the same in three more languages, what it is, and where it is taught."""

    term: str
    fr: str
    ar: str
    darija: str
    definition: str
    taught: str
    also: tuple[str, ...] = ()
    never: tuple[str, ...] = ()
    card: bool = True

    @property
    def anchor(self) -> str:
        """The term's place on the glossary's page."""
        return f"term-{re.sub(r'[^a-z0-9]+', '-', self.term.lower()).strip('-')}"


@cache
def _read(path: Path, changed: int) -> tuple[Term, ...]:
    terms = []
    for number, entry in enumerate(yaml.safe_load(path.read_text("utf-8")), 1):
        entry["definition"] = entry.pop("is", None)
        try:
            term = Term(**entry | {key: tuple(entry.get(key, ())) for key in ("also", "never")})
        except TypeError as error:
            raise ValueError(f"{path}, entry {number}: {error}") from None
        if not term.definition:
            raise ValueError(f"{path}, entry {number} ({term.term}) has no `is`")
        terms.append(term)
    return tuple(sorted(terms, key=lambda term: term.term.lower()))


def read(path: Path) -> tuple[Term, ...]:
    """The terms of a file, in order; a missing or unknown field is a ``ValueError``."""
    return _read(path, path.stat().st_mtime_ns)


def _source(app: Sphinx) -> Path:
    return Path(app.srcdir) / "book" / "glossary.yml"


class tongue(nodes.Inline, nodes.TextElement):
    """A term in another language."""


class carded(nodes.Inline, nodes.TextElement):
    """A term in a chapter: a link to the glossary that brings its entry along."""


class taught_in(nodes.Inline, nodes.TextElement):
    """Where a term is taught; a link once that page is in the book."""


class Terms(SphinxDirective):
    """All terms, one below the other."""

    def run(self) -> list[nodes.Node]:
        path = Path(self.env.srcdir) / "book" / "glossary.yml"
        self.env.note_dependency(str(path))
        listing = nodes.definition_list("", classes=["attn-glossary"])
        for term in read(path):
            name = nodes.term("", term.term, ids=[term.anchor])
            languages = nodes.paragraph("", classes=["attn-tongues"])
            for code, language in TONGUES.items():
                languages += nodes.inline("", f"{language} ", classes=["attn-tongue-name"])
                languages += tongue("", getattr(term, code), lang=CODES[code])
                languages += nodes.Text(" ")
            body = nodes.definition("", nodes.paragraph("", term.definition), languages)
            body[0] += taught_in("", page=term.taught)
            listing += nodes.definition_list_item("", name, body)
        return [listing]


def link_pages(app: Sphinx, document: nodes.document, docname: str) -> None:
    """Link each term to the page that teaches it, if the book has it."""
    for node in list(document.findall(taught_in)):
        page, _, anchor = node["page"].partition("#")
        target = f"book/{page}"
        if target not in app.env.titles:
            node.parent.remove(node)
            continue
        title = app.env.titles[target].astext().split(":")[0]
        uri = relative_uri(
            app.builder.get_target_uri(docname), app.builder.get_target_uri(target)
        ) + (f"#{anchor}" if anchor else "")
        link = nodes.reference("", title, refuri=uri, internal=True)
        node.replace_self([nodes.Text(" Taught in "), link, nodes.Text(".")])


def _in_running_text(text: nodes.Text) -> bool:
    node = text.parent
    while node:
        apart = "attn-chapter-line" in node.get("classes", ()) or "references" in node.get("names")
        if apart or not isinstance(node, RUNNING):
            return False
        node = node.parent
    return True


def _pattern(terms: tuple[Term, ...]) -> tuple[re.Pattern[str], dict[str, Term | None]]:
    """What finds any of the terms, the longest first, and whose each form is (or nobody's)."""
    forms: dict[str, Term | None] = {words: None for term in terms for words in term.never}
    for term in terms:
        if term.card:
            forms |= {form.lower(): term for form in (term.term, *term.also)}
    longest = sorted(forms, key=len, reverse=True)
    return re.compile(rf"\b(?:{'|'.join(map(re.escape, longest))})(?=s?\b)s?", re.I), forms


def mark(document: nodes.document, terms: tuple[Term, ...], glossary: str) -> None:
    """Make the first use of every term a link to the address ``glossary``, with its entry."""
    pattern, forms = _pattern(terms)
    seen: set[str] = set()

    def pieces(text: str) -> Iterator[nodes.Node]:
        end = 0
        for found in pattern.finditer(text):
            words = found[0].lower()
            term = forms[words] if words in forms else forms[words.removesuffix("s")]
            if term is None or term.anchor in seen:
                continue
            seen.add(term.anchor)
            if found.start() > end:
                yield nodes.Text(text[end : found.start()])
            yield carded("", found[0], term=term, uri=f"{glossary}#{term.anchor}")
            end = found.end()
        if end < len(text):
            yield nodes.Text(text[end:])

    for text in list(document.findall(nodes.Text)):
        if _in_running_text(text):
            new = list(pieces(text.astext()))
            if any(isinstance(node, carded) for node in new):
                text.parent.replace(text, new)


def mark_chapter(app: Sphinx, document: nodes.document, docname: str) -> None:
    """Give a chapter its cards."""
    if docname in parts(app) and PAGE in app.env.titles:
        here, there = map(app.builder.get_target_uri, (docname, PAGE))
        mark(document, read(_source(app)), relative_uri(here, there))


def _opens_tongue(self: HTML5Translator, node: tongue) -> None:
    direction = ' dir="rtl"' if node["lang"] == "ar" else ""
    self.body.append(f'<span class="attn-tongue" lang="{node["lang"]}"{direction}>')


def _opens_carded(self: HTML5Translator, node: carded) -> None:
    term: Term = node["term"]
    data = {"term": term.term, "card": term.definition} | {
        code: getattr(term, code) for code in TONGUES
    }
    attributes = "".join(f' data-{key}="{self.attval(value)}"' for key, value in data.items())
    self.body.append(f'<a class="attn-term" href="{self.attval(node["uri"])}"{attributes}>')


def _closes(html: str) -> Any:
    return lambda translator, node: translator.body.append(html)


def setup(app: Sphinx) -> None:
    """Register directive, nodes and events."""
    app.add_node(tongue, html=(_opens_tongue, _closes("</span>")))
    app.add_node(carded, html=(_opens_carded, _closes("</a>")))
    app.add_node(taught_in, html=(_closes(""), _closes("")))
    app.add_directive("terms", Terms)
    app.connect("doctree-resolved", link_pages)
    app.connect("doctree-resolved", mark_chapter, priority=900)  # links are links by then
