"""What the prose of chapter 16 says is what its cells compute and its result file holds."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from attn.captioning import doubly_stochastic_penalty
from attn.data.scenes import VOCABULARY
from attn.experiments.captions import ARMS
from attn.experiments.record import record
from attn.seq2seq import shift_right

PAGE = Path(__file__).parents[1] / "book" / "show_attend_tell.md"


@pytest.fixture(scope="module")
def arms() -> dict[str, Any]:
    return record("show_attend_tell")["results"]["arms"]


def all_of(runs: dict[str, Any], *path: str) -> list[float]:
    """One number of every seed."""
    found = []
    for run in runs.values():
        for step in path:
            run = run[step]
        found.append(run)
    return found


# ---------------------------------------------------------------- what the cells compute


def test_the_receptive_field(names):
    assert (names["last"] - names["first"] + 1).max() <= 18
    assert (names["last"] - names["first"] + 1).min() >= 14


def test_the_toy(names):
    np.testing.assert_allclose(names["alpha"].sum(), 1)
    assert 0 < names["beta"] < 0.5


def test_a_penalty_has_a_floor(names):
    ten = torch.tensor([10])
    values = {
        name: doubly_stochastic_penalty(names[name], ten).item()
        for name in ("even", "sharp", "stuck")
    }
    assert values["even"] == pytest.approx(26**2 / 36, abs=1e-3)
    assert values["even"] < values["sharp"] < values["stuck"]


def test_the_seed_of_the_page_lies_among_the_seeds(names, arms):
    exact = names["history"].last("exact")
    shares = all_of(arms["soft"], "while learning", "exact", "500")
    assert min(shares) - 0.15 < exact < max(shares) + 0.15


def test_squares_are_taken_for_circles(names):
    (true, told_as), count = names["slips"].most_common(1)[0]
    assert {true, told_as} <= {"square", "circle"}
    assert count > 10
    assert abs(names["by_size"]["small"] - names["by_size"]["large"]) < 0.2


def test_relations_are_a_habit(names):
    assert names["share_of"]["left"] == pytest.approx(0.78, abs=0.005)
    assert min(names["right_of"]["left"]) > 0.9
    for word in ("above", "below"):
        assert names["right_of"][word][0] < 0.25
        assert max(names["right_of"][word]) < 0.45


def test_in_the_dark_it_says_small(names):
    """After an article, at every large thing: the colour is never reached."""
    model, tests = names["model"], names["tests"]
    before = shift_right(tests.captions)
    large = (before == VOCABULARY.numbers["a"]) & (tests.captions != VOCABULARY.numbers["small"])
    annotations = model.eye(tests.images)
    state, said = model.teller.start(annotations), []
    for t, token in enumerate(before.unbind(1)):
        lit = annotations * ~large[:, t, None, None]
        logits, state, *_ = model.teller.step(token, state, lit)
        said.append(logits.argmax(-1))
    spoken = torch.stack(said, 1)[large]
    assert len(spoken) > 500
    assert (spoken == VOCABULARY.numbers["small"]).double().mean() > 0.95


# ---------------------------------------------------------------- what was measured


def test_attention_beats_the_average_on_every_seed(arms):
    assert all(len(runs) >= 2 for runs in arms.values())
    assert set(arms) == set(ARMS)
    assert max(all_of(arms["mean"], "exact")) < 0.16
    for arm in ("soft", "penalty", "sentinel"):
        assert 0.57 < min(all_of(arms[arm], "exact")) < 0.7, arm
    assert [round(x, 2) for x in all_of(arms["hard"], "exact")] == [0.69, 0.56, 0.36]
    assert min(all_of(arms["through"], "exact")) > 0.74


def test_the_average_suffers_from_more_things_and_attention_does_not(arms):
    for run in arms["mean"].values():
        two, three, four = (run["by things"][n] for n in "234")
        assert four < min(two, three)
    for run in arms["soft"].values():
        assert run["by things"]["4"] > run["by things"]["2"] - 0.03


def test_it_points_at_what_it_names(arms):
    chance = record("show_attend_tell")["results"]["chance"]
    assert max(chance.values()) < 0.09
    for run in arms["soft"].values():
        assert all(0.62 <= round(share, 2) <= 0.76 for share in run["pointing"].values())
        assert all(share > 0.98 for share in run["near"].values())


def test_it_looks_from_outside(names):
    assert -4 < names["sides"]["first"] < -1
    assert 1 < names["sides"]["last"] < 4


def test_the_penalty_spreads_and_empties_the_shape_words(arms):
    assert max(all_of(arms["soft"], "spread", "colour")) < 1
    assert min(all_of(arms["penalty"], "spread", "colour")) > 1.6
    assert [round(x, 2) for x in all_of(arms["penalty"], "pointing", "shape")] == [0.11, 0.21]
    assert [round(x, 2) for x in all_of(arms["penalty"], "pointing", "colour")] == [0.71, 0.78]
    assert min(all_of(arms["penalty"], "words", "shape")) > 0.89


def test_the_gate_turns_down_at_words_of_language(arms):
    for run in arms["soft"].values():
        beta = run["beta"]
        low, high = ("end", "of", "relation"), ("colour", "shape", "size", "article")
        assert max(beta[kind] for kind in low) < min(beta[kind] for kind in high)


def test_a_shy_sentinel_waits_and_an_eager_one_takes_all(arms):
    for run in arms["sentinel"].values():
        assert max(run["beta"][kind] for kind in ("size", "colour")) < 0.01
        assert run["beta"]["shape"] < 0.15
        assert run["beta"]["end"] > 0.95
    apart = all_of(arms["sentinel"], "beta", "relation")
    assert max(apart) - min(apart) > 0.5
    assert [round(x, 2) for x in all_of(arms["eager"], "exact")] == [0.37, 0.03]
    beta = arms["eager"]["1"]["beta"]
    assert min(value for kind, value in beta.items() if kind != "article") > 0.7
    assert arms["eager"]["1"]["spread"]["colour"] > 0.8 * np.log(36)


def test_wrong_words_look_nearly_as_well_as_right_ones(arms):
    for run in arms["soft"].values():
        right, wrong = (run[f"pointing of {which} words"] for which in ("right", "wrong"))
        assert -0.01 < right - wrong < 0.12
        assert run["wrong words"] > 100
        worst = min(run["words"], key=lambda kind: run["words"][kind])
        assert worst == "relation"


def dark(arm: str, kind: str, words: int) -> list[float]:
    return [run[kind][words] for run in record("show_attend_tell")["results"]["dark"][arm].values()]


def test_colours_and_shapes_need_their_look():
    for words in (1, 2, 3):
        assert [round(x, 2) for x in dark("soft", "colour", words)] == [0.12, 0.14]
        assert max(dark("soft", "shape", words)) < 0.32
    for kind in ("article", "of", "end", "size"):
        assert min(dark("soft", kind, 1)) > 0.99


def test_the_relation_in_the_dark():
    assert [round(x, 2) for x in dark("soft", "relation", 0)] == [0.84, 0.79]
    assert [round(x, 2) for x in dark("soft", "relation", 1)] == [0.43, 0.70]


def test_under_the_penalty_the_shape_is_read_one_word_early():
    assert [round(x, 2) for x in dark("penalty", "shape", 1)] == [0.63, 0.73]
    assert max(dark("penalty", "shape", 2)) < 0.32
