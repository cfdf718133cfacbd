"""One attention with several heads: switch a head off, and see which of two answers dies."""

from collections.abc import Mapping
from itertools import combinations
from typing import Any

import torch
from torch import Tensor
from traitlets import Dict, Int, List

from attn.data.jars import SPICES
from attn.experiments.two_questions import TwoQuestions, marks, unseen
from attn.widgets.base import CourseWidget

DIGITS = 4
SHOWN = 12  # shelves that the page carries


class HeadsWidget(CourseWidget):
    """Two questions to a shelf of eight jars, answered by trained models with some heads off.

    ``models`` is a list of what ``numbers`` gives, each with a ``name`` and its ``marks`` by the
    heads that are off; ``shelves`` a list of ``{"spice": [8 numbers], "count": [8 numbers]}``.
    ``at`` says which model is shown, ``which`` the shelf, ``asked`` the places of the two jars that
    are asked for, and ``off`` the heads that are switched off.

    >>> from attn.experiments.two_questions import learn
    >>> widget = HeadsWidget.of({"one head": learn(1, seed=0, steps=1)})
    >>> widget.models[0]["H"], len(widget.shelves)
    (1, 12)
    """

    spices = List(list(SPICES)).tag(sync=True)
    models = List(Dict()).tag(sync=True)
    shelves = List(Dict()).tag(sync=True)
    at = Int(0).tag(sync=True)
    which = Int(0).tag(sync=True)
    asked = List(Int(), [1, 5], minlen=2, maxlen=2).tag(sync=True)
    off = List(Int()).tag(sync=True)

    _alt = (
        "Eight spice jars on a shelf, two of them asked for at once. A model with two heads reads "
        "one jar with each, and answers both questions; with either head switched off, one answer "
        "stays right and the other becomes a guess."
    )

    @classmethod
    def of(cls, models: Mapping[str, TwoQuestions], **state: Any) -> "HeadsWidget":
        """From trained models, by their names; what each gets right is measured here."""
        shelf = unseen(SHOWN)
        pairs = zip(shelf.spice.tolist(), shelf.count.tolist(), strict=True)
        return cls(
            models=[
                {"name": name} | numbers(model) | _marks(model) for name, model in models.items()
            ],
            shelves=[{"spice": spice, "count": count} for spice, count in pairs],
            **state,
        )


@torch.no_grad()
def numbers(model: TwoQuestions) -> dict[str, Any]:
    """A trained model as a few tables: queries, keys and values are sums of two rows each.

    With the biases in the first of each pair; ``out`` (20, D) and ``bias`` go from what the merged
    heads have read to the scores of both answers, through ``W_o``.
    """
    attend, answers = model.attend, model.answers
    tables = {
        "first": attend.W_q(model.first.weight),
        "second": model.second.weight @ attend.W_q.weight.T,
        "key_spice": attend.W_k(model.spice.weight),
        "key_count": model.count.weight @ attend.W_k.weight.T,
        "value_spice": attend.W_v(model.spice.weight),
        "value_count": model.count.weight @ attend.W_v.weight.T,
        "out": answers.weight @ attend.W_o.weight,
        "bias": answers(attend.W_o.bias),
    }
    return {"H": attend.H} | {name: _rounded(table) for name, table in tables.items()}


def _rounded(table: Tensor) -> list[Any]:
    return [
        [round(x, DIGITS) for x in row] if isinstance(row, list) else round(row, DIGITS)
        for row in table.tolist()
    ]


def _marks(model: TwoQuestions) -> dict[str, Any]:
    """What is right with every choice of heads off, by their numbers joined with commas."""
    heads = range(model.attend.H)
    choices = [off for n in range(len(heads) + 1) for off in combinations(heads, n)]
    return {"marks": {",".join(map(str, off)): list(marks(model, off)) for off in choices}}
