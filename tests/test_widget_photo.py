"""The photo widget's arithmetic in JavaScript is the reference's, and its state is plain."""

import json

import javascript
import numpy as np
import pytest

from attn.data.photo import FEATURES, QUESTIONS, features
from attn.pooling import question_weights
from attn.widgets.photo import PhotoWidget


def random_cases(rng: np.random.Generator, n: int):
    for _ in range(n):
        words = [f"w{i}" for i in range(rng.integers(1, 8))]

        def vector(strength: float, words=words):
            kept = [word for word in words if rng.random() < 0.7]
            return {word: float(strength * rng.normal()) for word in kept}

        yield (
            vector(rng.choice([0.1, 3.0, 300.0])),
            [vector(2.0) for _ in range(rng.integers(1, 9))],
        )


def test_weights_equal_the_reference(tmp_path):
    cases = list(random_cases(np.random.default_rng(0), 200))
    cases += [(asks, list(features().values())) for asks in QUESTIONS.values()]
    found = javascript.call(tmp_path, "photo", "questionWeights", [list(case) for case in cases])
    for (question, regions), weights in zip(cases, found, strict=True):
        named = {str(i): region for i, region in enumerate(regions)}
        expected = list(question_weights(question, named).values())
        np.testing.assert_allclose(weights, expected, rtol=0, atol=1e-6)


def test_loudness_scales_the_question(tmp_path):
    [found] = javascript.call(tmp_path, "photo", "louder", [[{"book": 1, "adult": -1}, 2.5]])
    assert found == {"book": 2.5, "adult": -2.5}


def test_summary_in_words(tmp_path):
    names = ["Ada", "Ben", "plant"]
    asked = [[names, [0.4, 0.4, 0.2]], [names, [0.1, 0.2, 0.7]], [names, [1 / 3] * 3]]
    assert javascript.call(tmp_path, "photo", "summary", asked) == [
        "Most weight: Ada and Ben, 0.400 each. The others together: 0.200.",
        "Most weight: plant, 0.700. The others together: 0.300.",
        "All 3 regions share alike.",
    ]


@pytest.mark.parametrize("question", QUESTIONS)
def test_signs_times_loudness_are_the_question(question):
    widget = PhotoWidget(question)
    assert {f: sign * widget.loudness for f, sign in widget.asked.items()} == QUESTIONS[question]
    assert set(widget.asked) <= set(widget.features) == set(FEATURES)


def test_static_twin_holds_the_regions():
    html = PhotoWidget()._static_html()
    assert 'data-widget="photo"' in html
    assert json.dumps("Ms Diallo").replace('"', "&quot;") in html


def test_unknown_question_names_the_known_ones():
    with pytest.raises(ValueError, match=r"no question 'Who\?': choose one of .*teacher"):
        PhotoWidget("Who?")
