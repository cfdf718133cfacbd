"""What the prose of chapter 3 says is what its cells compute: run once, and compare."""

import re
from pathlib import Path

import pytest
import torch

from attn.experiments.record import record
from attn.experiments.sentiment import Regime, count_words, here, learn
from attn.intervals import confidence_interval, paired_comparison, quantile
from attn.sentiment_reader import content

PAGE = Path(__file__).parents[1] / "book" / "attention_pooling.md"
PROSE = re.sub(r"```.*?```", "", PAGE.read_text("utf-8"), flags=re.DOTALL)
FILE = record("sentiment")
FOUND = FILE["corpora"]["uci"]


# ------------------------------------------------------------------ the committed numbers


def test_the_file_is_consistent_with_its_own_runs():
    t = quantile(FILE["seeds"])
    assert FILE["seeds"] >= 10
    for table in FOUND.values():
        for run in table["arms"].values():
            assert len(run["seeds"]) == FILE["seeds"]
            mean, low, high = confidence_interval(run["seeds"], t)
            assert (run["mean"], *run["interval"]) == pytest.approx((mean, low, high))
    arms = FOUND["regularised"]["arms"]
    gain = paired_comparison(arms["attention"]["seeds"], arms["last"]["seeds"], t)
    said = FOUND["regularised"]["attention minus"]["last"]
    assert (said["mean"], *said["interval"]) == pytest.approx(gain)


def test_the_setting_was_the_best_on_the_sentences_set_aside():
    chosen = FILE["chosen on the sentences set aside"]
    networks = {name: x for name, x in chosen["accuracy"].items() if not name.startswith("words")}
    assert chosen["setting"] == max(networks, key=networks.get)
    assert chosen["accuracy"]["words and pairs"] > chosen["accuracy"]["words"]


def test_the_best_mean_and_who_has_it():
    means = {
        (regime, arm): run["mean"]
        for regime, table in FOUND.items()
        for arm, run in table["arms"].items()
    }
    assert max(means, key=means.get) == ("counting", "words and pairs")
    assert max(means.values()) == pytest.approx(0.829, abs=5e-4)
    assert max(means.values()) >= 0.8125
    regularised = [mean for (regime, _), mean in means.items() if regime == "regularised"]
    assert max(regularised) == pytest.approx(0.810, abs=5e-4)
    assert max(regularised) - min(regularised) < 0.01


def test_what_the_prose_says_of_the_pairs():
    small, regular = (FOUND[r]["attention minus"]["last"] for r in ("small", "regularised"))
    assert 0.01 < small["mean"] < 0.02
    assert small["better on"] == 7
    assert [round(x, 3) for x in small["interval"]] == [-0.008, 0.034]
    assert round(regular["mean"], 3) == 0.004
    assert regular["better on"] == 4
    counting = FOUND["counting"]["attention minus"]["words and pairs"]
    assert round(counting["mean"], 3) == -0.018
    assert counting["interval"][1] < 0 < counting["corrected interval"][1]
    without_zero = [
        (regime, rival)
        for regime in ("small", "regularised", "counting")
        for rival, gain in FOUND[regime]["attention minus"].items()
        if (gain["interval"][0] > 0 or gain["interval"][1] < 0) and "no mask" not in rival
    ]
    assert without_zero == [("counting", "words and pairs")]
    last = [FOUND[r]["arms"]["last"]["mean"] for r in ("small", "regularised")]
    assert 0.045 < last[1] - last[0] < 0.055


def test_what_the_prose_says_of_the_recipe_and_of_padding():
    recipe, small = (FOUND[r]["arms"] for r in ("recipe", "small"))
    assert round(min(recipe["last state"]["seeds"]), 2) == 0.56
    assert round(max(recipe["last state"]["seeds"]), 2) == 0.82
    assert round(small["last"]["mean"] - small["last, no mask"]["mean"], 2) == 0.17
    careless = FOUND["small"]["attention minus"]["last, no mask"]
    assert (round(careless["mean"], 2), careless["better on"]) == (0.18, 10)
    means = [round(recipe[arm]["mean"], 3) for arm in ("last state", "the layer")]
    assert means == [0.751, 0.794]
    t = quantile(FILE["seeds"])
    gain = paired_comparison(recipe["the layer"]["seeds"], recipe["last state"]["seeds"], t)
    assert [round(x, 3) for x in gain] == [0.043, -0.012, 0.098]
    mended = FOUND["recipe"]["attention minus"]["the layer"]
    assert (round(mended["mean"], 3), mended["better on"]) == (-0.045, 0)
    assert round(mended["corrected interval"][1], 3) == -0.021
    masked = recipe["the layer, masked"]["seeds"]
    pairs = zip(masked, recipe["the layer"]["seeds"], strict=True)
    assert all(with_mask < without for with_mask, without in pairs)
    low, high = paired_comparison(recipe["attention, mended"]["seeds"], masked, t)[1:]
    assert low < 0 < high


def test_what_the_prose_says_of_buried_sentences():
    arms = FOUND["regularised"]["arms"]
    said = {"max": ".66", "attention": ".64", "mean": ".63", "last": ".57"}
    for pool, text in said.items():
        assert f"{arms[pool]['buried 8']:.2f}".lstrip("0") == text
    gains = FOUND["regularised"]["attention minus"]
    assert gains["last"]["buried"][1] > 0
    assert round(gains["last"]["buried"][0], 2) == 0.07
    assert gains["mean"]["buried"][1] < 0 < gains["mean"]["buried"][2]
    assert gains["max"]["buried"][0] < 0


def test_what_the_prose_says_of_the_highlights():
    looks = FOUND["regularised"]["highlights"]
    assert round(looks["top word decides"], 2) == 0.62
    assert round(looks["chance"], 2) == 0.12
    assert round(looks["flips"], 2) == 0.24
    assert looks["others flip"] < 0.05


# ------------------------------------------------------------------ one seed, trained again


@pytest.mark.parametrize("name", sorted({"generated", here()}))
def test_a_seed_trained_again_lies_where_the_file_says(name):
    setting = Regime(**FILE["regularised"])
    model, split = learn(name, setting, "attention", seed=0)
    with torch.no_grad():
        scores, _ = model(split.test.tokens, split.test.lengths)
    now = ((scores > 0) == (split.test.positive > 0)).double().mean().item()
    run = FILE["corpora"][name]["regularised"]["arms"]["attention"]
    low, high = run["one more seed"]
    assert low - 1e-9 <= now <= high + 1e-9
    assert now == pytest.approx(run["seeds"][0], abs=0.03)


def test_counting_words_is_naive_bayes():
    from attn.data.sentiment import Sentence

    said = [Sentence(("a", "b"), True), Sentence(("a",), True), Sentence(("c",), False)]
    # p(a | praise) = 3/6 of 3 + 3 counts, p(a | complaint) = 1/4; for c, 1/6 against 2/4.
    assert count_words(said, [Sentence(("a",), True), Sentence(("c",), False)], False) == 1.0
    assert count_words(said, [Sentence((), True)], False) == 1.0  # the prior: two of three praise


# ------------------------------------------------------------------ the page


def test_the_page_trains_the_seeds_of_the_file(names):
    for pooling in ("last", "attention"):
        run = FILE["corpora"][here()]["regularised"]["arms"][pooling]
        low, high = run["one more seed"]
        now = names[f"{pooling}_again"]
        assert low <= now <= high
        assert now == pytest.approx(run["seeds"][0], abs=0.03)


def test_what_was_worked_by_hand(names):
    H, words = torch.tensor(names["h"]), torch.tensor(names["mask"])
    pool = names["AttentionPooling"](2, 1).double()
    numbers = {"W.weight": names["W"], "W.bias": names["b"], "q": names["q"]}
    pool.load_state_dict({name: torch.tensor(x) for name, x in numbers.items()})

    def reads(places: int) -> list[float]:
        padded = torch.cat([H[:3], torch.zeros(places, 2)])
        everything = torch.ones(len(padded), dtype=torch.bool)
        return pool(padded, everything).detach().numpy().round(2).tolist()

    with torch.no_grad():
        assert pool.weights(H, words).numpy().round(3).tolist() == [0.05, 0.05, 0.9, 0.0]
    for places, read, said in (
        (0, [1.8, -0.85], "(1.80, -.85)"),
        (1, [1.71, -0.81], "(1.71, -.81)"),
        (30, [0.72, -0.34], "(.72, -.34)"),
    ):
        assert reads(places) == read
        assert said in PROSE
    assert names["by_hand"].item() == pytest.approx(-0.13, abs=5e-4)


def test_the_keras_layers_bound_is_what_the_box_says():
    scores = torch.full((32,), -1.0)
    scores[0] = 1.0
    assert f"{scores.softmax(-1)[0]:.2f}" == "0.19"


def test_the_picture_with_a_known_truth(names):
    off = names["off"]
    assert names["right"] == 1.0
    assert 0.75 < off.count(0) / len(off) < 0.85  # "four of five"
    assert sum(d < 2 for d in off) / len(off) == pytest.approx(0.95, abs=0.02)
    assert sum(names["fooled"]) == 0
    third = names["shown"][2]
    assert names["fresh"][third].words[names["top"][third]] == "seemed"


def test_the_failure_is_as_the_page_dissects_it(names):
    sentence, moved = names["sentence"], names["moved"]
    slow, excellent = (moved[sentence.index(w)].item() for w in ("slow", "excellent"))
    assert -slow > excellent > 3
    for words, said in ((sentence, 1.40), (names["without"], 4.31)):
        _, says, _ = names["places"](words)
        assert says[words.index("excellent")].item() == pytest.approx(said, abs=0.01)
    so = names["erasure"](names["small"], names["vocabulary"].encode(
        ["i", "am", "so", "glad", "i", "found", "this", "place"]))[1]  # fmt: skip
    assert so[3] / so[2] > 4
    assert content()["accuracy on the others"]["in 8 bits"] == 0.81
