"""A small trained BERT in the page: mask words, see the guesses, put one in, watch the others."""

from typing import Any

from traitlets import Dict, Int, List, Unicode

from attn import masked_reader
from attn.widgets.base import CourseWidget

EXAMPLES = [
    "the cat sees an old house",
    "some small birds do not like the green tree",
    "the children of the woman buy a big book",
    "an old dog does not find the white flowers",
]


class MaskedWordsWidget(CourseWidget):
    """A sentence whose words can be masked, and a trained model's guesses for each of them.

    ``text`` is the sentence, words with blanks between them; ``hidden`` the places that are masked;
    ``examples`` sentences to pick; ``shown`` how many guesses are listed; ``model`` the words and
    numbers of ``attn.masked_reader``.

    >>> MaskedWordsWidget(hidden=[1]).hidden
    [1]
    """

    text = Unicode(EXAMPLES[0]).tag(sync=True)
    hidden = List(Int(), [3]).tag(sync=True)
    examples = List(Unicode()).tag(sync=True)
    shown = Int(5).tag(sync=True)
    model = Dict().tag(sync=True)

    _alt = (
        "The sentence “the cat sees an old house” with its fourth word masked. The first two "
        "guesses are “an” and “the”: the word before “old” cannot be “a”."
    )

    def __init__(self, **kwargs: Any) -> None:
        content = masked_reader.content()
        model = {name: content[name] for name in ("words", "numbers")}
        super().__init__(**{"examples": EXAMPLES, "model": model, **kwargs})
