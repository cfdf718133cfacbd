"""What the prose of chapter 20 says is what its cells compute and its result file holds."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from attn.experiments.explanation import shuffled
from attn.experiments.record import record

PAGE = Path(__file__).parents[1] / "book" / "is_attention_explanation.md"
CLASSES = ("blame", "praise")


@pytest.fixture(scope="module")
def found() -> dict[str, Any]:
    return record("is_attention_explanation")["results"]


@pytest.fixture(scope="module")
def words(found) -> list[dict[str, Any]]:
    return list(found["examined"]["words"].values())


@pytest.fixture(scope="module")
def bigru(found) -> list[dict[str, Any]]:
    return list(found["examined"]["bigru"].values())


def middle(run: dict[str, Any], what: str, group: str) -> float:
    return run[what][group][1]


def searched(run: dict[str, Any]) -> str:
    """The class that is not the default: its answers fall when all words are read alike."""
    return min(CLASSES, key=lambda group: run["uniform"][group])


def test_all_answers_are_right_and_the_gold_is_nearly_always_on_the_cue(words, bigru):
    for run in words + bigru:
        assert run["accuracy"]["pooled"] > 0.99
        assert run["points"] > 0.75


def test_the_pooled_median_hides_two_classes(found, words):
    one, two = (found["examined"]["words"][seed]["shuffled"] for seed in ("1", "2"))
    assert one["blame"][1] > 0.95
    assert one["praise"][1] < 0.05
    assert two["blame"][1] < 0.05
    assert two["praise"][1] > 0.95
    assert one["pooled"][1] > 0.5 > 0.1 > two["pooled"][1]


def test_half_is_the_mean_of_those_changes_and_hardly_any_of_them(names):
    changes = shuffled(names["reads"]["words"])
    assert 0.35 < changes.mean() < 0.65
    assert ((changes > 0.25) & (changes < 0.75)).double().mean() < 0.2


def test_fillers_vote_for_the_default_or_know_the_answer(names):
    low, high = sorted(names["default"]("words"))
    assert low < 0.3
    assert high > 0.8
    assert min(names["default"]("bigru")) > 0.6


def test_the_bigrus_weights_do_not_decide(words, bigru):
    changes = [middle(run, "shuffled", group) for run in bigru for group in CLASSES]
    assert sum(change > 0.1 for change in changes) <= 2
    assert max(changes) < 0.5
    assert middle(bigru[2], "shuffled", "praise") == pytest.approx(0.3, abs=0.05)
    assert np.mean([run["uniform"]["pooled"] for run in bigru]) > 0.85
    assert np.mean([run["uniform"]["pooled"] for run in words]) < 0.85


def test_nearly_every_remark_has_a_second_picture(bigru):
    for run in bigru:
        assert middle(run, "divergence", "pooled") > 0.5
    assert np.mean([run["moved"][group] for run in bigru for group in CLASSES]) > 0.8


def test_rankings_agree_in_one_reader_and_less_in_the_other(words, bigru):
    for group in CLASSES:  # "and here the classes are alike"
        agreement = [middle(run, "tau", group) for run in words]
        less = [middle(run, "tau", group) for run in bigru]
        assert min(agreement) > max(less) + 0.1
    for run in (*words, *bigru):
        assert abs(middle(run, "tau", "blame") - middle(run, "tau", "praise")) < 0.1
    assert np.mean([run["gradient points"] for run in bigru]) > 0.9


def test_one_word_to_erase_where_the_cue_is_searched(found):
    for seed in ("1", "2"):
        run = found["examined"]["words"][seed]
        group = searched(run)
        other = next(name for name in CLASSES if name != group)
        # A remark has 6 to 14 words: one of them is a share of at most a sixth.
        assert run["erased"]["weights"][group][1] <= 1 / 6
        assert 0.5 < run["erased"]["random"][group][1] < 0.8
        assert run["erased"]["weights"][other][1] == 1


def test_most_of_the_bigrus_answers_never_flip(bigru):
    never = [run["erased"]["weights"][group][1] == 1 for run in bigru for group in CLASSES]
    assert np.mean(never) > 0.6


def test_deleting_the_most_read_word_is_another_matter(words, bigru):
    for run in words + bigru:
        assert max(run["deleted"]["most read"][group][1] for group in CLASSES) > 0.4
        assert max(run["deleted"]["another"][group][1] for group in CLASSES) < 0.05
    most = [max(run["deleted"]["most read"][group][1] for group in CLASSES) for run in bigru]
    assert sum(x > 0.9 for x in most) >= 3


def test_attention_is_not_needed_here(found):
    for name in ("words", "bigru"):
        assert min(found["uniform"][name].values()) > 0.99


def test_a_model_was_trained_to_look_elsewhere(found):
    for run in found["elsewhere"].values():
        assert run["change"] < 0.01
        assert run["accuracy"] > 0.99
        assert run["points"] < 0.1
        assert run["divergence"] > 0.5


def test_trained_weights_lead_another_reader_and_the_adversarys_mislead_it(found):
    by = found["guided"]
    for seed in ("0", "1", "2"):
        assert by["reader's"]["20"][seed] > 0.97
        assert max(by["uniform"]["20"][seed], by["adversary's"]["20"][seed]) < 0.9
        assert by["uniform"]["80"][seed] > 0.97
    assert max(by["adversary's"]["80"][seed] for seed in ("0", "1")) < 0.6
    for steps in ("20", "40"):
        assert by["adversary's"][steps]["2"] > by["uniform"][steps]["2"]


def test_weights_sharpen_and_nothing_else_improves(found):
    for run in found["overfitted"]["0.2"].values():
        assert run["told"][-1] > 0.98
        assert run["entropy"][-1] < run["entropy"][0]
        assert run["new"][-1] < run["new"][0] - 0.02
        assert run["points"][-1] < 0.7
    for run in found["overfitted"]["0.0"].values():
        assert run["entropy"][-1] < run["entropy"][0]
        assert run["new"][-1] > 0.95


def test_the_seeds_of_the_page_are_those_of_the_file(names, found):
    for name, seed in (("words", "1"), ("bigru", "0")):
        mine, filed = names["mine"][name], found["examined"][name][seed]
        assert abs(mine["points"] - filed["points"]) < 0.1
        for group in CLASSES:
            assert abs(middle(mine, "shuffled", group) - middle(filed, "shuffled", group)) < 0.15
            assert abs(middle(mine, "tau", group) - middle(filed, "tau", group)) < 0.15
    assert names["mine_elsewhere"]["accuracy"] > 0.99
    assert names["mine_elsewhere"]["points"] < 0.1


def test_by_hand(names):
    reader, alpha, test = names["reader"], names["alpha"], names["permutation_test"]
    assert reader(alpha)[0] == pytest.approx(0.953, abs=5e-4)
    changes = [test(reader, alpha, [order]) for order in names["orders"]]
    assert changes == pytest.approx([0.222, 0.905, 0.833], abs=6e-4)
    ours = names["kendall_tau"](names["a"], names["b"]).item()
    assert ours == pytest.approx(names["kendalltau"](names["a"], names["b"]).statistic)


def test_a_score_is_the_mean_of_what_the_words_say(names):
    read = names["reads"]["bigru"]
    scores = names["models"]["bigru"](names["said"])[0]
    torch.testing.assert_close((read.weights * read.alone()).sum(-1), scores, atol=1e-4, rtol=1e-4)
