"""How long may a sequence be? Pull the length; read what is written with and without attention."""

from collections.abc import Sequence
from typing import Any

from traitlets import Dict, Int, List

from attn.data.batch import EOS
from attn.data.sequences import FIRST_SYMBOL
from attn.widgets.base import CourseWidget


class LengthsWidget(CourseWidget):
    """Measured accuracies by length, with and without attention, and a sequence of each length.

    ``none`` and ``additive`` hold a list of accuracies a seed, one a length; ``shown`` holds for
    each length a few ``{"source": str, "none": str, "additive": str}``, a letter a symbol and a
    full stop for the end; ``longest`` is the longest length of the training; ``at`` says which
    length is shown, and ``which`` of its sequences.

    >>> widget = LengthsWidget.measured(
    ...     [4], none=[[0.5]], additive=[[1.0]], longest=4,
    ...     shown=[[{"source": [3, 4], "none": [4, 4, 2], "additive": [4, 3, 2]}]],
    ... )
    >>> widget.shown
    [[{'source': 'ab', 'none': 'bb.', 'additive': 'ba.'}]]
    """

    lengths = List(Int()).tag(sync=True)
    none = List(List()).tag(sync=True)
    additive = List(List()).tag(sync=True)
    shown = List(List(Dict())).tag(sync=True)
    longest = Int(12).tag(sync=True)
    at = Int(0).tag(sync=True)
    which = Int(0).tag(sync=True)

    _alt = (
        "Share of sequences reversed without a mistake, by length. Without attention it is nearly "
        "1 at length 4 and 0 from length 14; with attention it stays high beyond that."
    )

    @classmethod
    def measured(
        cls,
        lengths: Sequence[int],
        *,
        none: Sequence[Sequence[float]],
        additive: Sequence[Sequence[float]],
        shown: Sequence[Sequence[dict[str, list[int]]]],
        longest: int,
        **state: Any,
    ) -> "LengthsWidget":
        """From what a benchmark wrote: symbols are numbers there, and letters here."""
        texts = [
            [{name: letters(tokens) for name, tokens in row.items()} for row in rows]
            for rows in shown
        ]
        lists = {"none": [list(row) for row in none], "additive": [list(row) for row in additive]}
        return cls(lengths=list(lengths), shown=texts, longest=longest, **lists, **state)


def letters(tokens: Sequence[int]) -> str:
    """Symbols as letters, up to the end, which is a full stop.

    >>> letters([3, 5, 2, 0])
    'ac.'
    """
    text = ""
    for token in tokens:
        if token == EOS:
            return text + "."
        text += chr(ord("a") + token - FIRST_SYMBOL) if token >= FIRST_SYMBOL else "·"
    return text
