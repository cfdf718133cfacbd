"""A key-value cache filling up: what a step computes, what it reads, and what is held."""

from typing import Any

from traitlets import Bool, Int, List, Unicode

from attn.widgets.base import CourseWidget

SENTENCE = "the old cat that we saw in May sleeps well in the sun ."


class CacheFillingWidget(CourseWidget):
    """One layer with eight query heads writes word after word.

    ``T`` words have been written; ``Hkv`` heads of keys and values (8, 4, 2 or 1) are shared by
    the query heads; without ``cache``, all keys and values are computed again at every step.

    >>> CacheFillingWidget(Hkv=1).T
    5
    """

    words = List(Unicode()).tag(sync=True)
    T = Int(5).tag(sync=True)
    Hkv = Int(8).tag(sync=True)
    cache = Bool(True).tag(sync=True)

    _alt = (
        "Five words have been written by a layer with eight heads. The last step computed 8 keys "
        "and 8 values, those of the fifth word, and read 40 of each; the cache holds 80 vectors."
    )

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"words": SENTENCE.split(), **kwargs})
