"""A query among the keys of five books: drag it, and see which books are read."""

from typing import Any

from traitlets import Dict, Float, List

from attn.widgets.base import CourseWidget

# Plane of the keys: how much a book is about the sea, and about the kitchen. Plane of the values:
# how many maps and how many recipes it holds.
BOOKS = [
    {"name": "Arctic", "key": [2.4, -0.4], "value": [9.0, 2.0]},
    {"name": "Bread", "key": [-0.7, 2.2], "value": [1.5, 8.5]},
    {"name": "Cod", "key": [1.4, 1.6], "value": [7.5, 8.0]},
    {"name": "Dunes", "key": [-2.2, -0.4], "value": [5.5, 0.5]},
    {"name": "Essays", "key": [0.3, -2.0], "value": [0.5, 2.5]},
]


class QueryKeysWidget(CourseWidget):
    """Dot-product attention of one query over keys in a plane; all three follow the reader's hand.

    ``books`` is a list of ``{"name": str, "key": [x, y], "value": [x, y]}`` with keys in [-3, 3]²
    and values in [0, 10]²; ``query`` is a point of the keys' plane; ``temperature`` > 0.

    >>> QueryKeysWidget(query=[0.0, 1.0]).query
    [0.0, 1.0]
    """

    books = List(Dict()).tag(sync=True)
    query = List(Float(), [1.2, 0.4], minlen=2, maxlen=2).tag(sync=True)
    temperature = Float(1.0).tag(sync=True)

    _alt = (
        "Five keys and a query in a plane, and five values in another. The query points between "
        "the keys of Arctic and Cod: Arctic has .56 of the weight, Cod .38, and the output lies "
        "between their two values."
    )

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"books": BOOKS, **kwargs})
