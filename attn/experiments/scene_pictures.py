"""Pictures of scenes: several side by side, or one under the words of its caption."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from torch import Tensor

from attn.palette import PALETTE
from attn.plot import INK, Picture, figure


def _panels(n: int, across: int, size: float) -> tuple[Figure, list[Axes]]:
    """n panels in rows of ``across``."""
    down = -(-n // across)
    drawing, _ = figure(size * across, (size + 0.35) * down)
    drawing.clear()
    panels = list(drawing.subplots(down, across, squeeze=False).flat)
    for ax in panels:
        ax.axis("off")
    return drawing, panels[:n]


def _paint(ax: Axes, image: Float[Tensor, "3 H W"], title: str) -> None:
    ax.imshow(image.permute(1, 2, 0).numpy(), interpolation="nearest")
    ax.set_title(title, color=INK, fontsize=10)


def gallery(images: Float[Tensor, "n 3 H W"], titles: Sequence[str], *, alt: str) -> Picture:
    """Pictures side by side, two in a row, each with its title.

    >>> import torch
    >>> gallery(torch.zeros(1, 3, 4, 4), ["black"], alt="A black square.").alt
    'A black square.'
    """
    drawing, panels = _panels(len(images), 2, 2.9)
    for ax, image, title in zip(panels, images, titles, strict=True):
        _paint(ax, image, title)
    return Picture(drawing, alt)


def caption_maps(
    image: Float[Tensor, "3 H W"],
    words: Sequence[str],
    maps: Float[Tensor, "n R R"],
    boxes: Float[Tensor, "n 4"],
    *,
    alt: str,
) -> Picture:
    """The picture once a word, dark where the word hardly looks.

    The cell of the largest weight has a full frame; a box, in pixels, a dashed one. Boxes of zeros
    are not drawn.

    >>> import torch
    >>> maps, boxes = torch.ones(1, 2, 2) / 4, torch.zeros(1, 4)
    >>> caption_maps(torch.zeros(3, 4, 4), ["a"], maps, boxes, alt="A look everywhere.").alt
    'A look everywhere.'
    """
    drawing, panels = _panels(len(words), 5, 1.45)
    cell = image.shape[-1] / maps.shape[-1]
    for ax, word, weights, box in zip(panels, words, maps, boxes, strict=True):
        share = (weights / weights.max()).numpy()
        veil = np.zeros((*share.shape, 4))
        veil[..., 3] = 0.68 * (1 - share)
        edge = image.shape[-1] - 0.5
        _paint(ax, image, word)
        ax.imshow(veil, extent=(-0.5, edge, edge, -0.5), interpolation="nearest")
        row, column = np.unravel_index(share.argmax(), share.shape)
        _box(ax, (column * cell, row * cell, cell, cell), PALETTE["weight"].mark, "-")
        left, top, right, bottom = box.tolist()
        if right > left:
            _box(ax, (left, top, right - left, bottom - top), "white", (0, (3, 2)))
    return Picture(drawing, alt)


def _box(ax: Axes, place: Sequence[float], colour: str, stroke: object) -> None:
    left, top, width, height = (float(x) for x in place)
    ax.add_patch(
        Rectangle((left - 0.5, top - 0.5), width, height, fill=False, ec=colour, ls=stroke, lw=1.6)
    )
