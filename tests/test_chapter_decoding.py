"""What the prose of chapter 13 says is what its cells compute and its result file holds."""

from pathlib import Path
from typing import Any

import pytest
import torch

from attn.cache import cache_bytes
from attn.data import tiny_language
from attn.experiments.record import record

PAGE = Path(__file__).parents[1] / "book" / "decoding.md"


@pytest.fixture(scope="module")
def found() -> dict[str, Any]:
    return record("decoding")["results"]


def test_the_tiny_language_is_one(names):
    for following in tiny_language.NEXT.values():
        assert sum(following.values()) == pytest.approx(1)
    chances = [names["exp"](score) for score, _ in names["every"]]
    assert len(chances) == 10
    assert sum(chances) == pytest.approx(1)
    assert chances[0] == pytest.approx(0.186, abs=1e-6)


def test_greedy_is_the_sixth_of_ten(names):
    words = [tiny_language.WORDS.decode(tokens) for _, tokens in names["every"]]
    greedy = tiny_language.WORDS.decode(names["written"].tolist())
    assert greedy == ["the", "cat", "sleeps", "well"]
    assert words.index(greedy) == 5
    assert names["exp"](names["every"][5][0]) == pytest.approx(0.0924, abs=1e-6)


def test_a_width_of_three_is_needed(names):
    assert names["best"] == {
        1: "the cat sleeps well",
        2: "a cat",
        3: "the bird sings",
        10: "the bird sings",
    }


def test_the_penalty_turns_the_order_between_three_and_four_tenths(names):
    penalised = {
        alpha: (names["logs_p"] / names["length_penalty"](names["sizes"], alpha)).tolist()
        for alpha in (0.3, 0.4, 1.0)
    }
    assert penalised[0.3][0] > penalised[0.3][1]
    assert penalised[0.4][0] < penalised[0.4][1]
    assert penalised[1.0] == pytest.approx([-1.365, -1.186], abs=1e-3)


def test_the_cache_writes_the_same_sentences(names):
    assert names["same"]


def test_top_k_keeps_two_and_top_p_one_and_four(names):
    for scores, p_keeps in ((names["sure"], 1), (names["unsure"], 4)):
        assert (names["top_k"](scores, 2) > -torch.inf).sum() == 2
        assert (names["top_p"](scores, 0.8) > -torch.inf).sum() == p_keeps


def test_the_cache_saves_more_the_longer_the_text(names, found):
    speed_up = names["speed_up"]
    assert speed_up[16] < 1.5
    assert speed_up[512] > 5
    long = [speed_up[T] for T in (64, 128, 256, 512)]
    assert long == sorted(long)
    cached = found["writing"]["cached"]
    assert cached["512"] < 3 * cached["256"]
    assert found["writing"]["rereading"]["512"] > 3 * found["writing"]["rereading"]["256"]


def test_heads_that_share_are_as_small_as_counted_and_faster(found):
    for Hkv, row in found["heads"].items():
        assert row["bytes"] == cache_bytes(4, 4096, 1, int(Hkv), 64, 4)
    many, some, one = (found["heads"][Hkv]["ms"] for Hkv in ("16", "4", "1"))
    assert many > some > one
    assert many / some < 4
    assert many / one < 16


def test_every_model_was_searched_on_three_seeds(found):
    for alphas in found["search"].values():
        for widths in alphas.values():
            assert all(set(by_seed) == set("012") for by_seed in widths.values())
    assert all(set(by_seed) == set("012") for by_seed in found["drawn"].values())


def runs(found, steps: int, width: int, alpha: str = "0") -> list[dict[str, float]]:
    return list(found["search"][str(steps)][alpha][str(width)].values())


def test_a_model_that_has_hardly_begun_writes_worse_with_a_wider_beam(found):
    for narrow, wide in zip(runs(found, 60, 1), runs(found, 60, 16), strict=True):
        assert wide["likelihood"] > narrow["likelihood"]
        assert wide["words"] < narrow["words"] - 2
        assert wide["empty"] > 0.1 > narrow["empty"]
        assert wide["exact"] < narrow["exact"]


def test_a_penalty_brings_words_back(found):
    for plain, penalised in zip(runs(found, 60, 16), runs(found, 60, 16, "1"), strict=True):
        assert penalised["words"] > plain["words"] + 1
        assert penalised["exact"] >= plain["exact"]


def test_a_model_half_way_gains_by_a_narrow_beam_and_no_more_by_a_wide_one(found):
    for one, four, wide in zip(*(runs(found, 110, width) for width in (1, 4, 16)), strict=True):
        assert 0.0475 <= round(four["exact"] - one["exact"], 4) <= 0.125
        assert four["searchs_fault"] < 0.02 < one["searchs_fault"]
        assert abs(wide["exact"] - four["exact"]) < 0.02


def test_a_model_that_is_done_gains_next_to_nothing(found):
    for one, wide in zip(runs(found, 600, 1), runs(found, 600, 16), strict=True):
        assert abs(wide["exact"] - one["exact"]) < 0.02


def test_a_wider_beam_is_not_always_likelier(names):
    assert [one[:3] for one in names["less"]] == [(600, 1, 2)]
    assert len(names["pairs"]) == 9


def test_what_drawing_costs(found):
    for seed, greedy in found["search"]["600"]["0"]["1"].items():
        drawn = {name: runs[seed] for name, runs in found["drawn"].items()}
        lost = greedy["exact"] - drawn["as it is"]
        assert 0.03 < lost < 0.1
        cold, nucleus, two = (
            greedy["exact"] - drawn[name]
            for name in ("temperature 0.5", "top-p, p = 0.9", "top-k, k = 2")
        )
        assert cold < nucleus + 0.01
        assert cold < 0.1 * lost
        assert nucleus < two < lost
        assert nucleus < 0.5 * lost
        assert 0.05 < drawn["temperature 2"] < 0.15
        assert drawn["temperature 2, top-p 0.9"] < 0.4
