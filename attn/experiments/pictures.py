"""Drawings of small pictures and of photographs cut into patches."""

from collections.abc import Mapping

import numpy as np
from jaxtyping import Bool, Float, UInt8
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.colors import to_rgba
from matplotlib.patches import PathPatch, Rectangle
from matplotlib.path import Path

from attn.palette import PALETTE
from attn.plot import _STYLE, INK, TINT, Picture, figure

LEVELS = 8  # shades of ink that are told apart


def photograph(name: str = "china.jpg", P: int = 16) -> UInt8[np.ndarray, "h w 3"]:
    """One of scikit-learn's two sample photographs at a quarter of its size, cut to whole patches.

    "china.jpg" or "flower.jpg"; nothing is downloaded.

    >>> photograph().shape
    (96, 160, 3)
    """
    from sklearn.datasets import load_sample_image

    whole = load_sample_image(name)
    h, w = (side // 4 * 4 for side in whole.shape[:2])
    small = whole[:h, :w].reshape(h // 4, 4, w // 4, 4, 3).mean((1, 3)).astype(np.uint8)
    # Sixteen shades a colour: half the bytes in the page, and no eye misses the others.
    return (small // 16 * 17)[: h // 4 // P * P, : w // 4 // P * P]


def in_patches(versions: Mapping[str, UInt8[np.ndarray, "h w 3"]], P: int, *, alt: str) -> Picture:
    """Photographs side by side, their patches drawn apart.

    >>> in_patches({"a photo": photograph()}, 16, alt="Sixty patches.").alt
    'Sixty patches.'
    """
    with rc_context(_STYLE):
        drawing, axes = figure(3.4 * len(versions), 2.3, columns=len(versions))
        for ax, (name, photo) in zip(axes, versions.items(), strict=True):
            h, w, _ = photo.shape
            gap = P // 5
            size = (h + gap * (h // P + 1), w + gap * (w // P + 1), 4)
            apart = np.full(size, (128, 128, 128, 110), np.uint8)  # a gap on any paper
            for top in range(0, h, P):
                for left in range(0, w, P):
                    y, x = top + gap * (1 + top // P), left + gap * (1 + left // P)
                    apart[y : y + P, x : x + P, :3] = photo[top : top + P, left : left + P]
                    apart[y : y + P, x : x + P, 3] = 255
            ax.imshow(apart, interpolation="none")
            ax.set_title(name, fontsize=10)
            ax.set_axis_off()
    return Picture(drawing, alt)


def inked(
    pictures: Mapping[str, Float[np.ndarray, "h w"]],
    P: int,
    *,
    alt: str,
    tints: Mapping[str, Float[np.ndarray, " N"]] | None = None,
    framed: tuple[int, int, int] | None = None,
) -> Picture:
    """Pictures of ink from 0 to 1 side by side, cut into patches of P x P pixels by thin lines.

    ``tints`` colours the patches of a picture, the largest number the deepest; ``framed`` is
    (top, left, side) of a square, in pixels.

    >>> inked({"a line": np.eye(4)}, 2, alt="A diagonal line in four patches.").alt
    'A diagonal line in four patches.'
    """
    with rc_context(_STYLE):
        drawing, axes = figure(1.7 * len(pictures), 2.0, columns=len(pictures))
        for ax, (name, ink) in zip(axes, pictures.items(), strict=True):
            h, w = ink.shape
            if tints and name in tints:
                _tint(ax, tints[name].reshape(h // P, w // P), P)
            _ink(ax, ink)
            for x in range(0, w + 1, P):
                ax.plot([x, x], [0, h], color=INK, lw=0.5, alpha=0.5)
            for y in range(0, h + 1, P):
                ax.plot([0, w], [y, y], color=INK, lw=0.5, alpha=0.5)
            if framed:
                top, left, side = framed
                ax.add_patch(
                    Rectangle((left, top), side, side, fill=False, ec=INK, lw=1.6, ls="--")
                )
            ax.set(xlim=(-0.2, w + 0.2), ylim=(h + 0.2, -0.2), aspect="equal")
            ax.set_title(name, fontsize=10)
            ax.set_axis_off()
    return Picture(drawing, alt)


def _tint(ax: Axes, shares: Float[np.ndarray, "rows columns"], P: int) -> None:
    most = max(float(shares.max()), 1e-9)
    for (row, column), share in np.ndenumerate(shares):
        shade = to_rgba(PALETTE["weight"].mark, 1.3 * TINT * max(share, 0) / most)
        ax.add_patch(Rectangle((column * P, row * P), P, P, fc=shade, lw=0))


def _ink(ax: Axes, ink: Float[np.ndarray, "h w"]) -> None:
    """One path for each shade, so that a picture is a few shapes and follows the page's colour."""
    shades = np.rint(np.clip(ink, 0, 1) * LEVELS)
    for shade in range(1, LEVELS + 1):
        runs = [
            [(x, y), (end, y), (end, y + 1), (x, y + 1), (x, y)]
            for y, row in enumerate(shades == shade)
            for x, end in _runs(row)
        ]
        if runs:
            path = Path.make_compound_path(*(Path(corners, closed=True) for corners in runs))
            ax.add_patch(PathPatch(path, fc=INK, lw=0, alpha=shade / LEVELS))


def _runs(row: Bool[np.ndarray, " w"]) -> list[tuple[int, int]]:
    """Where the True stretches of a row begin and end."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], row, [False]]).astype(int)))
    return list(zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True))
