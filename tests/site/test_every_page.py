"""Every page of the built book, opened once: it keeps to itself, is light, and open to everybody.

A page is loaded wide and light, and then made narrow and dark, as a reader's is.
"""

from collections.abc import Iterator
from fnmatch import fnmatch

import browsing
import pytest
from playwright.sync_api import Browser, Page

AXE = browsing.ROOT / "node_modules" / "axe-core" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
PAGES = browsing.built_pages() or ["the book is not built"]
OURS = {file.name for file in (browsing.ROOT / "book" / "assets").iterdir()}
OUR_LIMIT = 400_000  # bytes as served, uncompressed: text and pictures, our styles, without widgets

# The theme's own, by rule and by a pattern of the element's opening. Anything else fails.
KNOWN = {
    # Their accessible names say "Color mode" and "Search"; their texts are icons' and shortcuts'.
    ("label-content-name-mismatch", '<button class="btn*theme-switch-button*'),
    ("label-content-name-mismatch", '<button class="btn search-button-field*'),
    # myst-nb's name for a folded cell leaves out what its text says.
    ("label-content-name-mismatch", '<summary aria-label="Toggle hidden content">*'),
    # The logo's link stands in the sidebar beside the navigation and not in it.
    ("region", '<div class="sidebar-primary-item">*navbar-brand logo*'),
    # docutils gives a bibliography a list's role and its entries a role that ARIA 1.3 retired.
    ("aria-allowed-role", '<div class="citation"*role="doc-biblioentry">*'),
    ("aria-deprecated-role", '<div class="citation"*role="doc-biblioentry">*'),
    ("aria-required-children", '<div role="list" class="citation-list">*'),
}

Opened = tuple[str, Page, browsing.Watch]


@pytest.fixture(scope="module", params=PAGES)
def opened(request: pytest.FixtureRequest, browser: Browser, site: str) -> Iterator[Opened]:
    """A page's path, the page, and what it has done since it was opened."""
    with browsing.visit(browser, site + request.param) as (page, watch):
        yield request.param, page, watch


STATE = """[...document.querySelectorAll('script[type*="widget-state"]')]
  .reduce((bytes, script) => bytes + new Blob([script.textContent]).size, 0)"""


def test_our_share_is_light(opened):
    path, page, watch = opened
    ours = {
        address: size
        for address, size in watch.sizes.items()
        if address.rsplit("/", 1)[-1] in OURS or path in address
    }
    assert browsing.PREFIX + path in ours
    assert sum(ours.values()) - page.evaluate(STATE) <= OUR_LIMIT, ours


@pytest.mark.parametrize(
    ("width", "scheme"), [(1280, "light"), (1280, "dark"), (390, "dark"), (390, "light")]
)
def test_no_violation_of_our_own(opened, width, scheme):
    if not AXE.exists():
        pytest.fail("axe-core is missing from node_modules: run `npm ci`", pytrace=False)
    path, page, _ = opened
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme=scheme)
    if path != "404.html":  # which has no switch: its colours are the system's
        page.wait_for_function(f"document.documentElement.dataset.theme === '{scheme}'")
    browsing.settle(page)
    page.evaluate(AXE.read_text("utf-8"))
    result = page.evaluate(
        "tags => axe.run(document, {runOnly: {type: 'tag', values: tags}})", RULES
    )
    assert len(result["passes"]) > 10
    violations = [
        f"{violation['id']}: {node['html'][:200]} ({node['failureSummary']})"
        for violation in result["violations"]
        for node in violation["nodes"]
        if not any(violation["id"] == name and fnmatch(node["html"], by) for name, by in KNOWN)
    ]
    assert violations == []


def test_it_fits_a_phone_without_scrolling_sideways(opened):
    _, page, _ = opened
    page.set_viewport_size({"width": 390, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_it_kept_to_itself(opened):
    """The last of these tests, so that it has seen what all of them made the page do."""
    _, _, watch = opened
    watch.assert_clean()
