"""Links: those inside the book lead somewhere, and its root to the first page."""

import functools
from html.parser import HTMLParser
from posixpath import normpath
from urllib.parse import unquote, urljoin, urlsplit

import browsing
import pytest

PAGES = browsing.built_pages() or ["the book is not built"]


class Links(HTMLParser):
    """The links and the anchors of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.anchors: set[str] = {"", "top"}
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self.anchors.update(found[name] for name in ("id", "name") if found.get(name))
        self.links.extend(found[name] for name in ("href", "src") if found.get(name))


@functools.cache
def read(path: str) -> Links:
    return Links((browsing.HTML / path).read_text("utf-8"))


def broken(path: str) -> list[str]:
    """The links of a page that lead to no file of the site, or to no anchor of that file."""
    wrong = []
    for link in read(path).links:
        address = urlsplit(link)
        if address.scheme or address.netloc:
            continue
        target = normpath(urljoin(path, unquote(address.path))) if address.path else path
        target = target.removeprefix(browsing.PREFIX)  # of the page for wrong addresses
        if not (browsing.HTML / target).is_file():
            wrong.append(f"{link}: no file")
        elif target.endswith(".html") and unquote(address.fragment) not in read(target).anchors:
            wrong.append(f"{link}: no anchor")
    return wrong


@pytest.mark.parametrize("path", PAGES)
def test_links_inside_the_book_resolve(site, path):
    assert read(path).links
    assert broken(path) == []


def test_root_leads_to_the_first_page(browser, site):
    context = browser.new_context()
    page = context.new_page()
    page.goto(site)
    page.wait_for_url("**/book/index.html")
    context.close()
