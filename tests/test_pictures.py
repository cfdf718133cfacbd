"""Rows of pictures: a square where it was asked for, words for those who cannot see them."""

import numpy as np
import pytest

from attn.pictures import canvases


def test_a_window_lies_where_it_was_said():
    picture = canvases(
        [[np.zeros((4, 6)), np.ones((2, 2))], [np.eye(3)]],
        titles=["left", "right"],
        windows={(0, 0): (2.0, 1.0, 1.5)},
        alt="Three pictures.",
    )
    first, second, third, fourth = picture.figure.axes
    frame, window = first.patches
    assert (frame.get_width(), frame.get_height()) == (6, 4)
    assert (window.get_x(), window.get_y(), window.get_width()) == (0.5, -0.5, 3.0)
    assert [len(ax.patches) for ax in (second, third, fourth)] == [1, 1, 0]
    assert [ax.get_title() for ax in (first, second, third)] == ["left", "right", ""]
    assert 'aria-label="Three pictures."' in picture.svg()


def test_ink_is_how_much_is_seen():
    image = np.array([[0.0, 0.25], [2.0, -1.0]])
    (ax,) = canvases([[image]], alt="Four pixels.").figure.axes
    shown = ax.images[0].get_array()
    assert shown[..., 3].tolist() == [[0, 0.25], [1, 0]]


def test_a_picture_without_words_is_refused():
    with pytest.raises(ValueError, match="alt is empty"):
        canvases([[np.eye(2)]], alt=" ")
