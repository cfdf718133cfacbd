"""The widget's JavaScript reads a sentence as attn does, with the numbers that the page carries."""

import javascript
import pytest
import torch

from attn.data.roles import WORDS, encoded
from attn.experiments.record import record
from attn.experiments.roles import RoleReader
from attn.positions import sinusoidal_encoding
from attn.widgets.word_order import SENTENCES, WordOrderWidget


@pytest.fixture(scope="module")
def models():
    return record("self_attention")["results"]["reader"]


def reader(models, name: str) -> RoleReader:
    model = RoleReader(name == "with").double()
    model.load_state_dict({k: torch.tensor(v).double() for k, v in models[name].items()})
    return model


def test_sinusoids_are_attns(tmp_path):
    (ours,) = javascript.call(tmp_path, "word_order", "sinusoids", [[9, 16]])
    torch.testing.assert_close(
        torch.tensor(ours).double(), sinusoidal_encoding(9, 16, dtype=torch.float64)
    )


@pytest.mark.parametrize("name", ["with", "without"])
def test_weights_and_roles_are_attns(tmp_path, models, name):
    texts = [text.split() for text in SENTENCES]
    texts += [list(reversed(text)) for text in texts]
    ids = [[WORDS.index(word) for word in text] for text in texts]
    asked = [[models[name], row, name == "with"] for row in ids]
    model = reader(models, name)
    for row, found in zip(ids, javascript.call(tmp_path, "word_order", "read", asked), strict=True):
        words = torch.tensor([row])
        s = encoded([SENTENCES[0].split()])._replace(words=words, real=words > 0)
        with torch.no_grad():
            scores, weights = model(s)
        assert torch.tensor(found["weights"]).double().sub(weights[0]).abs().max() < 1e-6
        assert torch.tensor(found["roles"]).double().sub(scores[0].softmax(-1)).abs().max() < 1e-6


def test_a_word_moves(tmp_path):
    asked = [[[0, 1, 2, 3], 0, 2], [[0, 1, 2, 3], 3, 0], [[2, 0, 1], 1, 1]]
    assert javascript.call(tmp_path, "word_order", "moved", asked) == [
        [1, 2, 0, 3],
        [3, 0, 1, 2],
        [2, 0, 1],
    ]


def test_the_order_changes_outputs_with_positions_alone(tmp_path, models):
    ids = [WORDS.index(word) for word in SENTENCES[0].split()]
    order = [0, 5, 2, 3, 4, 1]
    for name in ("with", "without"):
        asked = [[models[name], row, name == "with"] for row in (ids, [ids[w] for w in order])]
        first, now = javascript.call(tmp_path, "word_order", "read", asked)
        (by,) = javascript.call(
            tmp_path, "word_order", "change", [[now["outputs"], first["outputs"], order]]
        )
        assert (by > 0.1) if name == "with" else (by < 1e-12)


def test_the_words_before_it_is_touched_tell_the_truth(models):
    text = SENTENCES[0].split()
    s = encoded([text])
    with torch.no_grad():
        taken = reader(models, "with")(s)[0].argmax(-1)[0, : len(text)]
        unsure = reader(models, "without")(s)[0].softmax(-1)[0, 1]
    assert taken.tolist() == s.roles[0, : len(text)].tolist()
    assert unsure[:2].min() > 0.05
    assert WordOrderWidget(models).order == list(range(len(text)))


@pytest.mark.parametrize("text", SENTENCES)
def test_with_positions_every_role_of_the_examples_is_right(models, text):
    s = encoded([text.split()])
    with torch.no_grad():
        scores, _ = reader(models, "with")(s)
    assert torch.equal(scores.argmax(-1)[s.real], s.roles[s.real])
