"""What the prose of chapter 5 says is what its cells compute and its result file holds."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from attn.experiments.record import record
from attn.experiments.reversal import LENGTHS

PAGE = Path(__file__).parents[1] / "book" / "bahdanau.md"
AT = {length: place for place, length in enumerate(LENGTHS)}


@pytest.fixture(scope="module")
def found() -> dict[str, Any]:
    return record("bahdanau")["results"]


def column(runs: dict[str, Any], what: str, length: int) -> list[float]:
    return [run[what][AT[length]] for run in runs.values()]


def mean_of(runs: dict[str, Any], length: int) -> float:
    return float(np.mean(column(runs, "accuracy", length)))


def test_what_can_point_is_right_to_the_end_of_training_and_what_cannot_is_not(found):
    runs = found["reversal"]
    for name in ("additive", "general"):
        assert min(column(runs[name], "accuracy", 12)) > 0.5
        assert max(column(runs[name], "accuracy", 20)) < min(column(runs[name], "accuracy", 12))
    for name in ("popular", "unbent"):
        assert max(column(runs[name], "accuracy", 12)) < 0.5


def test_the_unbent_score_is_worth_nothing_and_the_popular_formula_something(found):
    ladder = (
        record("seq2seq_bottleneck")["results"]["none"],
        *(found["reversal"][name] for name in ("unbent", "popular", "additive")),
    )
    for length in (10, 12):
        one_vector, unbent, popular, additive = (mean_of(runs, length) for runs in ladder)
        assert abs(unbent - one_vector) < 0.15
        assert one_vector + 0.05 < popular < additive - 0.1


def test_the_wrong_formulas_are_right_once_in_L(found):
    for name in ("popular", "unbent"):
        for run in found["reversal"][name].values():
            for length, share in zip(LENGTHS, run["points"], strict=True):
                assert share == pytest.approx(1 / length, abs=1e-4)


def test_what_can_point_may_point_beside(found):
    first = found["reversal"]["additive"]["0"]
    assert all(
        share < 1 / length + 0.05
        for length, share in zip(LENGTHS, first["points"], strict=True)
        if length <= 12
    )
    for name in ("additive", "general"):
        for run in found["reversal"][name].values():
            assert min(run["within_one"][: AT[12] + 1]) > 0.95


def test_the_popular_formulas_curtain(found):
    """As letters are written, more places share the top, and no weight is large."""
    weights = np.array(found["reversal"]["popular"]["0"]["looks"])[:6]
    assert weights.max() < np.e**2 / (np.e**2 + 5)
    sharing = (weights > weights.max(1, keepdims=True) * 0.9).sum(1)
    assert sharing[0] <= 2
    assert sharing[-1] >= 5


def test_the_letter_follows_what_is_read_most(found):
    for name in ("additive", "general"):
        for run in found["reversal"][name].values():
            follows = run["follows"]
            assert follows["most read"] > max(0.5, follows["the letter's own"] + 0.2)
            assert follows["elsewhere"] < 0.01
        assert found["reversal"][name]["0"]["follows"]["the letter's own"] < 0.05


def dates_right(found: dict[str, Any], name: str, after: int) -> list[float]:
    return [dict(run["exact"])[after] for run in found["dates"][name].values()]


def test_attention_learns_dates_sooner_and_one_vector_gets_there(found):
    assert (
        max(dates_right(found, "none", 300)) < 0.8 < 0.95 < min(dates_right(found, "additive", 300))
    )
    assert (
        np.mean(dates_right(found, "none", 500)) < 0.95 < np.mean(dates_right(found, "none", 900))
    )
    assert min(dates_right(found, "none", 1200)) > 0.95


def test_both_scores_align_better_than_the_diagonal_and_the_popular_formula_worse(found):
    rates = {
        name: [run["error_rate"] for run in found["translation"][name].values()]
        for name in ("additive", "general", "popular")
    }
    assert max(rates["additive"] + rates["general"]) < found["diagonal"] < min(rates["popular"])


def test_the_popular_formula_gets_what_one_fixed_word_gets(found, names):
    fixed = names["translation"].error_rate(names["first"], names["of"])
    for run in found["translation"]["popular"].values():
        assert run["error_rate"] == pytest.approx(fixed, abs=0.02)


def test_the_gap_to_gold_is_made_of_articles_and_the_seeds_disagree(found):
    articles, verbs = [], []
    for name in ("additive", "general"):
        for run in found["translation"][name].values():
            read = run["read_by_kind"]
            assert min(read["noun"], read["adjective"]) > 0.98
            assert min(read["negation"], read["verb"]) > 0.6
            assert read["article"] < min(read["noun"], read["adjective"])
            verbs.append(read["verb"])
            assert read["article"] + read["article's noun"] > 0.8
            assert run["exact"] > 0.96
            articles.append(read["article"])
    assert max(articles) - min(articles) > 0.3
    assert sum(share > 0.9 for share in verbs) == 4  # two seeds of three, of either score


def test_the_seed_of_the_page_is_the_seed_of_the_file(names, found):
    seeds = [run["accuracy"] for run in found["reversal"]["additive"].values()]
    for place, share in enumerate(names["mine"]):
        column = [run[place] for run in seeds]
        assert min(column) - 0.15 < share < max(column) + 0.15
    for name, share in names["speed"].items():
        seeds = dates_right(found, name, 300)
        assert min(seeds) - 0.15 < share < max(seeds) + 0.15


def test_what_the_page_computes(names):
    assert len(set(names["winners"])) == 3
    orders, cat = names["orders"], names["cat"]
    wrong = orders(
        lambda s: names["popular_scores"](s, cat, names["w_s"], names["w_h"], names["b"])
    )
    parameters = (names["W_a"], names["U_a"], names["v_a"])
    right = orders(lambda s: names["additive_scores"](s, cat, *parameters))
    assert (wrong, right) == (1, 6)
    np.testing.assert_allclose(names["weights"][0].detach(), names["alpha"], atol=1e-12)
    assert names["bounds"][30] == pytest.approx(0.2, abs=0.005)
    followed = names["followed"]
    assert followed["most read"] > 0.8 > 0.1 > followed["the letter's own"]
    assert names["year"] > 0.95


def test_looking_costs_more_than_moving_and_grows_faster(names):
    short, long = (
        {what: names["stepping"](what, T) for what in ("anew", "once", "GRU")} for T in (20, 80)
    )
    assert short["GRU"] < short["once"]
    assert long["once"] < long["anew"]
    assert long["once"] / short["once"] > 1.5 * long["GRU"] / short["GRU"]
