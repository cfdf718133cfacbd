"""The drawn photo: what is in the picture, what the questions ask, and what cannot be asked."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attn.data.photo import FEATURES, QUESTIONS, features, group_photo
from attn.pooling import question_weights

# Whom or what each question is about, read off the drawing.
TRUTH = {
    "How many people are there?": {"Amina", "Ben", "Chloé", "Driss", "Emi", "Ms Diallo"},
    "Who is the teacher?": {"Ms Diallo"},
    "Who wears glasses?": {"Amina", "Emi"},
    "Who is reading?": {"Chloé", "Ms Diallo"},
    "What is the weather like?": {"window"},
}


def test_regions_lie_in_the_picture_and_apart():
    places = [(r.x, r.y) for r in group_photo().values()]
    assert all(0 < x < 1 and 0 < y < 0.6 for x, y in places)
    gaps = [(a[0] - b[0]) ** 2 + (a[1] - b[1]) ** 2 for a in places for b in places if a != b]
    assert min(gaps) > 0.1**2


def test_features_are_the_declared_ones():
    used = {name for region in features().values() for name in region}
    assert used == set(FEATURES)
    assert {name for asks in QUESTIONS.values() for name in asks} <= used


@pytest.mark.parametrize("question", QUESTIONS)
def test_the_largest_weights_are_on_the_answer(question):
    weights = question_weights(QUESTIONS[question], features())
    largest = max(weights.values())
    assert {name for name, w in weights.items() if w > largest - 1e-12} == TRUTH[question]


@given(st.dictionaries(st.sampled_from(FEATURES), st.floats(-20, 20)))
def test_no_question_tells_ben_from_driss(question):
    weights = question_weights(question, features())
    assert weights["Ben"] == weights["Driss"]


def test_numbers_worked_out_on_the_page():
    weights = question_weights(QUESTIONS["Who is the teacher?"], features())
    assert round(weights["Ms Diallo"], 3) == 0.897
    assert round(weights["board"], 3) == round(weights["Ben"], 3) == 0.016
    three = {name: features()[name] for name in ("Ms Diallo", "Chloé", "plant")}
    by_hand = question_weights(QUESTIONS["Who is the teacher?"], three)
    assert [round(w, 3) for w in by_hand.values()] == [0.980, 0.018, 0.002]
