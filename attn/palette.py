"""The five colours of the course, light and dark: the only place where they are written."""

from typing import NamedTuple


class Colour(NamedTuple):
    """One meaning's colour: ``mark`` for shapes on any page, ``light`` and ``dark`` for text."""

    mark: str
    light: str
    dark: str


# Apart for deuteranopes and protanopes by hue or lightness; marks reach 3:1 and text 4.5:1 of
# contrast on both pages (tests/test_palette.py).
PALETTE: dict[str, Colour] = {
    "query": Colour("#0076BA", "#00629B", "#58B3EC"),
    "key": Colour("#00875F", "#00694A", "#3CC79A"),
    "value": Colour("#B5578F", "#95407A", "#EFABD3"),
    "weight": Colour("#BF880E", "#7B5D11", "#E8B640"),
    "output": Colour("#B83802", "#CD482B", "#F98A5C"),
}


def css() -> str:
    """The palette as CSS variables: ``--attn-query`` for text, ``--attn-query-mark`` for shapes.

    Pages and JupyterLab mark their dark theme differently; both are covered.

    >>> "--attn-query-mark" in css()
    True
    """
    marks = "".join(f"--attn-{name}-mark:{c.mark};" for name, c in PALETTE.items())
    light = "".join(f"--attn-{name}:{c.light};" for name, c in PALETTE.items())
    dark = "".join(f"--attn-{name}:{c.dark};" for name, c in PALETTE.items())
    return (
        f":root{{{marks}{light}}}\n"
        f'html[data-theme="dark"],body[data-jp-theme-light="false"]{{{dark}}}\n'
    )
