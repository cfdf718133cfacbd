"""Does a reader notice the order? Move the words of a sentence, with and without positions."""

from typing import Any

from traitlets import Bool, Dict, Int, List, Unicode

from attn.data.roles import ROLES, WORDS
from attn.widgets.base import CourseWidget

SENTENCES = [
    "the dog chased the old man",
    "the dog was chased by the old man",
    "a small girl helped a bird",
    "the happy cat was watched by a small bird",
]


class WordOrderWidget(CourseWidget):
    """Two trained self-attentions over a sentence; the page computes what each word reads.

    ``models`` is ``{"with": numbers, "without": numbers}``, as ``attn.experiments.roles.numbers``
    gives them; ``sentences`` are of ``attn.data.roles.WORDS``. ``order`` says which word of the
    sentence stands at each place now, ``at`` which place is looked at.

    >>> WordOrderWidget({}, order=[1, 0]).order
    [1, 0]
    """

    models = Dict().tag(sync=True)
    vocabulary = List(Unicode(), list(WORDS)).tag(sync=True)
    roles = List(Unicode(), list(ROLES)).tag(sync=True)
    sentences = List(Unicode(), SENTENCES).tag(sync=True)
    sentence = Int(0).tag(sync=True)
    order = List(Int()).tag(sync=True)
    at = Int(1).tag(sync=True)
    positions = Bool(True).tag(sync=True)

    _alt = (
        "The sentence “the dog chased the old man”, a button a word. Pick a word to see which "
        "words it reads and whether it is taken for the doer or the receiver: with positions, "
        "“dog” is the doer; without, the reader cannot tell it from “man”."
    )

    def __init__(self, models: dict[str, Any], **kwargs: Any) -> None:
        words = len(SENTENCES[0].split())
        super().__init__(models=models, **{"order": list(range(words)), **kwargs})
