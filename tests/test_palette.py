"""The five colours can be read, and told apart, by everyone, on both pages."""

from itertools import combinations

import numpy as np
import pytest

from attn.palette import PALETTE, css
from attn.plot import TINT

PAGES = {"light": "#ffffff", "dark": "#121212"}
TEXT = {"light": "#323232", "dark": "#ced6dd"}  # the theme's
# What red-green blindness leaves of a colour in linear sRGB, complete cases: Machado, Oliveira and
# Fernandes (2009), "A physiologically-based model for simulation of color vision deficiency".
SEEN_BY = {
    "everyone": np.eye(3),
    "deuteranopes": np.array(
        [
            [0.367322, 0.860646, -0.227968],
            [0.280085, 0.672501, 0.047413],
            [-0.011820, 0.042940, 0.968881],
        ]
    ),
    "protanopes": np.array(
        [
            [0.152286, 1.052583, -0.204868],
            [0.114503, 0.786281, 0.099216],
            [-0.003882, -0.048116, 1.051998],
        ]
    ),
}
TO_XYZ = np.array(
    [
        [0.4124564, 0.3575761, 0.1804375],
        [0.2126729, 0.7151522, 0.0721750],
        [0.0193339, 0.1191920, 0.9503041],
    ]
)
# Distances in CIELAB (ΔE*ab, 1976), where 2.3 is a just noticeable difference.
APART = {"mark": 15.0, "light": 12.0, "dark": 15.0}


def linear(colour: str) -> np.ndarray:
    """An sRGB colour as linear light."""
    c = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    return np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4)


def contrast(a: str, b: str) -> float:
    """WCAG 2's contrast ratio, from 1 to 21."""
    darker, lighter = sorted(float(TO_XYZ[1] @ linear(c)) for c in (a, b))
    return (lighter + 0.05) / (darker + 0.05)


def lab(light: np.ndarray) -> np.ndarray:
    """CIELAB of linear sRGB, D65."""
    xyz = TO_XYZ @ np.clip(light, 0, 1) / (TO_XYZ @ np.ones(3))
    f = np.where(xyz > (6 / 29) ** 3, np.cbrt(xyz), xyz / (3 * (6 / 29) ** 2) + 4 / 29)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def test_the_measures_know_black_white_and_red():
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#ffffff", "#ffffff") == 1
    assert lab(linear("#ffffff")) == pytest.approx([100, 0, 0], abs=0.01)
    assert lab(linear("#ff0000")) == pytest.approx([53.24, 80.09, 67.20], abs=0.05)


@pytest.mark.parametrize("name", PALETTE)
def test_marks_and_text_stand_out_on_both_pages(name):
    colour = PALETTE[name]
    for page, paper in PAGES.items():
        assert contrast(colour.mark, paper) >= 3, f"mark on the {page} page"
        assert contrast(getattr(colour, page), paper) >= 4.5, f"text on the {page} page"


@pytest.mark.parametrize("page", PAGES)
def test_the_number_in_a_full_cell_of_a_heatmap_can_be_read(page):
    mark, paper = (
        np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)])
        for colour in (PALETTE["weight"].mark, PAGES[page])
    )
    cell = "#" + "".join(f"{round(x):02x}" for x in TINT * mark + (1 - TINT) * paper)
    assert contrast(TEXT[page], cell) >= 4.5


@pytest.mark.parametrize("eyes", SEEN_BY)
@pytest.mark.parametrize("kind", APART)
def test_colours_are_apart_for(eyes, kind):
    seen = {n: lab(SEEN_BY[eyes] @ linear(getattr(c, kind))) for n, c in PALETTE.items()}
    distances = {(a, b): np.linalg.norm(seen[a] - seen[b]) for a, b in combinations(seen, 2)}
    closest = min(distances, key=distances.get)
    assert distances[closest] >= APART[kind], f"{closest} look alike"


def test_the_style_sheet_holds_every_colour_three_times():
    for name, colour in PALETTE.items():
        for line in (
            f"--attn-{name}-mark:{colour.mark};",
            f"--attn-{name}:{colour.light};",
            f"--attn-{name}:{colour.dark};",
        ):
            assert css().count(line) == 1
