"""axe-core on every page, light and dark, wide and narrow: nothing but what the theme brings."""

from fnmatch import fnmatch

import browsing
import pytest

AXE = browsing.ROOT / "node_modules" / "axe-core" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
PAGES = browsing.built_pages() or ["the book is not built"]

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


def known(rule: str, html: str) -> bool:
    """Whether the theme brings this violation."""
    return any(rule == name and fnmatch(html, pattern) for name, pattern in KNOWN)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("path", PAGES)
def test_no_violation_of_our_own(open_page, path, width, scheme):
    if not AXE.exists():
        pytest.fail("axe-core is missing from node_modules: run `npm ci`", pytrace=False)
    page = open_page(path, width=width, scheme=scheme)
    page.evaluate(AXE.read_text("utf-8"))
    result = page.evaluate(
        "tags => axe.run(document, {runOnly: {type: 'tag', values: tags}})", RULES
    )
    assert len(result["passes"]) > 10
    violations = [
        f"{violation['id']}: {node['html'][:200]} ({node['failureSummary']})"
        for violation in result["violations"]
        for node in violation["nodes"]
        if not known(violation["id"], node["html"])
    ]
    assert violations == []
