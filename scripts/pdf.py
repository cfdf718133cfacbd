"""The book as one PDF: `make pdf`. Chromium prints the built site, every page in one document.

In one document the contents, the links between chapters and the page numbers are Chromium's own,
and every widget stands in its first state.
"""

import argparse
import shutil
import sys
from pathlib import Path

import yaml
from playwright.sync_api import Playwright, sync_playwright

ROOT = Path(__file__).resolve().parents[1]
HTML = ROOT / "_build" / "html"
FOOT = (
    '<div style="width:100%;font:8pt sans-serif;color:#555;text-align:center">'
    '<span class="pageNumber"></span> / <span class="totalPages"></span></div>'
)
SETTLED = """async () => {
  await window.MathJax?.startup?.promise;
  await document.fonts.ready;
}"""
ALIVE = "!document.querySelector('.attn-static:not([data-ready], [data-failed])')"


def contents() -> list[dict[str, object]]:
    """The parts of the book and their pages, in the order of ``_toc.yml``, without exercises."""
    toc = yaml.safe_load((ROOT / "book" / "_toc.yml").read_text("utf-8"))
    names = [[Path(chapter["file"]).name for chapter in part["chapters"]] for part in toc["parts"]]
    return [
        {"caption": part["caption"], "names": each}
        for part, each in zip(toc["parts"], names, strict=True)
    ]


def choose(parts: list[dict[str, object]], only: list[str]) -> list[dict[str, object]]:
    """The parts with none but the named pages; all where none is named."""
    chosen = [
        {**part, "names": [n for n in part["names"] if not only or n in only]} for part in parts
    ]
    return [part for part in chosen if part["names"]]


def write(playwright: Playwright, parts: list[dict[str, object]], out: Path) -> None:
    """Print the pages of ``parts``, after the book's first, into ``out``."""
    config = yaml.safe_load((ROOT / "_config.yml").read_text("utf-8"))
    names = ["index", *(name for part in parts for name in part["names"])]
    pages = [{"name": n, "html": (HTML / f"book/{n}.html").read_text("utf-8")} for n in names]
    browser = playwright.chromium.launch(
        executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
    )
    together = HTML / "book" / f".{out.stem}.html"  # beside the pages, for their relative addresses
    try:
        page = browser.new_page(color_scheme="light")
        page.set_default_timeout(300_000)
        settings = {"pages": pages, "parts": parts, "address": config["html"]["baseurl"]}
        together.write_text(
            page.evaluate((ROOT / "scripts/assemble.js").read_text("utf-8"), settings), "utf-8"
        )
        page.goto(together.as_uri())
        page.evaluate(SETTLED)
        page.wait_for_function(ALIVE)
        partial = out.with_suffix(".part")
        page.pdf(
            path=partial, prefer_css_page_size=True, display_header_footer=True,
            header_template="<span></span>", footer_template=FOOT, outline=True, tagged=True,
            print_background=True,
        )  # fmt: skip
        partial.replace(out)
    finally:
        together.unlink(missing_ok=True)
        browser.close()


def parser() -> argparse.ArgumentParser:
    """What the command takes."""
    command = argparse.ArgumentParser(prog="pdf", description="The built book as one PDF.")
    command.add_argument("pages", nargs="*", help="only these, as bahdanau (default: all)")
    command.add_argument("--out", type=Path, default=HTML / "attnbook.pdf")
    return command


def main() -> int:
    asked = parser().parse_args()
    parts = contents()
    known = [name for part in parts for name in part["names"]]
    if not (HTML / ".complete").exists():
        print("_build/html is not built: run `make book`", file=sys.stderr)
        return 1
    if unknown := [name for name in asked.pages if name not in known]:
        print(f"no page {unknown[0]!r}: choose among {', '.join(known)}", file=sys.stderr)
        return 1
    with sync_playwright() as playwright:
        write(playwright, choose(parts, asked.pages), asked.out)
    print(f"{asked.out}: {asked.out.stat().st_size / 1e6:.1f} MB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
