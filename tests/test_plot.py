"""attn.plot: pictures that are valid, the same every time, readable in the dark and in words."""

import re
import xml.etree.ElementTree as ET

import numpy as np
import pytest
import torch
from matplotlib.colors import to_hex

from attn import plot
from attn.palette import PALETTE


def _picture(alt="Each reads its own.") -> plot.Picture:
    return plot.heatmap(np.eye(2) * 0.8 + 0.1, ["le", "chat"], ["the", "cat"], alt=alt)


def test_a_picture_is_one_svg_with_a_role_and_a_label():
    root = ET.fromstring(_picture('A & "B" <c>').svg())
    assert root.tag.endswith("svg")
    assert root.get("role") == "img"
    assert root.get("aria-label") == 'A & "B" <c>'


def test_a_picture_without_words_is_refused():
    with pytest.raises(ValueError, match="alt is empty"):
        _picture("  ")


def test_ink_follows_the_page():
    svg = _picture().svg()
    assert plot.INK not in svg
    assert "currentColor" in svg


def test_a_cell_is_tinted_with_the_colour_of_weights_by_its_weight():
    tint = _picture().figure.axes[0].images[0].get_array()
    assert to_hex(tint[0, 0]) == PALETTE["weight"].mark.lower()
    assert np.allclose(tint[..., 3], plot.TINT * np.array([[0.9, 0.1], [0.1, 0.9]]))


def test_the_same_figure_is_the_same_text():
    assert _picture().svg() == _picture().svg()


def test_two_pictures_on_a_page_share_no_id():
    other = plot.heatmap(np.ones((1, 2)) / 2, ["q"], ["the", "cat"], alt="Half and half.")
    first, second = (set(re.findall(r'\bid="([^"]+)"', p.svg())) for p in (_picture(), other))
    assert first
    assert not first & second


def test_every_reference_inside_the_svg_finds_its_target():
    svg = _picture().svg()
    ids = set(re.findall(r'\bid="([^"]+)"', svg))
    used = set(re.findall(r'(?:url\(#|href="#)([^")]+)', svg))
    assert used <= ids


def test_a_notebook_gets_the_svg_and_a_terminal_the_words():
    bundle = _picture()._repr_mimebundle_()
    assert bundle["text/html"].startswith("<svg")
    assert bundle["text/plain"] == "Each reads its own."


def test_a_heatmap_prints_every_weight_and_label():
    text = "".join(ET.fromstring(_picture().svg()).itertext())
    for word in ("le", "chat", "the", "cat", "0.90", "0.10"):
        assert word in text


def test_a_heatmap_takes_a_tensor_and_an_axes():
    _, (left, right) = plot.figure(columns=2)
    plot.heatmap(torch.eye(2), ["a", "b"], ["c", "d"], alt="One.", ax=left)
    picture = plot.heatmap(np.eye(2), ["a", "b"], ["c", "d"], alt="Both.", ax=right)
    assert len(picture.figure.axes) == 2


def test_a_mask_is_ticked_where_it_is_true():
    mask = torch.tensor([[True, False], [True, True]])
    ax = plot.heatmap(mask, ["a", "b"], ["c", "d"], alt="A triangle.").figure.axes[0]
    assert [text.get_text() for text in ax.texts] == ["✓", "", "✓", "✓"]


def test_framed_cells_are_framed():
    picture = plot.heatmap(np.eye(2), ["a", "b"], ["c", "d"], alt="One.", framed=[(0, 1)])
    (frame,) = picture.figure.axes[0].patches
    assert frame.contains_point(picture.figure.axes[0].transData.transform((1, 0)))
    assert not frame.contains_point(picture.figure.axes[0].transData.transform((0, 1)))


def test_labels_that_do_not_fit_are_refused_with_both_sizes():
    with pytest.raises(ValueError, match=r"\(2, 2\).*1 queries and 2 keys"):
        plot.heatmap(np.eye(2), ["a"], ["c", "d"], alt="One.")
