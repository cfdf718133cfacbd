"""The build itself: when stored outputs are stale, and which scripts a page loads."""

import hashlib
import os
import shutil
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx


def digest(*folders: Path) -> str:
    """A hash of every source file below ``folders``."""
    state = hashlib.sha256()
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            if path.suffix in {".py", ".js", ".css"}:
                state.update(path.relative_to(folder).as_posix().encode() + path.read_bytes())
    return state.hexdigest()


def environment_version(app: Sphinx) -> int:
    """A number that changes with ``attn`` and with this extension: Sphinx reads all pages anew."""
    return int(digest(Path(app.srcdir) / "attn", Path(__file__).parent)[:8], 16)


def drop_stale_outputs(app: Sphinx) -> None:
    """Forget the outputs of all cells when ``attn`` has changed.

    The execution cache looks at a page's own cells and not at what they import.
    """
    build = Path(app.outdir).parent
    current, seen = digest(Path(app.srcdir) / "attn"), build / ".attn-digest"
    if not seen.exists() or seen.read_text() != current:
        shutil.rmtree(build / ".jupyter_cache", ignore_errors=True)
        build.mkdir(parents=True, exist_ok=True)
        seen.write_text(current)


def quiet_kernels(build: Path) -> None:
    """Have kernels speak of errors only: each warns that its line, a local one, is plain."""
    profile = build / "ipython" / "profile_default"
    profile.mkdir(parents=True, exist_ok=True)
    (profile / "ipython_kernel_config.py").write_text("c.IPKernelApp.log_level = 40\n")
    os.environ["IPYTHONDIR"] = str(build / "ipython")


def clean_scripts(
    app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    """Drop scripts that Sphinx 7.4 lists twice, that start thebe from a CDN, that nobody reads.

    Nobody reads the widgets' state as html-manager wants it, with their modules in it: some 70 kB
    a page. A static twin brings its own.
    """
    seen, kept = set(), []
    for script in context.get("script_files", []):
        attributes = getattr(script, "attributes", {})
        body = attributes.get("body")
        unread = "thebe" in (body or str(getattr(script, "filename", "")))
        unread |= "jupyter.widget" in attributes.get("type", "")
        if not unread and (body is None or body not in seen):
            kept.append(script)
        seen.add(body)
    context["script_files"] = kept


def lighten(app: Sphinx, exception: Exception | None) -> None:
    """Empty the theme's largest script, and drop what only its makers debug with.

    Its icons come as a web font with the styles, and once more as 1.5 MB of script that replaces
    each by a drawing. The font alone looks the same.
    """
    if exception or app.builder.format != "html":
        return
    static = Path(app.outdir) / "_static"
    (static / "scripts" / "fontawesome.js").write_text("// The icons are the web font's.\n")
    for path in static.rglob("*.map"):
        path.unlink()


def setup(app: Sphinx) -> None:
    """Drop what is stale before anything is read; register the event."""
    os.environ["ATTN_QUIET"] = "1"  # the kernels inherit it: no progress bars on a page
    quiet_kernels(Path(app.outdir).parent)
    drop_stale_outputs(app)
    app.connect("html-page-context", clean_scripts, priority=900)
    app.connect("build-finished", lighten)
