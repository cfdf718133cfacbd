"""Two equal tones: which of them is heard next? Drag the last look, with and without location."""

from typing import Any

from traitlets import Bool, Float, Int, List, Unicode

from attn.widgets.base import CourseWidget

FRAMES = ["", "do", "do", "", "re", "re", "re", "", "do", "do", "do", "", "mi", "mi", ""]
# Right behind the last look is good, at it or before it is not; six frames on, nothing is known.
FILTER = [2.0] * 5 + [-2.0] * 6
CONTENT = 5.0  # the score of a frame that is the tone asked for


class LocationLookWidget(CourseWidget):
    """Weights over the frames of a melody, by content alone or also by the last look.

    ``frames`` names each frame's tone, "" for silence; ``filter`` has an odd number of taps;
    ``place`` is the frame of the last look, ``asked`` a tone, ``location`` says whether the score
    sees where the last look lay.

    >>> LocationLookWidget(place=5).asked
    'do'
    """

    frames = List(Unicode()).tag(sync=True)
    filter = List(Float()).tag(sync=True)
    content = Float(CONTENT).tag(sync=True)
    place = Int(5).tag(sync=True)
    asked = Unicode("do").tag(sync=True)
    location = Bool(False).tag(sync=True)

    _alt = (
        "Fifteen frames of a melody: do, re, do, mi, with silence between. By content alone, the "
        "question for do reads both of them: .39 on the first, .59 on the second, which lasts "
        "longer. With the last look on re, the score by location reads the second."
    )

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"frames": FRAMES, "filter": FILTER, **kwargs})
