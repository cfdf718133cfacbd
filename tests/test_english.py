"""attn.data.english takes apart what attn.data.translation puts together, and nothing else."""

from itertools import product
from math import exp

import pytest
from tensors import seeded

from attn.data.english import WORDS, _phrase, parse, possible
from attn.data.translation import corpus

SENTENCES = [sentence.english for sentence in corpus(300, seeded(5))]


def test_every_sentence_of_the_grammar_is_one():
    assert all(parse(words) is not None for words in SENTENCES)
    assert {word for words in SENTENCES for word in words} <= set(WORDS)


@pytest.mark.parametrize(
    "words",
    [
        "the cats sees a car",
        "a old house sees a car",
        "some cat sees a car",
        "the cat do not see a car",
        "the cat does not sees a car",
        "the cat sees",
        "the cat sees a car car",
        "the black small cat sees a car",
        "the cat of sees a car",
        "",
    ],
)
def test_what_is_no_sentence(words):
    assert parse(words.split()) is None


def test_the_probabilities_of_all_noun_phrases_sum_to_one():
    articles = ("the", "a", "an", "some")
    rest = [word for word in WORDS if word not in articles]
    total = 0.0
    for n in (1, 2, 3):
        for words in product(articles, *([rest] * n)):
            phrase = _phrase(words, 0, 0.4)
            total += exp(phrase.log_p) if phrase and phrase.end == len(words) else 0
    assert total == pytest.approx(1)


def test_what_a_sentence_says():
    said = parse(
        ["the", "small", "cats", "of", "a", "boy", "do", "not", "see", "an", "old", "black", "car"]
    )
    assert " ".join(said.who) == "the small cats of a boy"
    assert " ".join(said.short) == "the cats do not see a car"
    for words in SENTENCES[:50]:
        short = parse(words).short
        assert parse(short).short == short


def test_the_word_itself_is_always_possible():
    for words in SENTENCES[:20]:
        for place, word in enumerate(words):
            assert word in possible(words, place)


def test_both_sides_decide():
    words = ["the", "cat", "sees", "an", "old", "house"]
    assert possible(words, 3) == ["an", "the"]
    assert "cats" not in possible(words, 1)
