"""attn.plot's curves and strips: what they draw is what they were given, in ink."""

import re

import numpy as np
import pytest

from attn import plot


def curves(**settings):
    lines = {"cost": [1, 4, 9], "floor": [1, 1, 1]}
    return plot.curves([1, 2, 3], lines, xlabel="T", ylabel="ms", alt="Cost grows.", **settings)


def test_curves_are_told_apart_without_colour():
    ax = curves().figure.axes[0]
    strokes = [(line.get_linestyle(), line.get_color()) for line in ax.lines]
    assert strokes[0] != strokes[1]
    assert {colour for _, colour in strokes} == {plot.INK}
    assert [text.get_text() for text in ax.get_legend().texts] == ["cost", "floor"]


def test_marks_stand_at_their_place():
    ax = curves(marks={"here": 2.5}).figure.axes[0]
    assert list(ax.lines[-1].get_xdata()) == [2.5, 2.5]
    assert [text.get_text() for text in ax.texts] == ["here"]


def test_too_many_curves_are_refused():
    lines = {str(i): [0, 1] for i in range(5)}
    with pytest.raises(ValueError, match="5 curves, but only 4 strokes"):
        plot.curves([0, 1], lines, xlabel="x", ylabel="y", alt="Five.")


def test_strips_have_a_dot_for_each_run_and_a_bar_at_the_mean():
    groups = {"a": np.array([1.0, 3.0, 2.0]), "b": [5.0]}
    ax = plot.strips(groups, xlabel="error", alt="b is larger.", log=True).figure.axes[0]
    assert [sorted(dots.get_offsets()[:, 0]) for dots in ax.collections] == [[1, 2, 3], [5]]
    assert [line.get_xdata()[0] for line in ax.lines] == [2, 5]
    assert ax.get_xscale() == "log"


def test_all_words_follow_the_ink_of_the_page():
    strips = plot.strips({"a": [1.0, 2.0]}, xlabel="error", alt="One group.")
    for picture in (curves(marks={"here": 2.0}, log=True), strips):
        svg = picture.svg()
        assert plot.INK not in svg
        words = re.findall(r"<text[^>]*>", svg)
        assert words
        assert all("fill: currentColor" in word for word in words)
