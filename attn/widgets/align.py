"""Where does a translator look? Point at a French word; a trained model's weights beside gold."""

from typing import Any

from traitlets import Dict, Int, Unicode

from attn.widgets.base import CourseWidget


class AlignWidget(CourseWidget):
    """English and French sentences side by side, joined by the weights of trained models.

    ``models`` maps a name to its sentences, the same for all: ``{"english": [...], "french": [...],
    "sure": [[i, j], ...], "possible": [...], "weights": [[...], ...]}``, one row of weights a
    French word. ``model``, ``sentence`` and ``word`` say what is shown.

    >>> one = {"english": ["cat"], "french": ["chat"], "sure": [[0, 0]], "possible": [[0, 0]]}
    >>> AlignWidget({"additive": [one | {"weights": [[1.0]]}]}).model
    'additive'
    """

    models = Dict().tag(sync=True)
    model = Unicode().tag(sync=True)
    sentence = Int(0).tag(sync=True)
    word = Int(0).tag(sync=True)

    _alt = (
        "An English sentence and its French, side by side. Lines run from the French word that is "
        "chosen to the English words that the model reads for it, as thick as their weights; "
        "English words that stand for it in the gold alignment are framed."
    )

    def __init__(self, models: dict[str, list[dict[str, Any]]], **state: Any) -> None:
        super().__init__(models=models, **{"model": next(iter(models)), **state})
