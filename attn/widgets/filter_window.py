"""A digit in clutter, and a window of Gaussian filters to be moved and zoomed over it."""

from collections.abc import Mapping
from typing import Any

from traitlets import Dict, Float, Int, List

from attn.data.clutter import SIZE, held_out
from attn.widgets.base import CourseWidget


class FilterWindowWidget(CourseWidget):
    """F_Y x F_Xᵀ under the reader's hand, on pictures of the test.

    ``pictures`` holds ``{"ink": rows of pixels from 0 to 25, "label": a digit, "looks": windows,
    "said": a digit}``, a window being ``[x, y, stride, variance, gamma]`` as a trained reader
    placed it. ``x``, ``y``, ``stride`` (pixels), ``sigma`` (pixels) and ``N`` are the window's;
    ``which`` says which picture.

    >>> FilterWindowWidget.measured({"seen": [[[15.5] * 5]], "said": [7]}).pictures[0]["said"]
    7
    """

    pictures = List(Dict()).tag(sync=True)
    which = Int(0).tag(sync=True)
    x = Float(15.5).tag(sync=True)
    y = Float(15.5).tag(sync=True)
    stride = Float(4.43).tag(sync=True)
    sigma = Float(2.0).tag(sync=True)
    N = Int(8).tag(sync=True)

    _alt = (
        "A canvas of 32 by 32 pixels with a handwritten digit and scraps of others. A grid of 8 "
        "by 8 filters covers all of it, more than four pixels apart, and what it reads is a "
        "blur: 64 numbers from which the digit cannot be named."
    )

    @classmethod
    def measured(cls, look: Mapping[str, Any], **state: Any) -> "FilterWindowWidget":
        """The first pictures of the test, with the looks that a benchmark wrote down."""
        tests = held_out()
        pairs = zip(look["seen"], look["said"], strict=True)
        pictures = [
            {
                "ink": (tests.images[i].reshape(SIZE * SIZE) * 25).round().int().tolist(),
                "label": int(tests.labels[i]),
                "looks": looks,
                "said": said,
            }
            for i, (looks, said) in enumerate(pairs)
        ]
        return cls(pictures=pictures, **state)
