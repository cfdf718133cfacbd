"""What all widgets share: one source for JupyterLab, for the static page and for the tests."""

import json
from html import escape
from pathlib import Path
from typing import Any

import anywidget

from attn import palette

HERE = Path(__file__).parent


def source(name: str) -> str:
    """The JavaScript module of a widget: ``kit.js``, which all share, followed by ``<name>.js``.

    >>> "export default" in source("photo")
    True
    """
    return "\n".join((HERE / f"{file}.js").read_text("utf-8") for file in ("kit", name))


def style() -> str:
    """One style sheet for all widgets: the course's colours, ``kit.css``, each widget's own."""
    sheets = sorted(HERE.glob("*.css"), key=lambda sheet: (sheet.stem != "kit", sheet.stem))
    return palette.css() + "".join(sheet.read_text("utf-8") for sheet in sheets)


class CourseWidget(anywidget.AnyWidget):
    """An anywidget whose JavaScript does the mathematics, so that it lives without a kernel too.

    A subclass sits in ``<name>.py`` beside its ``<name>.js`` and ``<name>.css``, and declares its
    state as traitlets tagged ``sync=True``. A notebook shows it as an ipywidget; a static page runs
    the same module on the state in the ``text/html`` twin (``book/assets/static-widgets.js``).
    """

    _alt = ""  # what the widget shows before it is touched, in a sentence

    def __init_subclass__(cls, **kwargs: Any) -> None:
        # A widget's own class comes by here again when anywidget turns these two into its traits.
        if "_esm" not in vars(cls):
            cls._esm, cls._css = source(cls._name()), style()
        super().__init_subclass__(**kwargs)

    @classmethod
    def _name(cls) -> str:
        return cls.__module__.rsplit(".", 1)[-1]

    def _static_html(self) -> str:
        state = {name: getattr(self, name) for name in self.traits(sync=True) if name[0] != "_"}
        state = {k: v for k, v in state.items() if k not in ("layout", "tabbable", "tooltip")}
        return (
            f'<div class="attn-static" data-widget="{self._name()}" '
            f'data-state="{escape(json.dumps(state, ensure_ascii=False, allow_nan=False))}">'
            f"<p>{escape(self._alt)}</p></div>"
        )

    def _repr_mimebundle_(self, **kwargs: Any) -> tuple[dict[str, Any], dict[str, Any]] | None:
        bundle = super()._repr_mimebundle_(**kwargs)
        if bundle is None:  # anywidget's answer for a widget without a view
            return None
        data, metadata = bundle
        return data | {"text/html": self._static_html(), "text/plain": self._alt}, metadata
