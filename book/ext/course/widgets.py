"""The widgets' modules and style as two static files, loaded by pages that show a widget."""

import json
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx

from attn.widgets import base


def write_files(app: Sphinx) -> None:
    """One classic script, since a page opened from disk may not import modules from files."""
    if app.builder.format != "html":
        return
    names = sorted(path.stem for path in base.HERE.glob("*.js") if path.stem != "kit")
    modules = json.dumps({name: base.source(name) for name in names}, ensure_ascii=False)
    static = Path(app.outdir) / "_static"
    static.mkdir(parents=True, exist_ok=True)
    (static / "attn-widgets.js").write_text(f"window.attnWidgets = {modules};\n", "utf-8")
    (static / "attn-widgets.css").write_text(base.style(), "utf-8")


def load_files(
    app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    """Add the scripts to a page whose outputs hold a widget's static twin."""
    if doctree and any('class="attn-static"' in raw.astext() for raw in doctree.findall(nodes.raw)):
        app.add_js_file("attn-widgets.js", loading_method="defer")
        app.add_js_file("static-widgets.js", loading_method="defer")


def setup(app: Sphinx) -> None:
    """Register the events; the style holds the palette, so every page has it."""
    app.add_css_file("attn-widgets.css")
    app.connect("builder-inited", write_files)
    app.connect("html-page-context", load_files)
