"""The widget computes what attn computes, on the result file's numbers and the test's scenes."""

import javascript
import pytest
import torch
from tensors import normal, seeded

from attn.captioning import doubly_stochastic_penalty, pointing_accuracy
from attn.data.scenes import LONGEST, VOCABULARY
from attn.experiments.captions import held_out
from attn.experiments.record import record
from attn.widgets.caption_walk import CaptionWalkWidget


@pytest.fixture(scope="module")
def widget() -> CaptionWalkWidget:
    return CaptionWalkWidget.measured(record("show_attend_tell")["results"]["shown"])


def looks() -> list[tuple[list[float], list[float] | None]]:
    """Weights of 36 cells and a box around some place, drawn by chance."""
    rng = seeded(0)
    found = []
    for _ in range(60):
        middle = 6 * torch.rand(2, generator=rng)
        half = 0.5 + 2 * torch.rand(2, generator=rng)
        box = torch.cat([middle - half, middle + half]).tolist()
        found.append((normal(rng, 36).softmax(-1).tolist(), box))
    return found


def test_a_hit_is_attns(tmp_path):
    asked = looks()
    said = javascript.call(tmp_path, "caption_walk", "pointing", [list(pair) for pair in asked])
    hits = 0
    for (weights, box), one in zip(asked, said, strict=True):
        maps = torch.tensor(weights).reshape(1, 6, 6)
        share = pointing_accuracy(maps, torch.tensor([box]), ["word"])["word"]
        assert one == {"cell": int(maps.argmax()), "hit": share == 1}
        hits += share
    assert 10 < hits < 50


def test_a_word_that_names_nothing_neither_hits_nor_misses(tmp_path, widget):
    weights = widget.scenes[0]["weights"][0]
    (said,) = javascript.call(tmp_path, "caption_walk", "pointing", [[weights, None]])
    assert said["hit"] is None


def test_the_sums_and_the_penalty_are_attns(tmp_path, widget):
    tables = [scene["weights"] for scene in widget.scenes]
    sums = javascript.call(tmp_path, "caption_walk", "looked", [[table] for table in tables])
    paid = javascript.call(tmp_path, "caption_walk", "penalty", [[table] for table in tables])
    for table, total, value in zip(tables, sums, paid, strict=True):
        weights = torch.tensor([table], dtype=torch.float64)
        assert total == pytest.approx(weights[0].sum(0).tolist())
        assert value == pytest.approx(
            doubly_stochastic_penalty(weights, torch.tensor([len(table)])).item()
        )


def test_the_first_wrong_word(tmp_path):
    asked = [["ab", "ab"], ["ab", "abc"], ["abc", "axc"], ["", ""]]
    asked = [[list(a), list(b)] for a, b in asked]
    assert javascript.call(tmp_path, "caption_walk", "firstWrong", asked) == [-1, 2, 1, -1]


def test_it_shows_held_out_scenes_right_ones_and_wrong_ones(widget):
    tests = held_out()
    shown = record("show_attend_tell")["results"]["shown"]
    for scene, one in zip(widget.scenes, shown, strict=True):
        pixels = torch.tensor([int(level, 16) for level in scene["image"]]).reshape(24, 24, 3)
        assert (pixels / 15 - tests.images[one["scene"]].permute(1, 2, 0)).abs().max() < 0.04
        assert scene["truth"] == VOCABULARY.decode(tests.captions[one["scene"]].tolist())
        assert len(scene["weights"]) == len(scene["boxes"]) == min(len(scene["words"]) + 1, LONGEST)
        assert all(sum(row) == pytest.approx(1, abs=2e-3) for row in scene["weights"])
    right = [scene["words"] == scene["truth"] for scene in widget.scenes]
    assert right == [True, True, True, False, False]


def test_boxes_are_of_what_should_be_named(widget):
    tests = held_out()
    shown = record("show_attend_tell")["results"]["shown"]
    for scene, one in list(zip(widget.scenes, shown, strict=True))[:3]:
        boxes = tests.word_boxes()[one["scene"]][: len(scene["boxes"])] / 4
        for box, expected in zip(scene["boxes"], boxes, strict=True):
            if box is None:
                assert not expected.any()
            else:
                assert box == pytest.approx(expected.tolist(), abs=1e-3)


def test_the_words_before_it_is_touched_tell_the_truth(widget):
    """Most of the looks of the first scene hit, or lie within a cell of the box."""
    scene = widget.scenes[0]
    near = []
    for weights, box in zip(scene["weights"], scene["boxes"], strict=True):
        if box is not None:
            wider = torch.tensor([[box[0] - 1, box[1] - 1, box[2] + 1, box[3] + 1]])
            maps = torch.tensor(weights).reshape(1, 6, 6)
            near.append(pointing_accuracy(maps, wider, ["word"])["word"])
    assert sum(near) / len(near) > 0.8


def test_its_state_is_small_enough_for_a_page(widget):
    html = widget._repr_mimebundle_()[0]["text/html"]
    assert 'data-widget="caption_walk"' in html
    assert len(html) < 45_000
