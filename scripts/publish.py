"""Whether the built site can go to the web, `make publish`: all that its pages link to is there."""

import re
import sys
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[1]
HTML = ROOT / "_build" / "html"


def missing(html: Path, base: str) -> dict[str, str]:
    """The files at the site's own address that some page links to and that are not there."""
    found = {}
    for page in sorted(html.rglob("*.html")):
        for link in re.findall(r'(?:href|content)="([^"#]+)', page.read_text("utf-8")):
            path = link.removeprefix(base)
            if path != link and path and not (html / path).is_file():
                found.setdefault(path, page.relative_to(html).as_posix())
    return found


def main() -> int:
    base = yaml.safe_load((ROOT / "_config.yml").read_text("utf-8"))["html"]["baseurl"]
    if not (HTML / ".complete").exists():
        print("_build/html is not built: run `make publish`", file=sys.stderr)
        return 1
    gone = missing(HTML, base)
    for path, page in gone.items():
        print(f"{page} links to {path}, which is not there", file=sys.stderr)
    if gone:
        print("run `make publish`, which makes the PDF and the archive first", file=sys.stderr)
        return 1
    size = sum(path.stat().st_size for path in HTML.rglob("*") if path.is_file())
    print(f"{HTML}: {size / 1e6:.0f} MB, ready for {base}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
