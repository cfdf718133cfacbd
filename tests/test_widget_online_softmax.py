"""The widget's JavaScript computes what attn.flash computes, and its words tell the truth."""

import javascript
import pytest
import torch
from tensors import normal, seeded

from attn.flash import finished, nothing_read, read_tile
from attn.widgets.online_softmax import OnlineSoftmaxWidget


def cases() -> list[tuple[list[float], list[float], int]]:
    rng = seeded(0)
    made = []
    for i in range(40):
        T, tile = int(torch.randint(1, 9, (), generator=rng)), (1, 2, 4, 8)[i % 4]
        made.append(((3 * normal(rng, T)).tolist(), normal(rng, T).tolist(), tile))
    return made


def states(scores, values, tile):
    """What attn knows after each tile."""
    row, V = torch.tensor([scores]).double(), torch.tensor(values).double()[:, None]
    known, made = nothing_read(row, 1), []
    for places in torch.arange(len(values)).split(tile):
        known = read_tile(known, row[:, places], V[places])
        made.append(known)
    return made


def test_every_tile_is_attns(tmp_path):
    said = javascript.call(
        tmp_path, "online_softmax", "pass", [[s, v, tile, 99] for s, v, tile in cases()]
    )
    for (s, v, tile), passed in zip(cases(), said, strict=True):
        expected = states(s, v, tile)
        assert len(passed) == len(expected)
        for mine, known in zip(passed, expected, strict=True):
            numbers = [known.largest.item(), known.total.item(), known.mixed.item()]
            assert [mine[name] for name in "mlo"] == pytest.approx(numbers, abs=1e-6)


def test_the_last_tile_gives_what_the_whole_row_gives(tmp_path):
    whole = javascript.call(tmp_path, "online_softmax", "atOnce", [[s, v] for s, v, _ in cases()])
    for (s, v, tile), number in zip(cases(), whole, strict=True):
        assert number == pytest.approx(finished(states(s, v, tile)[-1]).item(), abs=1e-6)


def test_what_a_key_counts_sums_to_l(tmp_path):
    passed = javascript.call(
        tmp_path, "online_softmax", "pass", [[s, v, tile, 99] for s, v, tile in cases()]
    )
    asked = [[s, tile, p] for (s, _, tile), p in zip(cases(), passed, strict=True)]
    said = javascript.call(tmp_path, "online_softmax", "counted", asked)
    for count, p in zip(said, passed, strict=True):
        assert sum(count) == pytest.approx(p[-1]["l"])


def test_forgetting_is_harmless_only_where_the_first_tile_holds_the_largest(tmp_path):
    asked = [[s, v, tile, 99, False] for s, v, tile in cases()]
    said = javascript.call(tmp_path, "online_softmax", "pass", asked)
    wrong = right = 0
    for (s, v, tile), passed in zip(cases(), said, strict=True):
        exact = finished(states(s, v, tile)[-1]).item()
        same = passed[-1]["o"] / passed[-1]["l"] == pytest.approx(exact, abs=1e-6)
        first = max(s) in s[:tile]
        assert same or not first
        right, wrong = right + same, wrong + (not same)
    assert right > 5
    assert wrong > 5


def test_the_words_for_the_first_picture_tell_the_truth():
    widget = OnlineSoftmaxWidget()
    known = states(widget.scores, widget.values, widget.tile)[widget.seen - 1]
    words = widget._alt
    assert f"so far is {known.largest.item():.1f}" in words
    assert f"powers is {known.total.item():.2f}" in words
    assert f"output so far is {finished(known).item():.2f}" in words
    assert max(widget.scores[4:6]) > known.largest.item()
