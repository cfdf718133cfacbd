"""What the published site has beside its pages: a sitemap, a page for wrong addresses, meta tags.

All addresses come from ``html.baseurl`` in ``_config.yml``.
"""

from html import escape
from pathlib import Path
from string import Template
from typing import Any
from urllib.parse import urljoin, urlsplit

from docutils import nodes
from sphinx.application import Sphinx

from course import social
from course.chapter import parts

ROOT = "book/index"
LONGEST = 200  # characters of a description that search engines and messengers show

NOT_FOUND = Template((Path(__file__).parent / "404.html").read_text("utf-8"))


def base(app: Sphinx) -> str:
    """The site's address, ending in a slash."""
    return app.config.html_baseurl.rstrip("/") + "/"


def write_files(app: Sphinx, exception: Exception | None) -> None:
    """Write ``sitemap.xml`` and ``404.html``."""
    if exception or app.builder.format != "html":
        return
    out = Path(app.outdir)
    target = app.builder.get_target_uri
    addresses = [base(app) + target(page) for page in sorted(app.env.found_docs)]
    locations = "".join(f"<url><loc>{escape(address)}</loc></url>\n" for address in addresses)
    (out / "sitemap.xml").write_text(
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n'
        f"{locations}</urlset>\n",
        "utf-8",
    )
    # Shown for any address, however deep, so its links start at the site's root.
    root = urlsplit(base(app)).path
    chapters = "\n".join(
        f'<li><a href="{root}{target(page)}">{escape(app.env.titles[page].astext())}</a></li>'
        for page in parts(app)
    )
    words = {"title": escape(app.config.html_title or app.config.project), "root": root}
    page = NOT_FOUND.substitute(words, first=target(ROOT), chapters=chapters)
    (out / "404.html").write_text(page, "utf-8")


def description(document: nodes.document) -> str:
    """The first paragraphs of a page, as far as they fit, cut between words."""
    words = ""
    for node in document.findall(nodes.paragraph):
        if "attn-chapter-line" not in node["classes"] and isinstance(node.parent, nodes.section):
            words = f"{words} {' '.join(node.astext().split())}".strip()
        if len(words) > LONGEST // 2:
            break
    return words if len(words) <= LONGEST else words[: LONGEST - 1].rsplit(" ", 1)[0] + "…"


def add_tags(
    app: Sphinx, page: str, template: str, context: dict[str, Any], document: nodes.document | None
) -> None:
    """Tell messengers and search engines what a page is, and which picture stands for it."""
    if document is None:
        return
    picture = page if page in parts(app) else ROOT
    title = app.env.titles[page].astext()
    tags = {
        "og:type": "article",
        "og:site_name": app.config.html_title or app.config.project,
        "og:title": title,
        "og:description": description(document),
        "og:url": urljoin(base(app), app.builder.get_target_uri(page)),
        "og:image": urljoin(base(app), social.path(picture)),
        "og:image:alt": f"The title, {app.env.titles[picture].astext()}",
        "twitter:card": "summary_large_image",
    }
    context["metatags"] = context.get("metatags", "") + "".join(
        f'\n<meta property="{name}" content="{escape(content)}">' for name, content in tags.items()
    )


def say_language(
    app: Sphinx, page: str, template: str, context: dict[str, Any], document: nodes.document | None
) -> None:
    """Mark the language of a page that has a ``lang`` in its head: the navigation stays English."""
    if document is not None and (language := app.env.metadata[page].get("lang")):
        context["body"] = f'<div lang="{escape(language)}">{context["body"]}</div>'


def draw_cards(app: Sphinx, exception: Exception | None) -> None:
    """Draw a picture for the first page and one for each chapter."""
    if exception or app.builder.format != "html":
        return
    titles = {page: app.env.titles[page].astext() for page in (ROOT, *parts(app))}
    for number, (page, title) in enumerate(titles.items()):
        above = f"{parts(app)[page]} · chapter {number}" if number else app.config.author
        social.draw(Path(app.outdir) / social.path(page), title, above)


def setup(app: Sphinx) -> None:
    """Register the events."""
    app.connect("html-page-context", add_tags)
    app.connect("html-page-context", say_language)
    app.connect("build-finished", write_files)
    app.connect("build-finished", draw_cards)
