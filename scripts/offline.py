"""The built site as one archive, `make offline`: unpack it and open `index.html`, no network."""

import sys
import zipfile
from pathlib import Path

HTML = Path(__file__).resolve().parents[1] / "_build" / "html"
NAME = "attnbook-offline"
LEFT_OUT = {f"{NAME}.zip", "attnbook.pdf", ".complete", ".buildinfo", "sitemap.xml", "404.html"}


def main() -> int:
    if not (HTML / ".complete").exists():
        print("_build/html is not built: run `make book`", file=sys.stderr)
        return 1
    out = HTML / f"{NAME}.zip"
    partial = out.with_suffix(".part")
    files = sorted(path for path in HTML.rglob("*") if path.is_file() and path != partial)
    with zipfile.ZipFile(partial, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in files:
            name = path.relative_to(HTML).as_posix()
            if name not in LEFT_OUT and not name.startswith("_static/social/"):
                entry = zipfile.ZipInfo(
                    f"{NAME}/{name}"
                )  # dated 1980: the same site, the same bytes
                entry.compress_type = zipfile.ZIP_DEFLATED
                entry.external_attr = 0o644 << 16
                archive.writestr(entry, path.read_bytes())
    partial.replace(out)
    print(f"{out}: {out.stat().st_size / 1e6:.1f} MB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
