"""The widget's JavaScript computes what the trained models compute, and its marks are measured."""

import javascript
import numpy as np
import pytest
import torch

from attn.data.jars import Shelves, shelves
from attn.experiments.two_questions import learn, marks, switched_off
from attn.widgets.heads import HeadsWidget, numbers

MODELS = [(1, []), (2, []), (2, [0]), (2, [1]), (4, []), (4, [0, 2]), (4, [0, 1, 2, 3])]


@pytest.fixture(scope="module")
def nets():
    """Trained a little, so that no weight is near an eighth any more."""
    return {H: learn(H, seed=0, steps=150) for H in (1, 2, 4)}


def asked(shelf: Shelves, row: int) -> list:
    given = {"spice": shelf.spice[row].tolist(), "count": shelf.count[row].tolist()}
    return [given, shelf.asked[row].tolist()]


@pytest.mark.parametrize(("H", "off"), MODELS)
def test_weights_and_answers_are_the_models(tmp_path, nets, H, off):
    shelf = shelves(40, torch.Generator().manual_seed(5))
    with torch.no_grad():
        scores, weights = nets[H](shelf, switched_off(H, off))
    net = numbers(nets[H])
    rows = [asked(shelf, row) for row in range(40)]
    looks = javascript.call(tmp_path, "heads", "look", [[net, *row] for row in rows])
    said = javascript.call(tmp_path, "heads", "answers", [[net, *row, off] for row in rows])
    assert weights.amax() > 0.3
    np.testing.assert_allclose([x["weights"] for x in looks], weights, atol=2e-3)
    np.testing.assert_allclose(said, scores.softmax(-1), atol=2e-3)


def test_the_marks_it_carries_are_those_of_the_experiment(tmp_path, nets):
    widget = HeadsWidget.of({f"{H} heads": nets[H] for H in (2, 4)})
    two, four = widget.models
    assert sorted(two["marks"]) == ["", "0", "0,1", "1"]
    assert len(four["marks"]) == 16
    assert four["marks"]["1,3"] == list(marks(nets[4], [1, 3]))
    first, second, both = (f"{100 * share:.0f} %" for share in marks(nets[2], [1]))
    (words,) = javascript.call(tmp_path, "heads", "measured", [[two, [1]]])
    assert f"first answer right {first}, second {second}, both {both}" in words


def test_it_carries_its_models_to_the_page(nets):
    html = HeadsWidget.of({"two heads": nets[2]})._repr_mimebundle_()[0]["text/html"]
    assert 'data-widget="heads"' in html
    assert len(html) < 25_000


def test_its_shelves_can_be_asked():
    widget = HeadsWidget.of({"one head": learn(1, seed=0, steps=1)}, asked=[2, 3])
    for shelf in widget.shelves:
        assert len(set(shelf["spice"])) == 8
        assert all(0 <= count <= 9 for count in shelf["count"])
    assert set(widget.asked) <= set(range(8))
