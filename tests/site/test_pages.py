"""Every page of the built book: it asks for nothing, fits a phone, and its links lead somewhere."""

import functools
from html.parser import HTMLParser
from posixpath import normpath
from urllib.parse import unquote, urljoin, urlsplit

import browsing
import pytest

PAGES = browsing.built_pages() or ["the book is not built"]
OURS = {file.name for file in (browsing.ROOT / "book" / "assets").iterdir()}
OUR_LIMIT = 400_000  # bytes as served, uncompressed: text and pictures, our styles, without widgets


@pytest.mark.parametrize("path", PAGES)
def test_page_fits_a_phone_and_keeps_to_itself(open_page, path):
    """No sideways scroll at 390 px; `open_page` asserts its requests and a clean console."""
    page = open_page(path, width=390, height=844)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


@pytest.mark.parametrize("path", PAGES)
def test_our_share_of_a_page_is_light(open_page, path):
    page = open_page(path)
    ours = {
        address: size
        for address, size in open_page.watch(page).sizes.items()
        if address.rsplit("/", 1)[-1] in OURS or path in address
    }
    assert browsing.PREFIX + path in ours
    assert sum(ours.values()) <= OUR_LIMIT, ours


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
