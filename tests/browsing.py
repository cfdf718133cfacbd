"""Opening pages of the built book in Chromium, with everything outside it blocked and recorded."""

import functools
import http.server
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from fnmatch import fnmatch
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Browser, ConsoleMessage, Page, Playwright, Response, Route

ROOT = Path(__file__).resolve().parents[1]
HTML = ROOT / "_build" / "html"
# GitHub Pages serves a project below a prefix: an absolute link would work at the root only.
PREFIX = "/attnbook/"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
OURS = {file.name for file in (ROOT / "book" / "assets").iterdir()}

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


def built_pages() -> list[str]:
    """Every page of the book, as a path below ``_build/html``; empty when nothing is built.

    ``index.html`` only sends on to ``book/index.html``; what begins with a dot is being printed.
    """
    pages = (path.relative_to(HTML).as_posix() for path in HTML.rglob("[!.]*.html"))
    return sorted(page for page in pages if page != "index.html" and "_static/" not in page)


def chapters() -> list[str]:
    """The pages that offer themselves as a notebook."""
    return [f"book/{path.stem}.html" for path in sorted(HTML.glob("notebooks/*.ipynb"))]


class Handler(http.server.SimpleHTTPRequestHandler):
    """Serves ``_build/html`` below the prefix and nothing else, with its own page for a 404."""

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        if code != 404:
            super().send_error(code, message, explain)
            return
        body = (HTML / "404.html").read_bytes()
        self.send_response(404)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def translate_path(self, path: str) -> str:
        if not path.startswith(PREFIX):
            return str(HTML / "outside-the-prefix")
        return super().translate_path(path.removeprefix(PREFIX[:-1]))

    def log_message(self, format: str, *args: object) -> None:
        pass


@contextmanager
def serve() -> Iterator[str]:
    """The address of the served book, ending in a slash."""
    handler = functools.partial(Handler, directory=str(HTML))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}{PREFIX}"
    finally:
        server.shutdown()
        server.server_close()


def launch(playwright: Playwright) -> Browser:
    """The machine's own Chromium, or else Playwright's."""
    return playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)


@dataclass
class Watch:
    """What a page asked for and complained about."""

    external: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    sizes: dict[str, int] = field(default_factory=dict)

    def route(self, route: Route) -> None:
        address = urlsplit(route.request.url)
        if address.hostname == "127.0.0.1" or address.scheme in {"data", "blob", "file"}:
            route.continue_()
        else:
            self.external.append(route.request.url)
            route.abort()

    def response(self, response: Response) -> None:
        path = urlsplit(response.url).path
        self.sizes[path] = int(response.headers.get("content-length", 0))
        if response.status >= 400:
            self.failed.append(f"{response.status} {response.url}")

    def console(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.errors.append(message.text)

    def assert_clean(self) -> None:
        """Nothing from outside, nothing missing, nothing in red in the console."""
        assert self.external == [], f"requests leave the page: {self.external}"
        assert self.failed == [], f"requests failed: {self.failed}"
        assert self.errors == [], f"the console shows errors: {self.errors}"


@contextmanager
def visit(
    browser: Browser,
    url: str,
    *,
    width: int = 1280,
    height: int = 900,
    scheme: str = "light",
    javascript: bool = True,
    touch: bool = False,
) -> Iterator[tuple[Page, Watch]]:
    """A page at ``url`` in a fresh profile, settled, and what it did."""
    context = browser.new_context(
        viewport={"width": width, "height": height},
        color_scheme=scheme,
        java_script_enabled=javascript,
        has_touch=touch,
    )
    watch = Watch()
    context.route("**/*", watch.route)
    page = context.new_page()
    page.on("response", watch.response)
    page.on("console", watch.console)
    page.on("pageerror", lambda error: watch.errors.append(str(error)))
    try:
        page.goto(url)
        if javascript:
            settle(page)
        yield page, watch
    finally:
        context.close()


def settle(page: Page) -> None:
    """Wait until formulas are set, fonts are there, every widget is alive or has failed."""
    page.wait_for_load_state("load")
    page.evaluate(
        "async () => { await window.MathJax?.startup?.promise; await document.fonts.ready }"
    )
    page.wait_for_function(
        "!document.querySelector('.attn-static:not([data-ready], [data-failed])')"
    )
    fade(page)


def fade(page: Page) -> None:
    """End the fading of colours, as of the theme's buttons when the theme is set."""
    page.evaluate(
        "document.getAnimations().filter(one => one instanceof CSSTransition)"
        ".forEach(one => one.finish())"
    )


def violations(page: Page) -> list[str]:
    """What axe finds on a page as it stands, but for what the theme is known for."""
    page.evaluate(AXE.read_text("utf-8"))
    result = page.evaluate(
        "tags => axe.run(document, {runOnly: {type: 'tag', values: tags}})", RULES
    )
    if len(result["passes"]) <= 10:
        raise RuntimeError("axe looked at nothing")
    return [
        f"{violation['id']}: {node['html'][:200]} ({node['failureSummary']})"
        for violation in result["violations"]
        for node in violation["nodes"]
        if not any(violation["id"] == name and fnmatch(node["html"], by) for name, by in KNOWN)
    ]


def our_bytes(watch: Watch, path: str) -> int:
    """Bytes of a page as served that are ours: its text, our styles and scripts; no widgets."""
    return sum(
        size
        for address, size in watch.sizes.items()
        if address.rsplit("/", 1)[-1] in OURS or path in address
    )
