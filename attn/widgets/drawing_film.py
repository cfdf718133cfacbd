"""A digit being drawn, step by step: a trained model's canvases, carried in the page."""

from collections.abc import Mapping
from typing import Any

from traitlets import Dict, Int, List

from attn.widgets.base import CourseWidget


class DrawingFilmWidget(CourseWidget):
    """Canvases after each step, with the window that was written through.

    ``films`` holds ``{"name", "target", "frames"}``; a frame is ``{"ink", "x", "y", "stride",
    "kl"}``. Pictures are strings of 64 letters, from a, empty, to z, full; a film without a target
    has an empty one. ``which`` and ``step`` say which frame (0 is the empty canvas), ``N`` the
    filters a side.

    >>> frame = {"ink": "a" * 64, "x": 3.5, "y": 3.5, "stride": 2.0, "kl": 0.1}
    >>> found = {"targets": ["z" * 64], "copies": [[frame]], "samples": [[frame]], "N": 4}
    >>> [film["name"] for film in DrawingFilmWidget.measured(found).films]
    ['copy 1', 'invented 1']
    """

    films = List(Dict()).tag(sync=True)
    which = Int(0).tag(sync=True)
    step = Int(1).tag(sync=True)
    N = Int(4).tag(sync=True)

    _alt = (
        "A canvas of 8 by 8 pixels after the first of six steps, nearly all grey, beside the "
        "digit to be copied. With every step it comes nearer to a tall blot like that digit."
    )

    @classmethod
    def measured(cls, shown: Mapping[str, Any], **state: Any) -> "DrawingFilmWidget":
        """From what a benchmark wrote."""
        copies = [
            {"name": f"copy {i}", "target": target, "frames": frames}
            for i, (target, frames) in enumerate(
                zip(shown["targets"], shown["copies"], strict=True), start=1
            )
        ]
        own = [
            {"name": f"invented {i}", "target": "", "frames": frames}
            for i, frames in enumerate(shown["samples"], start=1)
        ]
        return cls(films=copies + own, N=shown["N"], **state)
