"""Every page of the built book: ``python -m benchmarks.pages`` after ``make book``.

Sizes and requests are exact, as served without compression; "ours" leaves out the theme, MathJax
and the widgets. Violations are axe's, but for what the theme is known for. Times are of this
machine, the median of some loads. A redraw is the time from a key or a click on a widget's first
control until the page is laid out again: at most 16.7 ms, and a reader with a screen of 60 pictures
a second sees no step late.
"""

import json
import statistics
import sys
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Locator, sync_playwright
from rich.console import Console
from rich.table import Table

from benchmarks.keep import FOLDER, about

sys.path.append(str(Path(__file__).parents[1] / "tests"))  # for how they open a page
import browsing

LOADS = 3
CONTROLS = "[role=slider], input[type=range], button, [role=button], select, [tabindex='0']"
REDRAW = """node => {
  const times = [];
  const range = node.matches("input[type=range]"), slider = node.getAttribute("role") === "slider";
  for (let i = 0; i < 40; i++) {
    const key = i % 2 ? "ArrowLeft" : "ArrowRight";
    const start = performance.now();
    if (range) {
      i % 2 ? node.stepDown() : node.stepUp();
      node.dispatchEvent(new Event("input", { bubbles: true }));
    } else if (slider) {
      node.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
    } else {
      node.dispatchEvent(new MouseEvent("click", { bubbles: true }));
    }
    node.getBoundingClientRect();  // lays out
    times.push(performance.now() - start);
  }
  return times.sort((a, b) => a - b)[20];
}"""
TIMING = "() => performance.getEntriesByType('navigation')[0].loadEventEnd"


def main() -> None:
    """Measures every page, prints a table, and writes the result."""
    pages: dict[str, Any] = {}
    with sync_playwright() as playwright, browsing.serve() as site:
        browser = browsing.launch(playwright)
        for path in browsing.built_pages():
            pages[path] = look(browser, site, path)
            print(path, pages[path], flush=True)
        browser.close()
    result = about("pages") | {"loads": LOADS, "results": pages}
    (FOLDER / "pages.json").write_text(json.dumps(result, indent=1) + "\n", "utf-8")
    show(pages)


def look(browser: Browser, site: str, path: str) -> dict[str, Any]:
    """What a page weighs and asks for, how long it loads, and how long its widgets take."""
    times, found = [], {}
    for _ in range(LOADS):
        with browsing.visit(browser, site + path) as (page, watch):
            times.append(page.evaluate(TIMING))
            if not found:
                found = {
                    "kB": round(sum(watch.sizes.values()) / 1000),
                    "kB ours": round(browsing.our_bytes(watch, path) / 1000),
                    "requests": len(watch.sizes),
                    "outside": len(watch.external),
                    "errors": len(watch.errors) + len(watch.failed),
                    "redraw ms": redraws(page.locator(".attn-static").all()),
                    "violations": len(browsing.violations(page)),
                }
    return found | {"load ms": round(statistics.median(times))}


def redraws(widgets: list[Locator]) -> dict[str, float]:
    """Of each widget, the median time of one change at its first control."""
    found = {}
    for widget in widgets:
        controls = widget.locator(CONTROLS).filter(visible=True)
        if controls.count():
            name = widget.get_attribute("data-widget") or "widget"
            found[name] = round(controls.first.evaluate(REDRAW), 1)
    return found


def show(pages: dict[str, Any]) -> None:
    """The table, as it is read."""
    columns = [name for name in next(iter(pages.values())) if name != "redraw ms"]
    table = Table("page", *columns, "redraw ms")
    for path, found in pages.items():
        redraw = ", ".join(f"{name} {ms}" for name, ms in found["redraw ms"].items())
        table.add_row(path, *(str(found[name]) for name in columns), redraw)
    Console(width=140).print(table)


if __name__ == "__main__":
    main()
