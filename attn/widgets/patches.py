"""A trained ViT on canvases with one digit: pick a patch, see what it reads, layer by layer."""

from typing import Any

import torch
from traitlets import Dict, Int, List

from attn.data.digits import Canvases
from attn.experiments.clutter import effects
from attn.vit import ViT
from attn.widgets.base import CourseWidget

SHOWN = 8  # canvases that the page carries


class PatchesWidget(CourseWidget):
    """What a patch, or the class token, has read after each layer; and what erasing patches does.

    ``canvases`` is a list of what ``numbers`` gives; ``which`` says which of them is shown, and
    ``token`` who reads: 0 is the class token, 1 to 16 are the patches, row by row.

    >>> from attn.experiments.clutter import build, held_out
    >>> widget = PatchesWidget.of(build("ViT", 0), held_out(SHOWN))
    >>> len(widget.canvases), widget.token
    (8, 0)
    """

    canvases = List(Dict()).tag(sync=True)
    which = Int(0).tag(sync=True)
    token = Int(0).tag(sync=True)

    _alt = (
        "A canvas of sixteen patches with one handwritten digit among clutter, and beside it what "
        "the class token reads in the first layer, in the second, through both, and which patches "
        "change the answer when they are erased."
    )

    @classmethod
    def of(cls, model: ViT, canvases: Canvases, **state: Any) -> "PatchesWidget":
        """From a trained model, on the first canvases of those given."""
        return cls(canvases=numbers(model, canvases), **state)


@torch.no_grad()
def numbers(model: ViT, canvases: Canvases) -> list[dict[str, Any]]:
    """Canvases as the page carries them: pixels from 0 to 16, the weights of the mean head, and
    how far log p of the right digit falls when each patch is erased."""
    shown = Canvases(*(part[:SHOWN] for part in canvases))
    scores, weights = model(shown.images)
    sure, said = scores.softmax(-1).max(-1)
    falls = effects(model, shown)
    return [
        {
            "pixels": (16 * shown.images[i, 0]).round().int().flatten().tolist(),
            "label": int(shown.labels[i]),
            "inside": shown.inside[i].nonzero()[:, 0].tolist(),
            "said": int(said[i]),
            "sure": round(float(sure[i]), 3),
            "layers": [
                [[round(x, 3) for x in row] for row in layer]
                for layer in weights[i].mean(1).tolist()
            ],
            "falls": [round(x, 3) for x in falls[i].tolist()],
        }
        for i in range(len(shown.labels))
    ]
