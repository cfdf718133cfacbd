"""A room of things and a trained agent that wants one: move them, and see what it reads."""

from typing import Any

from traitlets import Bool, Dict, Int, List, Unicode

from attn.widgets.base import CourseWidget

THINGS = ["ball", "box", "star", "moon", "ring", "heart", "house", "drop"]
PLACES = [[1, 7], [6, 8], [7, 2], [3, 3], [0, 2], [8, 6], [4, 0], [2, 5]]
HERE = [True, True, True, True, True, False, False, False]


class FetchingRoomWidget(CourseWidget):
    """Eight things on a grid of nine by nine, some of them in the room, and the agent among them.

    ``things`` names kinds 0 to 7, ``places`` their squares and ``agent`` its own, [x, y] from the
    lower left corner; ``here`` says which are in the room, ``wanted`` is a kind; ``numbers`` holds
    the parameters of an ``attn.experiments.fetching.Fetcher`` with attention, packed by
    ``attn.sentiment_reader.quantised``.

    >>> FetchingRoomWidget(wanted=3).things[3]
    'moon'
    """

    things = List(Unicode(), THINGS).tag(sync=True)
    places = List(List(Int()), PLACES).tag(sync=True)
    here = List(Bool(), HERE).tag(sync=True)
    agent = List(Int(), [4, 5]).tag(sync=True)
    wanted = Int(2).tag(sync=True)
    numbers = Dict().tag(sync=True)

    _alt = (
        "A room of nine by nine squares with an agent in it, and a ball, a box, a star, a moon "
        "and a ring. The agent wants the star; nearly all of its weight lies on the star, and its "
        "way there is as short as can be."
    )

    @classmethod
    def carried(cls, numbers: dict[str, Any], **state: Any) -> "FetchingRoomWidget":
        """With the parameters that a benchmark packed."""
        return cls(numbers=numbers, **state)
