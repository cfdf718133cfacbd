"""The widgets' modules and style as static files; a page loads those of the widgets it shows."""

import json
import re
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx

from attn.widgets import base

TWIN = re.compile(r'class="attn-static" data-widget="(\w+)"')


def write_files(app: Sphinx) -> None:
    """Write ``attn-<name>.js`` for every widget, and ``attn-widgets.css``.

    Each is a classic script that keeps its module as a string, since a page opened from disk may
    not import modules from files.
    """
    if app.builder.format != "html":
        return
    static = Path(app.outdir) / "_static"
    static.mkdir(parents=True, exist_ok=True)
    for name in (path.stem for path in base.HERE.glob("*.js") if path.stem != "kit"):
        module = json.dumps(base.source(name), ensure_ascii=False)
        script = f"(window.attnWidgets ??= {{}}).{name} = {module};\n"
        (static / f"attn-{name}.js").write_text(script, "utf-8")
    (static / "attn-widgets.css").write_text(base.style(), "utf-8")


def load_files(
    app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    """Add the scripts of the widgets whose static twins are among a page's outputs."""
    raws = doctree.findall(nodes.raw) if doctree else []
    names = sorted({name for raw in raws for name in TWIN.findall(raw.astext())})
    for script in [f"attn-{name}.js" for name in names] + ["static-widgets.js"] * bool(names):
        app.add_js_file(script, loading_method="defer")


def setup(app: Sphinx) -> None:
    """Register the events; the style holds the palette, so every page has it."""
    app.add_css_file("attn-widgets.css")
    app.connect("builder-inited", write_files)
    app.connect("html-page-context", load_files)
