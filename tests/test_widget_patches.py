"""The widget's JavaScript computes what attn.rollout and the experiment compute."""

import javascript
import numpy as np
import pytest
import torch
from tensors import normal, seeded

from attn.experiments.clutter import build, claims, effects, held_out, in_digit, learn
from attn.rollout import rollout
from attn.widgets.patches import SHOWN, PatchesWidget, numbers


@pytest.fixture(scope="module")
def model():
    """Trained a little, so that its weights differ."""
    return learn("ViT", seed=0, steps=30)


def test_its_rollout_is_attns(tmp_path):
    for depth in (1, 2, 4):
        weights = normal(seeded(depth), depth, 5, 5).softmax(-1)
        (mine,) = javascript.call(tmp_path, "patches", "rollout", [[weights.tolist()]])
        np.testing.assert_allclose(mine, rollout(weights[:, None]), atol=1e-12)


def test_every_panel_shows_what_the_experiment_measures(tmp_path, model):
    canvases = held_out(SHOWN)
    carried = numbers(model, canvases)
    shown = javascript.call(tmp_path, "patches", "panels", [[canvas, 0] for canvas in carried])
    expected = claims(model, canvases)
    for k, name in enumerate(("layer 1", "layer 2", "rollout", "erasing")):
        claim = expected[name] / expected[name].sum(-1, keepdim=True)
        assert [panels[k]["name"] for panels in shown] == [name] * SHOWN
        np.testing.assert_allclose([panels[k]["shares"] for panels in shown], claim, atol=5e-3)
        mean = np.mean([panels[k]["digit"] for panels in shown])
        assert mean == pytest.approx(in_digit(claim, canvases.inside), abs=5e-3)


def test_a_patch_reads_its_own_row(tmp_path, model):
    canvases = held_out(SHOWN)
    with torch.no_grad():
        weights = model(canvases.images)[1].mean(2)
    (panels,) = javascript.call(tmp_path, "patches", "panels", [[numbers(model, canvases)[3], 7]])
    row = weights[3, 1, 7, 1:]
    np.testing.assert_allclose(panels[1]["shares"], row / row.sum(), atol=5e-3)


def test_it_carries_its_numbers_to_the_page(model):
    canvases = held_out(SHOWN)
    widget = PatchesWidget.of(model, canvases, token=6)
    html = widget._repr_mimebundle_()[0]["text/html"]
    assert 'data-widget="patches"' in html
    assert len(html) < 60_000
    assert widget.token == 6
    for canvas, falls in zip(widget.canvases, effects(model, canvases), strict=True):
        assert canvas["falls"] == pytest.approx(falls.tolist(), abs=1e-3)
        assert len(canvas["inside"]) == 4


def test_an_untrained_model_can_be_shown_too():
    assert len(PatchesWidget.of(build("ViT", 1), held_out(3)).canvases) == 3
