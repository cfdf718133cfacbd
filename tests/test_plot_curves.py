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


def test_several_runs_are_their_mean_in_a_band_from_the_lowest_to_the_highest():
    lines = {"one": [5.0, 5.0], "three": [[1, 2], [2, 4], [6, 3]]}
    ax = plot.curves([0, 1], lines, xlabel="x", ylabel="y", alt="Runs.").figure.axes[0]
    assert [line.get_ydata().tolist() for line in ax.lines] == [[5, 5], [3, 3]]
    (band,) = ax.collections
    assert band.get_datalim(ax.transData).extents.tolist() == [0, 1, 1, 6]


def test_marks_stand_at_their_place():
    ax = curves(marks={"here": 2.5}).figure.axes[0]
    assert list(ax.lines[-1].get_xdata()) == [2.5, 2.5]
    (name,) = ax.texts
    assert name.get_text() == "here"
    under = ax.transData.inverted().transform(name.get_window_extent())[0, 1]
    assert under > 9  # the highest point of a curve


def test_few_places_on_a_logarithmic_axis_are_named_themselves():
    assert [tick.get_text() for tick in curves(log=True).figure.axes[0].get_xticklabels()] == [
        "1",
        "2",
        "3",
    ]


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


def test_costs_are_drawn_on_logarithmic_axes_beside_guides():
    lines = {"square": [1.0, 4.0, 16.0], "line": [1.0, 2.0, 4.0]}
    picture = plot.scaling([1, 2, 4], lines, xlabel="T", ylabel="ms", alt="Two costs.")
    (ax,) = picture.figure.axes
    assert (ax.get_xscale(), ax.get_yscale(), ax.get_ylabel()) == ("log", "log", "ms")
    assert [list(line.get_ydata()) for line in ax.lines[:2]] == list(lines.values())
    assert len({line.get_marker() for line in ax.lines[:2]}) == 2
    assert [high / low for low, high in (line.get_ydata() for line in ax.lines[2:])] == [4, 16]
    assert [text.get_text() for text in ax.texts] == ["T", "T²"]


def test_a_cost_of_nothing_is_left_out_of_a_logarithmic_axis():
    picture = plot.scaling([1, 2, 4], {"a": [0, 1, 2]}, xlabel="T", ylabel="MiB", alt="One cost.")
    assert list(picture.figure.axes[0].lines[0].get_xdata()) == [2, 4]


def test_too_many_costs_are_refused():
    lines = {str(i): [1, 2, 3] for i in range(7)}
    with pytest.raises(ValueError, match="7 lines, but only 6 marks"):
        plot.scaling([1, 2, 4], lines, xlabel="T", ylabel="ms", alt="Seven.")


def test_tiles_of_a_mask_are_counted_and_drawn_full_pale_or_empty():
    mask = np.eye(6, dtype=bool)
    picture = plot.mask_tiles({"diagonal": mask}, tile=3, alt="A diagonal.")
    (ax,) = picture.figure.axes
    assert ax.get_title() == "diagonal\n2 of 4 tiles"
    alpha = ax.images[0].get_array()[..., 3]
    assert (alpha[mask] == 0.9).all()
    assert alpha[0, 1] == 0.22
    assert (alpha[:3, 3:] == 0).all()
