"""A digit being drawn, step by step: trained models' canvases, carried in the page."""

from collections.abc import Mapping
from typing import Any

from traitlets import Dict, Int, List, Unicode

from attn.widgets.base import CourseWidget


class DrawingFilmWidget(CourseWidget):
    """Canvases after each step, by a model that writes through a window and by one without.

    ``films`` holds ``{"arm", "name", "target", "frames"}``, the same names for each arm; a frame is
    ``{"ink", "kl"}`` and, with a window, ``"x", "y", "stride"``. Pictures are strings of 64
    letters, from a, empty, to z, full; a film without a target has an empty one. ``arm``, ``which``
    and ``step`` say which frame (0 is the empty canvas), ``N`` the filters a side.

    >>> frame = {"ink": "a" * 64, "x": 3.5, "y": 3.5, "stride": 2.0, "kl": 0.1}
    >>> found = {"targets": ["z" * 64], "copies": [[frame]], "samples": [[frame]], "N": 4}
    >>> [film["name"] for film in DrawingFilmWidget.measured({"with a window": found}).films]
    ['copy 1', 'invented 1']
    """

    films = List(Dict()).tag(sync=True)
    arm = Unicode().tag(sync=True)
    which = Int(0).tag(sync=True)
    step = Int(3).tag(sync=True)
    N = Int(4).tag(sync=True)

    _alt = (
        "A canvas of 8 by 8 pixels after three of six steps, beside what the third step added and "
        "took away and the digit that is copied. Step by step the grey turns into a blot like it."
    )

    @classmethod
    def measured(cls, shown: Mapping[str, Mapping[str, Any]], **state: Any) -> "DrawingFilmWidget":
        """From what a benchmark wrote, by arm."""
        films = [film | {"arm": arm} for arm, found in shown.items() for film in _films(found)]
        first = next(iter(shown))
        return cls(films=films, N=shown[first]["N"], **{"arm": first, **state})


def _films(found: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Copies with their targets, then what was invented."""
    copies = zip(found["targets"], found["copies"], strict=True)
    return [
        {"name": f"copy {i}", "target": target, "frames": frames}
        for i, (target, frames) in enumerate(copies, start=1)
    ] + [
        {"name": f"invented {i}", "target": "", "frames": frames}
        for i, frames in enumerate(found["samples"], start=1)
    ]
