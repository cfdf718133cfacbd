"""Walk through a caption, word by word, and watch where the model that wrote it looks."""

from collections.abc import Mapping, Sequence
from typing import Any

from traitlets import Dict, Int, List

from attn.data.scenes import NOTHING, RELATIONS, VOCABULARY, word_class
from attn.experiments.captions import CELL, held_out
from attn.widgets.base import CourseWidget


class CaptionWalkWidget(CourseWidget):
    """A trained model's captions of held-out scenes, its weights and gates at every word.

    ``scenes`` holds for each picture ``{"image": three hexadecimal digits a pixel, "words": what
    the model wrote, "truth": the true caption, "weights": 36 numbers for each word and the end,
    "beta": a number each, "boxes": the box (left, top, right, bottom, in cells) of what each word
    should name, or none}``. ``which`` says which picture, ``at`` which word, and ``cell`` the cell
    that somebody asks about, or -1.

    >>> one = {"scene": 0, "words": ["a"], "weights": [[1 / 36] * 36] * 2, "beta": [0.5, 0.5]}
    >>> CaptionWalkWidget.measured([one]).scenes[0]["boxes"]
    [None, None]
    """

    scenes = List(Dict()).tag(sync=True)
    which = Int(0).tag(sync=True)
    at = Int(0).tag(sync=True)
    cell = Int(-1).tag(sync=True)

    _alt = (
        "A picture of coloured shapes, cut into six by six cells, and the caption that a trained "
        "model wrote for it. At each word that names a thing, most of the weight usually lies on "
        "that thing or beside it."
    )

    @classmethod
    def measured(cls, shown: Sequence[Mapping[str, Any]], **state: Any) -> "CaptionWalkWidget":
        """From what the benchmark wrote; pictures and boxes are the held-out ones."""
        return cls(scenes=[_scene(one) for one in shown], **state)


def _scene(one: Mapping[str, Any]) -> dict[str, Any]:
    tests, i = held_out(), one["scene"]
    levels = (tests.images[i] * 15).round().int().permute(1, 2, 0).flatten().tolist()
    return {
        "image": "".join(f"{level:x}" for level in levels),
        "words": one["words"],
        "truth": VOCABULARY.decode(tests.captions[i].tolist()),
        "weights": one["weights"],
        "beta": one["beta"],
        "boxes": _boxes(i, one["words"], len(one["weights"])),
    }


def _boxes(i: int, words: Sequence[str], n: int) -> list[list[float] | None]:
    """Words before the relation should name the leftmost thing, words behind it the rightmost."""
    tests = held_out()
    told = [k for k in tests.named[i].tolist() if k != NOTHING]
    boxes: list[list[float] | None] = []
    thing = told[0]
    for word in [*words, ""][:n]:
        if word in RELATIONS:
            thing = told[-1]
        kind = word_class(VOCABULARY.numbers[word]) if word else ""
        named = kind in ("size", "colour", "shape")
        box = [round(x / CELL, 3) for x in tests.boxes[i, thing].tolist()]
        boxes.append(box if named else None)
    return boxes
