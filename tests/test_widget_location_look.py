"""The widget's JavaScript computes what attn computes, and its words tell the truth."""

import javascript
import pytest
import torch
from tensors import normal, seeded

from attn.location_aware import previous_features
from attn.widgets.location_look import CONTENT, FILTER, FRAMES, LocationLookWidget


def test_features_are_attns(tmp_path):
    rng, asked = seeded(0), []
    for i in range(40):
        asked.append([normal(rng, 1 + i % 9).tolist(), normal(rng, 1 + 2 * (i % 6)).tolist()])
    said = javascript.call(tmp_path, "location_look", "features", asked)
    for (previous, taps), features in zip(asked, said, strict=True):
        filters = torch.tensor([taps], dtype=torch.float64)
        expected = previous_features(torch.tensor(previous, dtype=torch.float64), filters)
        assert features == pytest.approx(expected[:, 0].tolist(), abs=1e-9)


def weights(location: bool, place: int, asked: str = "do") -> torch.Tensor:
    same = torch.tensor([CONTENT * (tone == asked) for tone in FRAMES])
    if location:
        last = torch.zeros(len(FRAMES))
        last[place] = 1
        same = same + previous_features(last, torch.tensor([FILTER]))[:, 0]
    return same.softmax(-1)


def test_scores_are_content_and_features(tmp_path):
    asked = [
        [FRAMES, tone, place, CONTENT, FILTER if location else None]
        for tone in ("do", "re", "mi")
        for place in range(len(FRAMES))
        for location in (False, True)
    ]
    said = javascript.call(tmp_path, "location_look", "scores", asked)
    for (_, tone, place, _, taps), scores in zip(asked, said, strict=True):
        got = torch.tensor(scores, dtype=torch.float32).softmax(-1)
        torch.testing.assert_close(got, weights(taps is not None, place, tone))


def test_the_sounds_of_a_tone(tmp_path):
    asked = [[FRAMES, tone] for tone in ("do", "re", "mi", "fa")]
    said = javascript.call(tmp_path, "location_look", "sounds", asked)
    assert said == [[[1, 2], [8, 10]], [[4, 6]], [[12, 13]], []]


def test_what_the_page_says_of_it_is_so():
    content = weights(False, 5)
    assert content[1:3].sum() == pytest.approx(0.395, abs=0.005)
    assert content[8:11].sum() == pytest.approx(0.593, abs=0.005)
    assert weights(True, 5)[8:11].sum() > 0.98
    # From the silence before it, the first; from the end, the wrong one: the filter is too short.
    assert weights(True, 0)[1:3].sum() > 0.8
    assert weights(True, 13)[1:3].sum() > 0.5


def test_it_carries_its_melody_to_the_page():
    html = LocationLookWidget(place=3)._repr_mimebundle_()[0]["text/html"]
    assert 'data-widget="location_look"' in html
    assert "&quot;place&quot;: 3" in html
