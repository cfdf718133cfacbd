"""The film's arithmetic is the benchmark's, and what it says before it is touched is true."""

import javascript
import pytest
import torch

from attn.experiments.drawing import pictures
from attn.experiments.record import record
from attn.widgets.drawing_film import DrawingFilmWidget
from benchmarks.draw import SHOWN


@pytest.fixture(scope="module")
def shown():
    return record("draw")["results"]["drawing"]["attention"]["1"]["shown"]


def inks(text: str) -> torch.Tensor:
    return torch.tensor([(ord(letter) - 97) / 25 for letter in text])


def test_targets_are_digits_of_the_test(shown):
    for text, image in zip(shown["targets"], pictures(test=True)[list(SHOWN)], strict=True):
        assert (inks(text) - image.flatten()).abs().max() <= 0.5 / 25 + 1e-6


def test_errors_and_costs_are_what_they_should_be(tmp_path, shown):
    pairs = [
        [frame["ink"], target]
        for target, frames in zip(shown["targets"], shown["copies"], strict=True)
        for frame in frames
    ]
    said = javascript.call(tmp_path, "drawing_film", "meanSquare", pairs)
    ours = [(inks(a) - inks(b)).square().mean().item() for a, b in pairs]
    assert said == pytest.approx(ours, abs=1e-6)
    frames = shown["copies"][0]
    (cost,) = javascript.call(tmp_path, "drawing_film", "paid", [[frames, 3]])
    assert cost == pytest.approx(sum(frame["kl"] for frame in frames[:3]))


def test_copies_come_nearer_and_have_six_frames(shown):
    widget = DrawingFilmWidget.measured(shown)
    assert [len(film["frames"]) for film in widget.films] == [6] * 6
    for film in widget.films[:3]:
        errors = [(inks(f["ink"]) - inks(film["target"])).square().mean() for f in film["frames"]]
        assert errors[-1] < errors[0]
        assert 0.2 < sum(f["kl"] for f in film["frames"]) < 2
