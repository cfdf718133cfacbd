"""A small trained reader in the page: type a sentence, see its weights, strike out a word."""

from typing import Any

from traitlets import Dict, List, Unicode

from attn import sentiment_reader
from attn.widgets.base import CourseWidget

# Written for this course; none stands in the data that the reader was trained on.
EXAMPLES = [
    "the food was not great",
    "nothing special",
    "great phone if you enjoy dropped calls",
    "the service was slow but the food was excellent",
    "the food was excellent but the service was slow",
    "not bad at all",
]


class SentimentWidget(CourseWidget):
    """Attention pooling over a sentence of the reader's own, with a trained model's numbers.

    ``text`` is what was typed, ``struck`` the places of words that are struck out, ``examples``
    sentences to pick, ``model`` the words and numbers of ``attn.sentiment_reader``.

    >>> SentimentWidget(text="lovely").text
    'lovely'
    """

    text = Unicode("the food was not great").tag(sync=True)
    struck = List([]).tag(sync=True)
    examples = List(Unicode()).tag(sync=True)
    model = Dict().tag(sync=True)

    _alt = (
        "The sentence “the food was not great” with a gold ground behind each word, as strong as "
        "its weight: .60 for “not”, .36 for “great”, little for the others. The verdict: a "
        "complaint, with probability .80."
    )

    def __init__(self, **kwargs: Any) -> None:
        content = sentiment_reader.content()
        model = {name: content[name] for name in ("words", "numbers")}
        super().__init__(**{"examples": EXAMPLES, "model": model, **kwargs})
