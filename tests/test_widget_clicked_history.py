"""The shop's two models are attn's, parameter for parameter, and its words tell the truth."""

import javascript
import pytest
import torch
from torch import Generator

from attn.data.clicks import EACH, click_probability, visits
from attn.experiments.clicks import Clicker, judged
from attn.experiments.record import record
from attn.sentiment_reader import numbers
from attn.widgets.clicked_history import BOUGHT, THINGS, ClickedHistoryWidget

ARMS = ("softmax", "unnormalised")


@pytest.fixture(scope="module")
def packed():
    carried = record("beyond")["results"]["carried"]
    return {arm: carried[arm] for arm in ARMS}


def clicker(packed, arm: str) -> Clicker:
    model = Clicker(arm)
    model.load_state_dict({name: numbers(one).float() for name, one in packed[arm].items()})
    return model


@torch.no_grad()
@pytest.mark.parametrize("arm", ARMS)
def test_it_judges_as_attns_model_does(tmp_path, packed, arm):
    model, some = clicker(packed, arm), visits(40, Generator().manual_seed(5))
    scores, weights = model(some)
    histories = [row[there].tolist() for row, there in zip(some.history, some.mask, strict=True)]
    said = javascript.call(
        tmp_path,
        "clicked_history",
        "judged",
        [[packed[arm], arm, c, h] for c, h in zip(some.candidate.tolist(), histories, strict=True)],
    )
    for i, got in enumerate(said):
        assert got["weights"] == pytest.approx(weights[i][some.mask[i]].tolist(), abs=1e-4)
        assert got["probability"] == pytest.approx(scores[i].sigmoid().item(), abs=1e-4)


@pytest.mark.parametrize("arm", ARMS)
def test_an_empty_history_is_read_as_zeros(tmp_path, packed, arm):
    (got,) = javascript.call(tmp_path, "clicked_history", "judged", [[packed[arm], arm, 0, []]])
    model = clicker(packed, arm)
    c = model.embedding(torch.tensor(0))
    expected = model.out(torch.cat([0 * c, c, 0 * c])).sigmoid()
    assert got["weights"] == []
    assert got["probability"] == pytest.approx(expected.item(), abs=1e-4)


@pytest.mark.parametrize("arm", ARMS)
def test_packing_cost_the_model_little(packed, arm):
    filed = record("beyond")["results"]["clicks"][arm]["1"]["loss"]
    assert judged(clicker(packed, arm))["loss"] == pytest.approx(filed, abs=0.01)


def test_the_truth(tmp_path):
    said = javascript.call(tmp_path, "clicked_history", "truth", [[n] for n in range(6)])
    assert said == pytest.approx(click_probability(torch.arange(6)).tolist(), abs=1e-6)


def says(tmp_path, packed, arm: str, bought: list[str], candidate: str = "tent") -> float:
    history = [THINGS.index(name) for name in bought]
    case = [packed[arm], arm, THINGS.index(candidate), history]
    (got,) = javascript.call(tmp_path, "clicked_history", "judged", [case])
    return got["probability"]


def test_the_words_before_it_is_touched_tell_the_truth(tmp_path, packed):
    widget = ClickedHistoryWidget.carried(packed)
    assert [name for name, b in zip(widget.things, widget.bought, strict=True) if b] == BOUGHT
    assert (THINGS[widget.candidate], widget.candidate % EACH) == ("tent", 0)
    softmax, free = (says(tmp_path, packed, arm, BOUGHT) for arm in ARMS)
    assert softmax > 0.27 + 0.15
    assert abs(free - 0.27) < abs(softmax - 0.27) / 2


def test_it_carries_its_models_to_the_page(packed):
    html = ClickedHistoryWidget.carried(packed)._repr_mimebundle_()[0]["text/html"]
    assert 'data-widget="clicked_history"' in html
    assert len(html) < 20_000


def test_a_weight_below_zero_may_speak_for_the_click(tmp_path, packed):
    """What the page has the reader find out with the pan."""
    history = [THINGS.index(name) for name in BOUGHT]
    case = [packed["unnormalised"], "unnormalised", THINGS.index("pan"), history]
    (got,) = javascript.call(tmp_path, "clicked_history", "judged", [case])
    below = [
        name
        for name, weight in zip(BOUGHT, got["weights"], strict=True)
        if weight < -0.5 and name in ("pot", "knife", "whisk")
    ]
    assert len(below) == 2
    for name in below:
        left = [other for other in BOUGHT if other != name]
        less = says(tmp_path, packed, "unnormalised", left, candidate="pan")
        assert less < got["probability"] - 0.1
