"""The picture that a messenger shows for a link: a page's title and the five colours."""

import textwrap
from pathlib import Path

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patches import Circle, Rectangle

from attn.palette import PALETTE

SIZE = (1200, 630)  # pixels, the ratio that messengers cut to
SMALLEST = 30  # points of a title
INK, GROUND = "#1a1c20", "#ffffff"


def path(document: str) -> str:
    """Where the site keeps a page's picture."""
    return f"_static/social/{document.rsplit('/', 1)[-1]}.png"


def draw(file: Path, title: str, above: str) -> None:
    """Write the picture of a page called ``title``, with a small line ``above`` it."""
    width, height = SIZE
    figure = Figure(figsize=(width / 100, height / 100), dpi=100, facecolor=GROUND)
    renderer = FigureCanvasAgg(figure).get_renderer()
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set(xlim=(0, width), ylim=(0, height))
    axes.axis("off")
    axes.text(80, height - 90, above, size=22, color="#5b616b", va="center")
    for size in range(54, SMALLEST - 1, -6):
        lines = "\n".join(textwrap.wrap(title, round(1150 / size)))
        words = axes.text(
            80, height - 150, lines, size=size, color=INK, va="top", weight="bold", linespacing=1.2
        )
        taken = words.get_window_extent(renderer)
        if (taken.x1 <= width - 60 and taken.y0 >= 170) or size == SMALLEST:
            break
        words.remove()
    # A query's weights on five values, as a row of discs with areas that sum to one.
    shares = (0.08, 0.14, 0.42, 0.24, 0.12)
    for place, (share, colour) in enumerate(zip(shares, PALETTE.values(), strict=True)):
        axes.add_patch(Circle((110 + 95 * place, 95), 60 * share**0.5, color=colour.mark))
    axes.add_patch(Rectangle((0, 0), width, 14, color=PALETTE["query"].mark))
    axes.text(
        width - 80, 95, "Attention, worked through", size=20, color=INK, ha="right", va="center"
    )
    file.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(file, metadata={"Software": None})
