"""The widget's JavaScript computes what attn computes, and its words tell the truth."""

import javascript
import pytest
import torch

from attn.data.translation import Translation
from attn.experiments.luong import pointing
from attn.softmax import softmax
from attn.widgets.luong_scores import LuongScoresWidget


def table(seed: int, rows: int = 5, columns: int = 6) -> list[list[float]]:
    return (8 * torch.randn(rows, columns, generator=torch.Generator().manual_seed(seed))).tolist()


def test_weights_are_attns_softmax(tmp_path):
    rows = [row for seed in range(20) for row in table(seed)] + [[1000.0, 999.0]]
    said = javascript.call(tmp_path, "luong_scores", "weights", [[row] for row in rows])
    for row, weights in zip(rows, said, strict=True):
        assert weights == pytest.approx(softmax(torch.tensor(row).double()).tolist(), abs=1e-6)


def test_pointing_is_that_of_the_experiment(tmp_path):
    asked, expected = [], []
    for seed in range(30):
        scores = table(seed)
        draw = torch.rand(5, 6, generator=torch.Generator().manual_seed(100 + seed))
        possible = [tuple(pair) for pair in (draw < 0.4).nonzero().tolist()]
        sure = [tuple(pair) for pair in (draw < 0.2).nonzero().tolist()] or [(0, 0)]
        asked.append([scores, sure, possible])
        sentence = Translation(("a",) * 6, ("b",) * 5, frozenset(sure), frozenset(possible))
        looked = torch.tensor(scores).argmax(-1)[None]
        expected.append(pointing(looked, [sentence]))
    said = javascript.call(tmp_path, "luong_scores", "pointing", asked)
    assert [right / of for right, of in said] == pytest.approx(expected)


def test_it_carries_its_sentences_to_the_page():
    one = {"english": ["a"], "french": ["un"], "sure": [], "possible": [], "scores": {"dot": [[1]]}}
    html = LuongScoresWidget([one], score="dot")._repr_mimebundle_()[0]["text/html"]
    assert 'data-widget="luong_scores"' in html
    assert "&quot;english&quot;: [&quot;a&quot;]" in html
