"""A window on nine words: drag its centre, change its reach, and see what is read."""

from typing import Any

from traitlets import Bool, Float, Int, List, Unicode

from attn.widgets.base import CourseWidget

WORDS = ["the", "old", "cat", "of", "the", "boy", "hears", "a", "bird"]
SCORES = [0.2, 1.1, 2.4, 0.1, 0.0, 1.6, 0.8, -0.4, 2.9]


class LocalWindowWidget(CourseWidget):
    """Local attention over one sentence, after the reader's hand.

    ``scores`` has one number a word; ``p``, from 0 to the number of words, is the window's centre,
    positions counting from 0; ``D`` in 1 … 4 its reach; ``gaussian`` says whether the weights are
    multiplied by it.

    >>> LocalWindowWidget(p=2.0).D
    2
    """

    words = List(Unicode()).tag(sync=True)
    scores = List(Float()).tag(sync=True)
    p = Float(4.4).tag(sync=True)
    D = Int(2).tag(sync=True)
    gaussian = Bool(True).tag(sync=True)

    _alt = (
        "Nine words on a line, a score for each. A window around position 4.4 reaches two "
        "positions to each side and holds four words; a bell curve takes weight from those near "
        "its edges, so that the weights sum to .66."
    )

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"words": WORDS, "scores": SCORES, **kwargs})
