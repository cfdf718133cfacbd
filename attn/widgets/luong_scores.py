"""One sentence, four scores: where four trained decoders look for each French word."""

from typing import Any

from traitlets import Dict, Int, List, Unicode

from attn.widgets.base import CourseWidget


class LuongScoresWidget(CourseWidget):
    """The scores of trained models over a few sentences; the softmax is taken in the page.

    ``sentences`` is a list of ``{"english": [str], "french": [str], "sure": [[i, j]], "possible":
    [[i, j]], "scores": {name: table}}``, i a French position and j an English one; a table has a
    row a French word and one for the end. ``score``, ``sentence`` and ``word`` say what is shown.

    >>> LuongScoresWidget([{"english": ["a"], "french": ["un"], "scores": {}}]).score
    'general'
    """

    sentences = List(Dict()).tag(sync=True)
    score = Unicode("general").tag(sync=True)
    sentence = Int(0).tag(sync=True)
    word = Int(0).tag(sync=True)

    _alt = (
        "A table of weights: a row for every French word, a column for every English one. Four "
        "buttons change the score that made them; gold frames mark the words that translate each "
        "other."
    )

    def __init__(self, sentences: list[dict[str, Any]], **kwargs: Any) -> None:
        super().__init__(sentences=sentences, **kwargs)
