"""The widget's JavaScript searches as attn.decoding does, and its words tell the truth."""

import math

import javascript
import pytest
import torch

from attn.data import tiny_language
from attn.data.batch import BOS
from attn.decoding import beam_search, length_penalty
from attn.equations import decoding as equations
from attn.widgets.beam_tree import BeamTreeWidget

WORDS, LONGEST = tiny_language.WORDS, tiny_language.LONGEST


def sentence(tokens) -> str:
    return " ".join(WORDS.decode(tokens.tolist()))


def said(found) -> list[tuple[str, float]]:
    return [(" ".join(w for w in h["words"] if w != tiny_language.END), h["total"]) for h in found]


@pytest.mark.parametrize("alpha", [0.0, 0.6, 2.0])
def test_every_width_finds_what_attn_finds(tmp_path, alpha):
    widths = range(1, 12)
    asked = [[tiny_language.NEXT, width, LONGEST] for width in widths]
    histories = javascript.call(tmp_path, "beam_tree", "search", asked)
    ends = [[history[-1], alpha] for history in histories]
    for width, found in zip(
        widths, javascript.call(tmp_path, "beam_tree", "ranked", ends), strict=True
    ):
        expected = beam_search(tiny_language.step, torch.tensor([BOS]), LONGEST, width, alpha)
        real = expected.finished
        assert [words for words, _ in said(found)] == [sentence(t) for t in expected.tokens[real]]
        assert [h["score"] for h in found] == pytest.approx(expected.scores[real].tolist())
        assert all(h["done"] for h in found)


def test_every_step_keeps_what_attn_keeps(tmp_path):
    for steps in range(1, LONGEST):
        [history] = javascript.call(
            tmp_path, "beam_tree", "search", [[tiny_language.NEXT, 3, steps]]
        )
        expected = beam_search(tiny_language.step, torch.tensor([BOS]), steps, 3)
        kept = [(sentence(t), s.item()) for t, s in zip(*expected[:2], strict=True)]
        kept = [pair for pair in kept if pair[1] > -math.inf]
        found = sorted(said(history[-1]))
        assert [words for words, _ in found] == [words for words, _ in sorted(kept)]
        assert [s for _, s in found] == pytest.approx([s for _, s in sorted(kept)])


def test_its_sentences_are_all_that_an_exhaustive_search_finds(tmp_path):
    [every] = javascript.call(tmp_path, "beam_tree", "sentences", [[tiny_language.NEXT]])

    def step(beginning):
        return tiny_language.step(torch.tensor(beginning)).double().numpy()

    expected = equations.exhaustive_search(step, (BOS,), LONGEST, end=2, alpha=0.0)
    expected = {" ".join(WORDS.decode(tokens)): s for s, tokens in expected if s > -math.inf}
    assert dict(said(every)) == pytest.approx(expected, abs=1e-6)
    assert len(every) == 10
    assert sum(math.exp(total) for _, total in said(every)) == pytest.approx(1)


def test_the_penalty_is_attns(tmp_path):
    pairs = [[n, alpha] for n in range(1, 9) for alpha in (0, 0.5, 2)]
    for (n, alpha), number in zip(
        pairs, javascript.call(tmp_path, "beam_tree", "penalty", pairs), strict=True
    ):
        assert number == pytest.approx(length_penalty(torch.tensor([n]), float(alpha)).item())


def test_the_words_for_the_first_picture_tell_the_truth():
    widget = BeamTreeWidget()
    found = beam_search(tiny_language.step, torch.tensor([BOS]), widget.steps, widget.width)
    for tokens, score in zip(found.tokens, found.scores, strict=True):
        shown = f"{score.exp().item():.3f}".removeprefix("0")
        assert f"'{sentence(tokens)}'" in widget._alt
        assert shown in widget._alt
    best = beam_search(tiny_language.step, torch.tensor([BOS]), LONGEST, 10)
    assert sentence(best.tokens[0]).startswith("the bird")
    assert f"{best.scores[0].exp().item():.3f}".removeprefix("0") in widget._alt
