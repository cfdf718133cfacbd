"""The group photo: pick a question and see where the weight goes."""

from typing import Any

from traitlets import Dict, Float, List, Unicode

from attn.data.photo import FEATURES, QUESTIONS, group_photo
from attn.widgets.base import CourseWidget


class PhotoWidget(CourseWidget):
    """A drawn group photo under a question; ``question`` is one of ``attn.data.photo.QUESTIONS``.

    ``asked`` maps a feature to +1 (asked for) or -1 (not wanted), ``loudness`` multiplies it, and
    ``selected`` is the region whose sum is written out. All three follow the reader's hand.

    >>> PhotoWidget("Who wears glasses?").asked
    {'person': 1.0, 'glasses': 1.0}
    """

    regions = List(Dict()).tag(sync=True)
    features = List(Unicode()).tag(sync=True)
    questions = Dict().tag(sync=True)
    asked = Dict().tag(sync=True)
    loudness = Float(2.0).tag(sync=True)
    selected = Unicode("Ms Diallo").tag(sync=True)

    _alt = (
        "A class photo of five pupils and their teacher, with a board, a window and a plant. "
        "Asked how many people there are, the six people share nearly all the weight; "
        "asked who the teacher is, Ms Diallo has .90 of it."
    )

    def __init__(self, question: str = "How many people are there?", **kwargs: Any) -> None:
        if question not in QUESTIONS:
            raise ValueError(f"no question {question!r}: choose one of {list(QUESTIONS)}")
        signs = {
            text: {feature: strength / 2.0 for feature, strength in asks.items()}
            for text, asks in QUESTIONS.items()
        }
        regions = [{"name": name, **r._asdict()} for name, r in group_photo().items()]
        super().__init__(
            regions=regions,
            features=list(FEATURES),
            questions=signs,
            asked=signs[question],
            **kwargs,
        )
