"""Fixtures for tests of the built book, ``_build/html``.

    def test_something(open_page):
        page = open_page("book/human_attention.html", width=390, scheme="dark")
        page.get_by_role("button", name="Start again").click()

``open_page(path, width=1280, height=900, scheme="light", javascript=True, touch=False)`` gives a
Playwright page in a fresh profile once formulas are set and widgets are alive. When the test ends,
every page it opened must have kept to itself: no request outside the book, none that failed, no
error in the console. ``open_page.watch(page)`` gives the record, to look at it sooner.
``site`` is the address of the book, with a prefix as on GitHub Pages.

Without a built book these fixtures fail: skipping would hide it.
"""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import browsing
import pytest
from playwright.sync_api import Browser, Page


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.site)


@pytest.fixture(scope="session")
def site() -> Iterator[str]:
    """The address of the served book, ending in a slash."""
    if not (browsing.HTML / ".complete").exists():
        pytest.fail("the book is not built: run `make book`", pytrace=False)
    with browsing.serve() as address:
        yield address


class Opener:
    """Opens pages and keeps what they did."""

    def __init__(self, browser: Browser, site: str, stack: ExitStack) -> None:
        self._browser, self._site, self._stack = browser, site, stack
        self._watches: dict[Page, browsing.Watch] = {}

    def __call__(self, path: str, **settings: Any) -> Page:
        visit = browsing.visit(self._browser, self._site + path, **settings)
        page, watch = self._stack.enter_context(visit)
        self._watches[page] = watch
        return page

    def watch(self, page: Page) -> browsing.Watch:
        """What ``page`` asked for and complained about."""
        return self._watches[page]

    def assert_clean(self) -> None:
        for watch in self._watches.values():
            watch.assert_clean()


@pytest.fixture
def open_page(browser: Browser, site: str) -> Iterator[Opener]:
    """Open a page by its path below the book's address; see the top of this file."""
    with ExitStack() as stack:
        opener = Opener(browser, site, stack)
        yield opener
        opener.assert_clean()
