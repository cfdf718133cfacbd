"""What the prose of chapter 6 says is what its cells and its result file hold."""

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from attn.experiments.luong import ORDERS
from attn.experiments.record import record
from attn.experiments.summaries import ARMS, FACTS, HALVES
from attn.luong import SCORES

PAGE = Path(__file__).parents[1] / "book" / "luong.md"
PROSE = re.sub(r"```.*?```", "", PAGE.read_text("utf-8"), flags=re.DOTALL)


@pytest.fixture(scope="module")
def found() -> dict[str, Any]:
    return record("luong")["results"]


def runs(found, order: str, score: str, what: str) -> np.ndarray:
    return np.array([run[what] for run in found[order][score].values()])


def test_every_arm_was_measured_on_the_same_seeds(found):
    seeds = set(found["luong"]["dot"])
    assert len(seeds) >= 3
    assert all(set(found[order][score]) == seeds for order in ORDERS for score in SCORES)
    assert all(set(found["summaries"][arm]) == seeds for arm in ARMS + HALVES)
    assert set(found["luong"]["half concat"]) == set(found["astray"]) == seeds


def test_scores_that_look_point_better_than_location_on_every_seed(found):
    for score in ("dot", "general"):
        assert (runs(found, "luong", score, "pointing") > 0.9).all()
    assert (runs(found, "luong", "location", "pointing") < 0.8).all()


def test_luongs_order_points_better_with_every_score(found):
    for score in SCORES:
        ours, theirs = (runs(found, order, score, "pointing") for order in ("luong", "bahdanau"))
        assert (ours > theirs).all(), score
        if score != "location":
            assert ours.mean() - theirs.mean() > 0.1, score


def test_feeding_makes_no_clear_difference(found):
    gains = [
        runs(found, "luong", score, "exact").mean() - runs(found, "unfed", score, "exact").mean()
        for score in SCORES
    ]
    assert max(map(abs, gains)) < 0.05
    assert min(gains) < 0


def test_location_translates_best_everywhere_and_points_worst_on_average(found):
    looking = [score for score in SCORES if score != "location"]
    for order in ORDERS:
        walker = {what: runs(found, order, "location", what) for what in ("exact", "pointing")}
        for score in looking:
            assert (walker["exact"] > runs(found, order, score, "exact")).all(), (order, score)
            points = runs(found, order, score, "pointing")
            assert walker["pointing"].mean() < points.mean(), (order, score)
    assert all(runs(found, "luong", score, "exact").min() > 0.8 for score in SCORES)


def test_weights_belong_to_the_word_being_written(found):
    for score in SCORES:
        at, behind = (runs(found, "luong", score, what) for what in ("pointing", "behind"))
        assert (at > behind + 0.3).all()


def test_longer_sentences_tell_the_scores_apart_only_after_long_training(found):
    assert set(found["patient"]["dot"]) == set(found["luong"]["dot"])
    walker = {what: runs(found, "patient", "location", what) for what in ("exact", "longer")}
    assert walker["longer"].mean() < 0.2
    for score in SCORES:
        assert runs(found, "luong", score, "longer").mean() < 0.2
        assert walker["exact"].mean() - runs(found, "patient", score, "exact").mean() < 0.05
        if score != "location":
            assert runs(found, "patient", score, "longer").min() > 2 * walker["longer"].max()


def test_the_half_that_is_the_identity_does_no_harm(found):
    whole, half = (runs(found, "luong", s, "exact").mean() for s in ("concat", "half concat"))
    assert half > whole - 0.05


def test_the_wrong_place_held_the_answer(found):
    for run in found["astray"].values():
        assert run["words"] > 100
        assert run["narrowed"] > 0.9


def test_summaries(found):
    for seed in found["summaries"]["copying"]:
        none, copying, covered = (found["summaries"][arm][seed] for arm in ARMS)
        assert all(none[str(facts)]["exact"] < 0.35 for facts in FACTS)
        assert copying["3"]["exact"] == covered["3"]["exact"] == none["3"]["familiar"] == 1
        assert covered["5"]["exact"] > copying["5"]["exact"]
        assert max(run[f]["repeats"] for run in (none, copying, covered) for f in run) == 0
    five = {
        arm: np.array([run["5"]["exact"] for run in found["summaries"][arm].values()])
        for arm in ("copying", *HALVES)
    }
    assert (five["told"] > five["copying"]).all()
    assert (five["charged"] > five["copying"]).sum() == 2
    assert five["charged"].mean() < five["told"].mean()
    alone, copied = (
        np.mean([run["5"]["familiar"] for run in found["summaries"][arm].values()])
        for arm in ("attention", "copying")
    )
    assert copied <= alone


def test_the_costs(found):
    for size, ratio in found["ratios"].items():
        assert 2 < ratio["additive"]["low"] < ratio["additive"]["high"] < 11, size
        assert ratio["sum"]["high"] < 1, size
    anew = {
        D: found["ratios"][f"T 64, D {D}"]["additive, from scratch"]["median"]
        / found["ratios"][f"T 64, D {D}"]["additive"]["median"]
        for D in (32, 512)
    }
    assert 1.1 < anew[32] < 1.4
    assert 2.7 < anew[512] < 5.5
    assert found["ratios"]["T 256, D 128"]["additive, at once"]["low"] > 100


def test_one_seed_on_the_page_is_the_file_s(names, found):
    for what, mine in names["mine"]._asdict().items():
        xs = runs(found, "luong", "general", what)
        slack = 0.05 * (1 + abs(xs.mean()))
        assert xs.min() - slack <= mine <= xs.max() + slack, what
    for facts, exact in names["mine_summaries"].items():
        xs = [run[str(facts)]["exact"] for run in found["summaries"]["coverage"].values()]
        assert min(xs) - 0.1 <= exact <= max(xs) + 0.1
    assert names["found_astray"].narrowed > 0.9
    written = names["written"]
    assert (*written.words,) == names["example"].summary
    assert (*written.looked,) == names["example"].places
    assert max(written.p_gen) < 0.05
    assert sum(names["right"]) >= len(names["right"]) - 1


def test_every_number_worked_by_hand_is_what_the_functions_give(names):
    for score, shares in (("dot", (".265", ".013", ".721")), ("general", ())):
        weights = names["softmax"](names["scores"][score])
        assert all(f"{w:.3f}".lstrip("0") in PROSE for w in weights if shares)
        assert weights.argmax() == {"dot": 2, "general": 0}[score]
    assert names["scores"]["general"].tolist() == [2, -1, 1]
    vector, c_t = names["vector"], names["c_t"]
    for number in (*vector, *c_t):
        assert f"{number:.3f}".lstrip("0") in PROSE
    said = names["copy_distribution"](0.5, names["known"], names["pointed"], names["source"], 4)
    assert said.round(3).tolist() == [0.1, 0.5, 0.15, 0.25]
