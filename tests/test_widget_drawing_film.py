"""The film's arithmetic is the benchmark's, and what it says before it is touched is true."""

from itertools import pairwise

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


@pytest.fixture(scope="module")
def without():
    return record("draw")["results"]["film without a window"]


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


def test_what_a_step_changed(tmp_path, shown):
    frames = shown["copies"][1]
    pairs = [[a["ink"], b["ink"]] for a, b in pairwise(frames)]
    said = javascript.call(tmp_path, "drawing_film", "change", pairs)
    for (before, after), difference in zip(pairs, said, strict=True):
        assert difference == pytest.approx((inks(after) - inks(before)).tolist(), abs=1e-6)


def test_copies_come_nearer_and_have_six_frames(shown, without):
    widget = DrawingFilmWidget.measured({"with a window": shown, "without": without})
    assert [len(film["frames"]) for film in widget.films] == [6] * 12
    assert widget.arm == "with a window"
    for film in widget.films:
        assert all(("stride" in f) == (film["arm"] == "with a window") for f in film["frames"])
    for film in [film for film in widget.films if film["target"]]:
        errors = [(inks(f["ink"]) - inks(film["target"])).square().mean() for f in film["frames"]]
        assert errors[-1] < errors[0]
        assert 0.2 < sum(f["kl"] for f in film["frames"]) < 8


def test_without_a_window_copies_are_nearer_and_codes_cost_more(shown, without):
    """What the page has the reader find out."""
    assert without["targets"] == shown["targets"]
    for target, one, other in zip(
        shown["targets"], shown["copies"], without["copies"], strict=True
    ):
        error, less = (
            (inks(film[-1]["ink"]) - inks(target)).square().mean() for film in (one, other)
        )
        assert less < error
    paid = [sum(f["kl"] for f in film) for found in (shown, without) for film in found["copies"]]
    assert sum(paid[3:]) > sum(paid[:3])


def test_it_carries_twelve_films_to_the_page_in_few_bytes(shown, without):
    widget = DrawingFilmWidget.measured({"with a window": shown, "without": without})
    html = widget._repr_mimebundle_()[0]["text/html"]
    assert len(html) < 25_000
