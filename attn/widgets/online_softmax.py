"""The online softmax, tile by tile: read on, drag a score, and see what must be corrected."""

from typing import Any

from traitlets import Bool, Float, Int, List

from attn.widgets.base import CourseWidget

SCORES = [1.0, 2.5, 0.5, 1.5, 3.5, 0.0, 2.0, -1.0]
VALUES = [2.0, 9.0, 4.0, 7.0, 1.0, 6.0, 3.0, 8.0]


class OnlineSoftmaxWidget(CourseWidget):
    """One query's attention over eight keys in one pass, after the reader's hand.

    ``scores``, from -4 to 4, and ``values`` have a number a key; keys are read in tiles of ``tile``
    (1, 2, 4 or 8), and ``seen`` tiles have been read; without ``rescale``, what was summed under an
    older maximum is not corrected.

    >>> OnlineSoftmaxWidget(tile=4).seen
    2
    """

    scores = List(Float()).tag(sync=True)
    values = List(Float()).tag(sync=True)
    tile = Int(2).tag(sync=True)
    seen = Int(2).tag(sync=True)
    rescale = Bool(True).tag(sync=True)

    _alt = (
        "Eight scores in four tiles of two, and a value for each. Two tiles have been read: the "
        "largest score so far is 2.5, the sum of the powers is 1.73, and the output so far is "
        "7.28. The next tile holds a larger score."
    )

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"scores": SCORES, "values": VALUES, **kwargs})
