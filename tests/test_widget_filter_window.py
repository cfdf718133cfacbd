"""The window's widget computes what attn computes, on pictures of the test."""

import javascript
import pytest
import torch
from tensors import normal, seeded

from attn import glimpse
from attn.data.clutter import SIZE, held_out
from attn.experiments.record import record
from attn.widgets.filter_window import FilterWindowWidget

WINDOWS = [(15.5, 31 / 7, 4.0, 8), (3.0, 1.0, 0.3, 4), (-6.0, 0.5, 0.04, 5), (36.25, 2.0, 1.0, 12)]


def banks(g: float, stride: float, variance: float, N: int, size: int) -> torch.Tensor:
    centre, delta, v = (torch.tensor(x, dtype=torch.float64) for x in (g, stride, variance))
    return glimpse.filter_bank(glimpse.filter_centres(centre, delta, N), v, size)


def test_centres_and_banks_are_attns(tmp_path):
    asked = [[g, stride, N] for g, stride, _, N in WINDOWS]
    places = javascript.call(tmp_path, "filter_window", "centres", asked)
    rows = [[mu, variance, SIZE] for mu, (*_, variance, _) in zip(places, WINDOWS, strict=True)]
    for bank, (g, stride, variance, N) in zip(
        javascript.call(tmp_path, "filter_window", "bank", rows), WINDOWS, strict=True
    ):
        ours = banks(g, stride, variance, N, SIZE)
        torch.testing.assert_close(torch.tensor(bank, dtype=torch.float64), ours)


@pytest.mark.parametrize("function", ["readPatch", "writePatch"])
def test_reading_and_writing_are_attns(tmp_path, function):
    F_x, F_y = banks(2.0, 1.5, 0.7, 3, 6), banks(1.0, 1.5, 0.7, 3, 5)
    image, patch = normal(seeded(0), 5, 6), normal(seeded(1), 3, 3)
    gamma = torch.tensor(1.7, dtype=torch.float64)
    ours, given = {
        "readPatch": (glimpse.read(image, F_x, F_y, gamma), image),
        "writePatch": (glimpse.write(patch, F_x, F_y, gamma), patch),
    }[function]
    asked = [[given.tolist(), F_x.tolist(), F_y.tolist(), gamma.item()]]
    (said,) = javascript.call(tmp_path, "filter_window", function, asked)
    torch.testing.assert_close(torch.tensor(said, dtype=torch.float64), ours)


def test_it_shows_pictures_of_the_test_and_true_looks():
    look = record("draw")["results"]["looks"]["3"]["0"]
    widget = FilterWindowWidget.measured(look)
    for i, picture in enumerate(widget.pictures):
        ink = torch.tensor(picture["ink"]).reshape(SIZE, SIZE) / 25
        assert (ink - held_out().images[i]).abs().max() <= 0.5 / 25 + 1e-6
        assert picture["label"] == held_out().labels[i]
        first, *_, last = picture["looks"]
        assert first[:2] == [15.5, 15.5]
        row, column = held_out().centres[i].tolist()
        assert abs(last[0] - column) < abs(first[0] - column) or abs(last[1] - row) < 4
