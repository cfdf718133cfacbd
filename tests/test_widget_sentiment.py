"""The widget's JavaScript reads a sentence as attn does, with the numbers that the page carries."""

import json
import shutil
import subprocess

import numpy as np
import pytest
import torch

from attn.data.sentiment import tokenise
from attn.highlights import erasure
from attn.sentiment_reader import SIZES, content, numbers, quantised, reader
from attn.widgets.base import source
from attn.widgets.sentiment import EXAMPLES, SentimentWidget

ASK = """
import { readFileSync } from "node:fs";
import * as widget from "./widget.mjs";
const { model, texts } = JSON.parse(readFileSync(0, "utf-8"));
const reader = widget.prepare(model);
console.log(JSON.stringify(texts.map((text) => {
  const words = widget.tokenise(text);
  const read = widget.read(reader, words);
  const moved = widget.erasure(reader, words);
  return { words, ...read, moved, said: widget.summary(words, read.weights, moved),
    verdict: widget.verdict(read.score) };
})));
"""


def _texts() -> list[str]:
    rng = np.random.default_rng(0)
    words = [*content()["words"].split(), "zyx", "unheard-of", "don’t"]
    random = [" ".join(rng.choice(words, size=rng.integers(1, 20))) for _ in range(40)]
    return [*EXAMPLES, "", "...", "Good", "NOT good, isn't it?", *random]


@pytest.fixture(scope="module")
def answered(tmp_path_factory) -> dict[str, dict]:
    """What the widget's functions say of each text."""
    node = shutil.which("node")
    assert node, "node is missing: install it (the book's front-end files need it too)"
    place = tmp_path_factory.mktemp("widget")
    (place / "widget.mjs").write_text(source("sentiment"), "utf-8")
    (place / "ask.mjs").write_text(ASK, "utf-8")
    asked = {"model": SentimentWidget().model, "texts": _texts()}
    ran = subprocess.run(
        [node, "ask.mjs"], cwd=place, input=json.dumps(asked), capture_output=True, text=True
    )
    assert ran.returncode == 0, ran.stderr
    return dict(zip(_texts(), json.loads(ran.stdout), strict=True))


def test_it_cuts_a_text_into_the_same_words(answered):
    for text, said in answered.items():
        assert said["words"] == list(tokenise(text.replace("’", "'")))


def test_scores_weights_and_erasures_are_attns(answered):
    model, vocabulary = reader()
    for said in answered.values():
        tokens = vocabulary.encode(said["words"]) or vocabulary.encode(["<no word>"])
        score, moved = erasure(model, tokens)
        assert said["score"] == pytest.approx(score, abs=1e-6)
        if said["words"]:
            _, weights = model(torch.tensor([tokens]), torch.tensor([len(tokens)]))
            assert said["weights"] == pytest.approx(weights[0].tolist(), abs=1e-6)
            assert said["moved"] == pytest.approx(moved.tolist(), abs=1e-6)


def test_its_words_say_what_its_numbers_say(answered):
    for said in answered.values():
        assert said["verdict"].startswith("praise" if said["score"] >= 0 else "a complaint")
        if len(said["words"]) > 1:
            top = said["words"][int(np.argmax(said["weights"]))]
            strong = said["words"][int(np.argmax(np.abs(said["moved"])))]
            assert said["said"].startswith(f"Most weight: “{top}”")
            same = np.argmax(said["weights"]) == np.argmax(np.abs(said["moved"]))
            assert ("It is also" in said["said"]) == same
            assert same or f"is “{strong}”" in said["said"]


def test_the_page_carries_eight_bits_a_number_and_loses_nothing_that_counts():
    found = content()["accuracy on the others"]
    assert found["in 8 bits"] == pytest.approx(found["as trained"], abs=0.01)
    state = json.dumps(SentimentWidget().model)
    assert len(state) < 40_000


def test_packing_gives_back_what_was_packed_to_half_a_step():
    model, _ = reader()
    for name, packed in quantised(model).items():
        true = model.state_dict()[name]
        assert numbers(packed).shape == true.shape
        assert (numbers(packed) - true).abs().max() <= 0.51 * packed["scale"]


def test_the_reader_is_what_its_file_says():
    model, vocabulary = reader()
    assert not model.training
    assert len(vocabulary) == len(content()["words"].split()) + 4
    assert model.encoder.rnn.hidden_size * 2 == SIZES["m"]


def test_the_words_for_the_first_picture_tell_the_truth(answered):
    widget = SentimentWidget()
    said = answered[widget.text]
    by_word = dict(zip(said["words"], said["weights"], strict=True))
    for word in ("not", "great"):
        assert f"{by_word[word]:.2f}".lstrip("0") in widget._alt
    assert "a complaint, with probability .80" in widget._alt
    assert said["verdict"] == "a complaint, .80"
