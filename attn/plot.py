"""Pictures for pages and notebooks: drawn once, readable on light and dark, with words for those
who cannot see them."""

import io
import re
import zlib
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any

import numpy as np
from jaxtyping import Bool, Float
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.ticker import LogLocator, NullLocator, StrMethodFormatter
from numpy.typing import ArrayLike
from torch import Tensor

from attn.palette import PALETTE

# Whatever is drawn in this colour takes the colour of the page's text.
INK = "#010203"
# How much of its colour a full cell of a heatmap shows: more, and its number could not be read in
# the page's ink on both pages.
TINT = 0.55
_STYLE: dict[Any, Any] = {
    "text.color": INK,
    "axes.edgecolor": INK,
    "axes.labelcolor": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "xtick.color": INK,
    "ytick.color": INK,
    "figure.facecolor": "none",
    "axes.facecolor": "none",
    "legend.frameon": False,
    "svg.fonttype": "none",
    "svg.hashsalt": "attnbook",
    "font.family": "sans-serif",
    "font.size": 10.5,
}


class Picture:
    """A figure that a notebook shows as one SVG: its ink follows the page's text, light or dark.

    ``alt`` says in words what the figure shows; a screen reader reads it, and so does a terminal.
    """

    def __init__(self, figure: Figure, alt: str) -> None:
        if not alt.strip():
            raise ValueError("alt is empty: say in a sentence what the figure shows")
        self.figure, self.alt = figure, alt

    def svg(self) -> str:
        """The figure as an ``<svg>`` element with a role and a label."""
        stream = io.StringIO()
        with rc_context(_STYLE):
            self.figure.savefig(stream, format="svg", bbox_inches="tight", metadata={"Date": None})
        drawing = stream.getvalue()
        drawing = drawing[drawing.index("<svg") :].replace(INK, "currentColor")
        drawing = re.sub(r"<metadata>.*?</metadata>", "", drawing, flags=re.DOTALL)
        # Two figures on a page must not share the ids that matplotlib derives from a constant salt.
        prefix = f"p{zlib.crc32(drawing.encode()):08x}"
        drawing = re.sub(r'(id="|url\(#|href="#)', rf"\g<1>{prefix}-", drawing)
        label = f'<svg role="img" aria-label="{escape(self.alt, quote=True)}" class="attn-picture"'
        return drawing.replace("<svg", label, 1)

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        return {"text/html": self.svg(), "text/plain": self.alt}


def figure(width: float = 6.0, height: float = 3.0, columns: int = 1) -> tuple[Figure, list[Axes]]:
    """An empty figure in the course's style, and its axes from left to right.

    >>> len(figure(columns=2)[1])
    2
    """
    with rc_context(_STYLE):
        drawing = Figure(figsize=(width, height), layout="constrained")
        axes = drawing.subplots(1, columns, squeeze=False)[0]
    return drawing, list(axes)


def heatmap(
    weights: Float[np.ndarray, "Tq Tk"] | Float[Tensor, "Tq Tk"] | Bool[Tensor, "Tq Tk"],
    queries: Sequence[str],
    keys: Sequence[str],
    *,
    alt: str,
    title: str = "",
    framed: Iterable[tuple[int, int]] = (),
    ax: Axes | None = None,
) -> Picture:
    """Weights as a table of tinted cells, one row a query, one column a key, each with its number.

    ``weights`` in [0, 1], an array or a tensor without gradient; of booleans, what is True is
    ticked; ``alt`` says what the table shows;
    ``framed`` cells (query, key) are those that should be read.
    Pass ``ax`` to draw into a figure of your own.

    >>> heatmap(np.eye(2), ["le", "chat"], ["the", "cat"], alt="Each word reads its own.").alt
    'Each word reads its own.'
    """
    table = np.asarray(weights)
    rows, columns = table.shape
    if (rows, columns) != (len(queries), len(keys)):
        raise ValueError(
            f"weights has shape {table.shape}, "
            f"but there are {len(queries)} queries and {len(keys)} keys"
        )
    with rc_context(_STYLE):
        if ax is None:
            size = (0.62 * columns + 1.6, 0.5 * rows + 0.9)
            ax = Figure(figsize=size, layout="constrained").subplots()
        drawing = ax.get_figure(root=True)
        assert drawing is not None, "axes belong to a figure"
        tint = np.empty((rows, columns, 4))
        tint[:] = to_rgba(PALETTE["weight"].mark)
        tint[..., 3] = TINT * np.clip(table, 0, 1)
        ax.imshow(tint, aspect="auto")
        ax.set_xticks(range(columns), keys, rotation=35 if max(map(len, keys)) > 6 else 0)
        ax.set_yticks(range(rows), queries)
        ax.xaxis.tick_top()
        ax.tick_params(length=0)
        ax.spines[:].set_visible(False)
        ax.set_title(title)
        for i, j in np.ndindex(rows, columns):
            said = f"{table[i, j]:.2f}" if table.dtype != bool else "✓" * bool(table[i, j])
            ax.text(j, i, said, ha="center", va="center")
        for i, j in framed:
            ax.add_patch(Rectangle((j - 0.46, i - 0.46), 0.92, 0.92, fill=False, ec=INK, lw=1.5))
    return Picture(drawing, alt)


_STROKES = ("-", (0, (5, 2)), (0, (1, 1.5)), (0, (6, 2, 1, 2)))


def _logarithmic(ax: Axes) -> None:
    """Decades along x, and three of each, as plain numbers."""
    ax.set_xscale("log")
    ax.xaxis.set_major_locator(LogLocator(subs=(1.0, 3.0)))
    ax.xaxis.set_minor_locator(NullLocator())
    ax.xaxis.set_major_formatter(StrMethodFormatter("{x:g}"))


def curves(
    x: ArrayLike | Sequence[int] | Sequence[float],
    lines: Mapping[str, ArrayLike],
    *,
    alt: str,
    xlabel: str,
    ylabel: str,
    marks: Mapping[str, int | float] | None = None,
    log: bool = False,
) -> Picture:
    """Named curves over ``x``, told apart by their strokes: the five colours have other meanings.

    A line of several runs, (runs, points), is their mean, with a pale band from the lowest to the
    highest. ``marks`` are named places along x, drawn as thin vertical lines; ``log`` spaces x by
    decades.

    >>> curves([1, 2], {"cost": [1, 4]}, xlabel="T", ylabel="ms", alt="Cost grows.").alt
    'Cost grows.'
    """
    if len(lines) > len(_STROKES):
        raise ValueError(
            f"{len(lines)} curves, but only {len(_STROKES)} strokes to tell them apart"
        )
    with rc_context(_STYLE):
        drawing, (ax,) = figure(4.8, 3.0)
        if log:
            _logarithmic(ax)
            if len(np.asarray(x)) <= 8:
                ax.set_xticks(x)
        for (name, y), stroke in zip(lines.items(), _STROKES, strict=False):
            runs = np.atleast_2d(np.asarray(y, dtype=float))
            ax.plot(x, runs.mean(0), color=INK, ls=stroke, lw=1.8, label=name)
            if len(runs) > 1:
                ax.fill_between(x, runs.min(0), runs.max(0), color=INK, alpha=0.13, lw=0)
        top = ax.get_ylim()[1] * (1.12 if marks else 1)  # the marks' names stand above the curves
        for name, place in (marks or {}).items():
            ax.axvline(place, color=INK, lw=0.8)
            ax.annotate(name, (place, top), xytext=(4, -10), textcoords="offset points")
        ax.set(xlabel=xlabel, ylabel=ylabel, ylim=(0, top))
        # Above the axes: inside, it would sooner or later cover a curve.
        ax.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=2, handlelength=2.6)
    return Picture(drawing, alt)


_MARKERS = ("o", "s", "^", "D", "v", "P")


def scaling(
    x: Sequence[int],
    lines: Mapping[str, Sequence[int] | Sequence[float]],
    *,
    alt: str,
    xlabel: str,
    ylabel: str,
) -> Picture:
    """Costs on logarithmic axes, each line with its mark.

    On such axes x² is a straight line twice as steep as x; thin guides show both slopes.

    >>> lines = {"a": [1.0, 4.0]}
    >>> scaling([1, 2], lines, xlabel="T", ylabel="ms", alt="a grows with T².").alt
    'a grows with T².'
    """
    if len(lines) > len(_MARKERS):
        raise ValueError(f"{len(lines)} lines, but only {len(_MARKERS)} marks to tell them apart")
    with rc_context(_STYLE):
        drawing, (ax,) = figure(4.8, 3.6)
        ax.set_xscale("log", base=2)
        ax.set_yscale("log")
        for (name, y), marker in zip(lines.items(), _MARKERS, strict=False):
            here = [(a, b) for a, b in zip(x, y, strict=True) if b > 0]
            ax.plot(*zip(*here, strict=True), color=INK, lw=1.2, marker=marker, ms=5, label=name)
        top = 3 * max(b for y in lines.values() for b in y)  # above all lines
        ends = (x[-min(3, len(x))], x[-1])
        for power, name in ((1, "T"), (2, "T²")):
            guide = [top * (end / x[-1]) ** power for end in ends]
            ax.plot(ends, guide, color=INK, lw=0.7)
            ax.annotate(name, (ends[0], guide[0]), xytext=(-4, 0), ha="right", va="center",
                        textcoords="offset points")  # fmt: skip
        ax.set_xticks(x, [str(a) for a in x])
        ax.xaxis.set_minor_locator(NullLocator())
        ax.set(xlabel=xlabel, ylabel=ylabel)
        ax.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=2, handlelength=2.2)
    return Picture(drawing, alt)


def mask_tiles(
    masks: Mapping[str, Bool[np.ndarray, "T T"] | Bool[Tensor, "T T"]], tile: int, *, alt: str
) -> Picture:
    """Masks side by side, queries down and keys across, cut into tiles.

    A pair that may attend is full, one that may not but lies in a tile that must be computed is
    pale, and a tile that can be left out is empty.

    >>> mask_tiles({"diagonal": np.eye(4, dtype=bool)}, tile=2, alt="Two of four tiles.").alt
    'Two of four tiles.'
    """
    with rc_context(_STYLE):
        columns = len(masks) if len(masks) < 4 else 2  # four in a row would be too small on a phone
        rows = -(-len(masks) // columns)
        drawing = Figure(figsize=(2.3 * columns, 2.7 * rows), layout="constrained")
        axes = drawing.subplots(rows, columns, squeeze=False).flat
        for ax in axes[len(masks) :]:
            ax.remove()
        for ax, (name, mask) in zip(axes, masks.items(), strict=False):
            table = np.asarray(mask)
            T = len(table)
            n = T // tile
            busy = table.reshape(n, tile, n, tile).any((1, 3))
            tint = np.empty((T, T, 4))
            tint[:] = to_rgba(PALETTE["weight"].mark)
            tint[..., 3] = np.where(table, 0.9, 0.22 * np.kron(busy, np.ones((tile, tile))))
            ax.imshow(tint, extent=(0, T, T, 0), interpolation="none")
            ax.set_xticks(range(0, T + 1, tile), [])
            ax.set_yticks(range(0, T + 1, tile), [])
            ax.tick_params(length=0)
            ax.grid(color=INK, lw=0.5, alpha=0.5)
            ax.spines[:].set_visible(True)
            ax.spines[:].set_linewidth(0.5)
            ax.set_title(
                f"{name}\n{busy.sum()} of {n * n} {'tiles' if tile > 1 else 'pairs'}", fontsize=10
            )
    return Picture(drawing, alt)


def strips(groups: Mapping[str, ArrayLike], *, alt: str, xlabel: str, log: bool = False) -> Picture:
    """One row of dots a group, a dot for each run, with a bar at the mean.

    >>> strips({"a": [1.0, 2.0], "b": [3.0]}, xlabel="error", alt="b is larger.").alt
    'b is larger.'
    """
    with rc_context(_STYLE):
        drawing, (ax,) = figure(4.8, 0.5 * len(groups) + 0.8)
        if log:
            _logarithmic(ax)
        for row, group in enumerate(groups.values()):
            values = np.sort(np.asarray(group, dtype=float))
            spread = row + 0.3 * (np.arange(len(values)) % 5 - 2) / 4  # neighbours side by side
            ax.scatter(values, spread, s=14, color=INK, alpha=0.5, lw=0)
            ax.plot([values.mean()] * 2, [row - 0.35, row + 0.35], color=INK, lw=2.5)
        ax.set_yticks(range(len(groups)), groups)
        ax.set(xlabel=xlabel, ylim=(len(groups) - 0.5, -0.5))
    return Picture(drawing, alt)
