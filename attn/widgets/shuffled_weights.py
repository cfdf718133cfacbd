"""Shuffle the weights of trained readers: what happens to the answers, class by class?"""

from typing import Any

from traitlets import Bool, Dict, Int, List, Unicode

from attn.widgets.base import CourseWidget


class ShuffledWeightsWidget(CourseWidget):
    """Remarks, and two numbers a word from each reader; the page makes the answers of them.

    ``remarks`` are ``{"words": [...], "praise": 0 or 1}``; ``readers`` maps a name to ``weights``
    and ``alone``, a row a remark: how much each word is read, and the score it would give alone
    (``attn.experiments.explanation.carried``). ``draw`` counts the shuffles, 0 for the trained
    weights; ``alike`` gives all words the same weight; ``order`` says whose weight each word of
    the remark ``at`` has, where a hand has exchanged some, and is empty where none has.

    >>> ShuffledWeightsWidget([], {}, draw=3).draw
    3
    """

    remarks = List().tag(sync=True)
    readers = Dict().tag(sync=True)
    reader = Unicode().tag(sync=True)
    at = Int(0).tag(sync=True)
    draw = Int(0).tag(sync=True)
    alike = Bool(False).tag(sync=True)
    order = List(Int()).tag(sync=True)

    _alt = (
        "A remark of some words, a bar at each for the weight with which a trained reader reads "
        "it, and the probability of praise. Buttons shuffle the weights of forty remarks; dots in "
        "three rows, blame, praise and both together, show how much each answer changes."
    )

    def __init__(
        self, remarks: list[dict[str, Any]], readers: dict[str, Any], **kwargs: Any
    ) -> None:
        first = next(iter(readers), "")
        super().__init__(remarks=remarks, readers=readers, **({"reader": first} | kwargs))
