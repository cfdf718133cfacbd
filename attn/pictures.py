"""Rows of small pictures, with windows drawn on them, for pages and notebooks."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from numpy.typing import ArrayLike

from attn.palette import PALETTE
from attn.plot import INK, Picture, figure


def canvases(
    rows: Sequence[Sequence[ArrayLike]],
    *,
    alt: str,
    titles: Sequence[str] = (),
    windows: Mapping[tuple[int, int], tuple[float, float, float]] | None = None,
    side: float = 1.15,
) -> Picture:
    """Pictures with ink from 0 to 1, in rows; ``titles`` stand above the first.

    ``windows[row, column]`` is a square on that picture: the column and row of its middle, and half
    its side, in pixels. Numbers beyond 0 and 1 are drawn as 0 and 1; ``side`` is in inches.

    >>> canvases([[np.eye(3), np.eye(4)]], alt="Two diagonals.").alt
    'Two diagonals.'
    """
    columns = max(map(len, rows))
    size = (side * columns, (side + 0.12) * len(rows) + 0.3 * bool(titles))
    drawing: Figure = figure(*size)[0]
    drawing.clear()
    grid = drawing.subplots(len(rows), columns, squeeze=False)
    for (r, c), ax in np.ndenumerate(grid):
        ax.set_axis_off()
        if c >= len(rows[r]):
            continue
        image = np.clip(np.asarray(rows[r][c], dtype=float), 0, 1)
        tint = np.empty((*image.shape, 4))
        tint[:] = to_rgba(PALETTE["value"].mark)
        tint[..., 3] = image
        ax.imshow(tint, interpolation="none")
        height, width = image.shape
        ax.add_patch(_square(-0.5, -0.5, float(width), float(height), "value", 0.8))
        if windows and (r, c) in windows:
            x, y, half = windows[r, c]
            ax.add_patch(_square(x - half, y - half, 2 * half, 2 * half, "query", 1.6))
        if titles and r == 0 and c < len(titles):
            ax.set_title(titles[c], fontsize=9, color=INK)
    return Picture(drawing, alt)


def _square(x: float, y: float, width: float, height: float, colour: str, line: float) -> Rectangle:
    return Rectangle(
        (x, y), width, height, fill=False, ec=PALETTE[colour].mark, lw=line, clip_on=True
    )
