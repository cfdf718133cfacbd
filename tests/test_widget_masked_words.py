"""The widget's JavaScript is attn's BERT, and its words tell the truth."""

import math

import javascript
import pytest
import torch

from attn import masked_reader
from attn.data.english import parse, possible
from attn.experiments.families import ENGLISH, fit_of_bert, sentences
from attn.widgets.masked_words import EXAMPLES, MaskedWordsWidget

MASK = "<mask>"
TEXTS = [
    *(text.split() for text in EXAMPLES),
    ["the", "cat", "sees", "<mask>", "old", "house"],
    [MASK] * 7,
    ["the", MASK],
    ["an", "cats", "<mask>", "see", "see", "nonsense"],
]


@pytest.fixture(scope="module")
def reader():
    return masked_reader.reader()


def chances(reader, words):
    model, vocabulary = reader
    with torch.no_grad():
        return model(torch.tensor([vocabulary.encode(words)]))[0].softmax(-1)


def test_every_probability_is_attns(tmp_path, reader):
    content = masked_reader.content()
    packed = {name: content[name] for name in ("words", "numbers")}
    said = javascript.call(tmp_path, "masked_words", "chancesOf", [[packed, t] for t in TEXTS])
    for words, table in zip(TEXTS, said, strict=True):
        mine = torch.tensor(table, dtype=torch.float64)
        torch.testing.assert_close(mine, chances(reader, words), rtol=0, atol=2e-6)


def test_the_error_function(tmp_path):
    places = [x / 10 for x in range(-40, 41)]
    said = javascript.call(tmp_path, "masked_words", "erf", [[x] for x in places])
    assert said == pytest.approx([math.erf(x) for x in places], abs=2e-7)


def test_the_words_before_it_is_touched_tell_the_truth(reader):
    widget = MaskedWordsWidget()
    words = widget.text.split()
    (place,) = widget.hidden
    hidden = [MASK if i == place else word for i, word in enumerate(words)]
    row = chances(reader, hidden)[place]
    first, second = (ENGLISH.words[i] for i in row.argsort(descending=True)[:2].tolist())
    assert f"guesses are “{first}” and “{second}”" in widget._alt
    assert {first, second} == set(possible(words, place))
    assert words[place] == "an"
    assert row[ENGLISH.numbers["a"]] < 0.05


def test_the_examples_are_sentences_that_it_was_not_trained_on():
    known = {sentence.english for sentence in sentences().training}
    for text in EXAMPLES:
        words = text.split()
        assert parse(words) is not None, text
        assert tuple(words) not in known
        assert len(words) <= masked_reader.LONGEST


def test_the_file_says_how_good_it_is(reader):
    model, words = reader
    assert words.numbers == ENGLISH.numbers
    said = masked_reader.content()["probability of the words that are possible"]
    assert fit_of_bert(model, sentences()).mass == pytest.approx(said["in 8 bits"], abs=2e-3)
    assert abs(said["as trained"] - said["in 8 bits"]) < 0.01
    assert said["in 8 bits"] > 0.9
