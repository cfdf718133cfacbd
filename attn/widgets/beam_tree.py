"""A beam search in a language of ten sentences: step on, widen it, and see what it overlooks."""

from typing import Any

from traitlets import Dict, Float, Int

from attn.data.tiny_language import NEXT
from attn.widgets.base import CourseWidget


class BeamTreeWidget(CourseWidget):
    """The tree of all sentences, and the ``width`` beginnings that a search keeps at each step.

    ``next`` holds what may follow each word, and how likely; "" begins a sentence and "." ends it.
    ``steps`` have been taken; ``alpha``, from 0 to 2, is the length penalty's.

    >>> BeamTreeWidget(width=3).steps
    2
    """

    next = Dict().tag(sync=True)
    width = Int(2).tag(sync=True)
    steps = Int(2).tag(sync=True)
    alpha = Float(0.0).tag(sync=True)

    _alt = (
        "A tree of ten sentences. After two steps a search of width 2 keeps 'a cat', of "
        "probability .360, and 'the cat', .240. It has dropped 'the bird', .186, with which the "
        "likeliest sentence begins."
    )

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"next": NEXT, **kwargs})
