"""A history read from where a candidate stands: items on and off, a softmax beside free weights."""

from typing import Any

from traitlets import Bool, Dict, Int, List, Unicode

from attn.data.clicks import EACH
from attn.widgets.base import CourseWidget

KINDS = ["camping", "reading", "kitchen"]
# Five things of a kind, as in attn.data.clicks; the first of each is what may be clicked.
THINGS = [
    *("tent", "stove", "mat", "lamp", "rope"),
    *("novel", "poems", "atlas", "diary", "comic"),
    *("pan", "pot", "knife", "whisk", "mill"),
]
BOUGHT = ["stove", "mat", "poems", "atlas", "diary", "pot", "knife", "whisk"]


class ClickedHistoryWidget(CourseWidget):
    """Two trained models read the same history, and both say how likely a click is.

    ``things`` names things 0 to 14, five of a kind, the first of each a candidate; ``bought`` says
    for each whether it is in the history; ``candidate`` is a thing; ``shown`` names the arm whose
    weights are drawn; ``numbers`` holds for each arm the parameters of an
    ``attn.experiments.clicks.Clicker``, packed by ``attn.sentiment_reader.quantised``.

    >>> ClickedHistoryWidget(candidate=5).things[5]
    'novel'
    """

    kinds = List(Unicode(), KINDS).tag(sync=True)
    things = List(Unicode(), THINGS).tag(sync=True)
    bought = List(Bool(), [name in BOUGHT for name in THINGS]).tag(sync=True)
    each = Int(EACH).tag(sync=True)
    candidate = Int(0).tag(sync=True)
    shown = Unicode("softmax").tag(sync=True)
    numbers = Dict().tag(sync=True)

    _alt = (
        "Somebody bought a stove and a mat, three things to read and three for the kitchen, and "
        "is offered a tent. The true probability of a click is .27. The model whose weights sum "
        "to one says far more, the one with free weights is nearer."
    )

    @classmethod
    def carried(cls, numbers: dict[str, Any], **state: Any) -> "ClickedHistoryWidget":
        """With the parameters that a benchmark packed, by arm."""
        arms = ("softmax", "unnormalised")
        return cls(numbers={arm: numbers[arm] for arm in arms}, **state)
