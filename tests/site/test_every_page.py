"""Every page of the built book, opened once: it keeps to itself, is light, and open to everybody.

A page is loaded wide and light, and then made narrow and dark, as a reader's is.
"""

from collections.abc import Iterator

import browsing
import pytest
from playwright.sync_api import Browser, Page

PAGES = browsing.built_pages() or ["the book is not built"]
OUR_LIMIT = 400_000  # bytes as served, uncompressed: text and pictures, our styles, without widgets

Opened = tuple[str, Page, browsing.Watch]


@pytest.fixture(scope="module", params=PAGES)
def opened(request: pytest.FixtureRequest, browser: Browser, site: str) -> Iterator[Opened]:
    """A page's path, the page, and what it has done since it was opened."""
    with browsing.visit(browser, site + request.param) as (page, watch):
        yield request.param, page, watch


def test_our_share_is_light(opened):
    path, page, watch = opened
    ours = browsing.our_bytes(watch, path)
    assert ours > 1_000
    assert page.locator("script[type*=widget]").count() == 0  # what html-manager would read
    assert ours <= OUR_LIMIT, watch.sizes


@pytest.mark.parametrize(
    ("width", "scheme"), [(1280, "light"), (1280, "dark"), (390, "dark"), (390, "light")]
)
def test_no_violation_of_our_own(opened, width, scheme):
    if not browsing.AXE.exists():
        pytest.fail("axe-core is missing from node_modules: run `npm ci`", pytrace=False)
    path, page, _ = opened
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme=scheme)
    if path != "404.html":  # which has no switch: its colours are the system's
        page.wait_for_function(f"document.documentElement.dataset.theme === '{scheme}'")
    browsing.settle(page)
    assert browsing.violations(page) == []


def test_it_fits_a_phone_without_scrolling_sideways(opened):
    _, page, _ = opened
    page.set_viewport_size({"width": 390, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_it_kept_to_itself(opened):
    """The last of these tests, so that it has seen what all of them made the page do."""
    _, _, watch = opened
    watch.assert_clean()
