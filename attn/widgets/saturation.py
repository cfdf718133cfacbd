"""Scores of random queries and keys: change their width and divisor, and see the softmax seize."""

from traitlets import Float, Int

from attn.widgets.base import CourseWidget


class SaturationWidget(CourseWidget):
    """24 queries and 32 keys of unit normals, cut to width ``d``; scores are divided by d to ``p``.

    ``d`` is a power of two up to 512, ``p`` in [0, 1]; ``query`` and ``key`` say whose numbers the
    formula shows, counting from 0. The vectors are drawn in the page, always the same.

    >>> SaturationWidget(d=512).p
    0.0
    """

    d = Int(64).tag(sync=True)
    p = Float(0.0).tag(sync=True)
    query = Int(0).tag(sync=True)
    key = Int(17).tag(sync=True)

    _alt = (
        "Left, a histogram of the scores of 24 queries with 32 keys of width 64, undivided: they "
        "reach from about minus 37 to 29. Right, the 32 weights of one query: nearly all of them "
        "are too small to be seen beside the largest."
    )
