"""Nine digits, one look: draw glimpses, and watch what each says about where to look."""

from collections.abc import Mapping, Sequence
from typing import Any

from traitlets import Bool, Dict, Int, List

from attn.experiments.glimpses import held_out
from attn.widgets.base import CourseWidget


class HardGlimpsesWidget(CourseWidget):
    """REINFORCE on single grids, with the numbers of a trained model at several moments.

    ``grids`` holds for each grid ``{"images": nine lists of 64 inks from 0 to 16, "labels": nine
    digits, "asked": a cell}``; ``moments`` the numbers of training steps; ``shown`` for each moment
    and grid ``{"scores": nine numbers, "rewards": nine numbers}``. ``at`` and ``which`` say which
    moment and grid; ``counts`` how often each cell was looked at, ``last`` the newest glimpse or
    -1; ``baseline`` whether the expected reward is subtracted.

    >>> one = {"grid": 0, "scores": [0.0] * 9, "rewards": [-1.0] * 9}
    >>> HardGlimpsesWidget.measured({"0": [one]}).moments
    [0]
    """

    grids = List(Dict()).tag(sync=True)
    moments = List(Int()).tag(sync=True)
    shown = List(List(Dict())).tag(sync=True)
    at = Int(0).tag(sync=True)
    which = Int(0).tag(sync=True)
    counts = List(Int(), default_value=[0] * 9).tag(sync=True)
    last = Int(-1).tag(sync=True)
    baseline = Bool(False).tag(sync=True)

    _alt = (
        "A grid of nine handwritten digits; the middle one is asked for. Beside each cell stands "
        "the probability of looking there and the way its score should move. Before training all "
        "probabilities are about one in nine; after it nearly all is on the cell asked for."
    )

    @classmethod
    def measured(
        cls, shown: Mapping[str, Sequence[Mapping[str, Any]]], **state: Any
    ) -> "HardGlimpsesWidget":
        """From what a benchmark wrote, by the number of steps; the digits are the held-out ones."""
        moments = sorted(shown, key=int)
        tests = held_out()
        numbers = ("scores", "rewards")
        return cls(
            grids=[
                {
                    "images": (tests.cells[one["grid"]].flatten(1) * 16).int().tolist(),
                    "labels": tests.labels[one["grid"]].tolist(),
                    "asked": int(tests.asked[one["grid"]]),
                }
                for one in shown[moments[0]]
            ],
            moments=[int(moment) for moment in moments],
            shown=[[{name: one[name] for name in numbers} for one in shown[m]] for m in moments],
            **state,
        )
