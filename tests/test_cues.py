"""Remarks with a cue, the models that read them, and what is measured on these."""

import pytest
import torch

from attn.data.cues import BLAME, FILLERS, PRAISE, SHORTEST, remarks
from attn.equations.explain import total_variation
from attn.experiments import cues, explanation
from attn.experiments.cues import ENCODERS, CueReader, mask_of


def rng(seed=0):
    return torch.Generator().manual_seed(seed)


def test_a_remark_has_one_cue_and_it_decides():
    said = remarks(500, rng())
    for text, at, praise in zip(said.texts(), said.cue, said.praise, strict=True):
        cue = text[at]
        assert cue in (PRAISE if praise else BLAME)
        assert len(text) >= SHORTEST
        assert set(text[:at] + text[at + 1 :]) <= set(FILLERS)
    assert 0.4 < said.praise.mean() < 0.6
    assert len({*FILLERS, *PRAISE, *BLAME}) == len(FILLERS) + 10


def test_wrong_labels_change_labels_only():
    right, careless = remarks(4000, rng()), remarks(4000, rng(), wrong=0.2)
    assert torch.equal(right.tokens, careless.tokens)
    # A share of 4,000 lies within .038 of .2 but for once in 10^8; and this one is seeded.
    assert abs((right.praise != careless.praise).double().mean() - 0.2) < 0.038


@pytest.mark.parametrize("encoder", ENCODERS)
def test_padding_changes_nothing(encoder):
    with torch.random.fork_rng():
        torch.manual_seed(0)
        model = CueReader(encoder)
        torch.nn.init.normal_(model.pool.q)
    said = remarks(5, rng())
    scores, weights = model(said)
    assert (weights[~mask_of(said)] == 0).all()
    for row, n in enumerate(said.lengths.tolist()):
        alone = said._replace(tokens=said.tokens[row : row + 1, :n], lengths=said.lengths[[row]])
        torch.testing.assert_close(model(alone)[0], scores[[row]])


def test_who_reads_words_alone_says_the_same_wherever_they_stand():
    model, said = CueReader("words"), remarks(1, rng())
    n = int(said.lengths)
    turned = said._replace(tokens=said.tokens[:, :n].flip(1))
    torch.testing.assert_close(model(turned)[0], model(said)[0])
    with pytest.raises(ValueError, match="words or bigru"):
        CueReader("lstm")


def test_without_a_word():
    said = remarks(50, rng())
    fewer = explanation.without(said, said.cue)
    for text, at, rest in zip(said.texts(), said.cue, fewer.texts(), strict=True):
        assert rest == text[:at] + text[at + 1 :]
    assert (fewer.tokens > 0).sum() == (said.tokens > 0).sum() - 50


@pytest.fixture(scope="module")
def read():
    model, _ = cues.learn("words", seed=0, steps=60)
    return explanation.Read(model, explanation.unseen(40))


def test_a_readers_answers_are_the_models(read):
    scores, weights = read.model(read.said)
    answers = read.reader(read.weights)
    torch.testing.assert_close(answers[:, 1], scores.sigmoid())
    torch.testing.assert_close(weights, read.weights)
    torch.testing.assert_close(answers.sum(-1), torch.ones(40))


def test_a_score_is_the_average_of_what_words_say_alone(read):
    """Which is why the page's widget needs two numbers a word, and no model."""
    averaged = (read.weights * read.alone()).sum(-1)
    torch.testing.assert_close(read.model(read.said)[0], averaged)


def test_classes_are_counted_apart(read):
    x = read.said.praise * 7 + 1
    found = explanation.by_class(x, read.said)
    assert found["blame"] == [1.0] * 3
    assert found["praise"] == [8.0] * 3
    assert set(found) == {"blame", "praise", "pooled"}


def test_everything_examined_is_a_number(read):
    found = explanation.examined(read.model, read.said)
    flat, waiting = [], [found]
    while waiting:
        item = waiting.pop()
        if isinstance(item, dict):
            waiting += item.values()
        else:
            flat += item if isinstance(item, list) else [item]
    assert len(flat) > 60
    assert all(0 <= x <= 1 for x in flat if x == x)


def test_an_adversary_of_a_model_learns_to_look_elsewhere(read):
    base = read.model
    other = explanation.Read(explanation.learn_elsewhere(base, seed=1, steps=60), read.said)
    found = explanation.compared(read, other)
    changes = [
        total_variation(a.double().numpy(), b.double().numpy())
        for a, b in zip(read.reader(read.weights), other.reader(other.weights), strict=True)
    ]
    assert found["change"] == pytest.approx(sum(changes) / 40, abs=1e-4)
    assert found["divergence"] > 0.3


def test_guides_are_weights_and_are_obeyed(read):
    for guide in (explanation.guide_of(None), explanation.guide_of(read.model)):
        weights = guide(read.said)
        torch.testing.assert_close(weights.sum(-1), torch.ones(40))
    assert explanation.guided(explanation.guide_of(read.model), "words", 0, 30) > 0.8


def test_what_is_learned_by_heart_is_measured_on_the_way():
    found = explanation.overfitted("words", 0, wrong=0.2, steps=100)
    assert {name: len(values) for name, values in found.items()} == {
        "told": 2,
        "new": 2,
        "entropy": 2,
        "points": 2,
    }
