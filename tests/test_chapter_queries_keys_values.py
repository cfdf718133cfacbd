"""What the prose of chapter 2 says is what its cells compute: run once, and compare."""

import re
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[1] / "book" / "queries_keys_values.md"


def _mean(xs) -> float:
    return sum(xs) / len(xs)


def test_keys_of_any_length_disagree_more_often_than_not_and_of_one_length_never(names):
    for (_, unit), shares in names["disagreements"].items():
        assert max(shares) == 0 if unit else min(shares) > 0.5


def test_with_equal_lengths_attention_is_kernel_regression(names):
    assert names["largest_gap"] < 1e-12


def test_the_best_temperature_is_the_variance_of_the_noise(names):
    assert names["hits"] == names["best"].numel() == 30
    assert names["mean"][0, -1] > 20 * names["mean"][0].min()  # "errs tens of times as much"


def test_how_to_ask_is_learned(names):
    assert all(0.02 < x < 0.12 for x in names["before"])  # chance is 1/16
    assert all(k - a < 0.02 for a, k in zip(names["after"], names["known"], strict=True))
    off = names["undone"] / names["undone"].max()
    assert off.diag().min() > 0.85
    assert (off - off.diag().diag()).max() < 0.15


def test_a_learned_temperature_helps_on_no_seed_and_costs_less_than_a_hundredth(names):
    assert all(-0.01 < gain <= 0 for gain in names["gains"])


def test_long_keys_steal(names):
    assert _mean(names["known"]) == pytest.approx(0.91, abs=0.01)
    assert _mean(names["unequal"]) == pytest.approx(0.55, abs=0.01)
    assert _mean(names["by_longer"]) == pytest.approx(0.99, abs=0.01)
    assert _mean(names["mended"]) == pytest.approx(0.89, abs=0.01)


def test_every_number_worked_by_hand_is_what_the_functions_give(names):
    prose = re.sub(r"```.*?```", "", PAGE.read_text("utf-8"), flags=re.DOTALL)
    Q, K, V = (names[n] for n in "QKV")
    plain = names["dot_product_attention"](Q, K, V)[0]
    scaled = names["scaled_dot_product_attention"](Q, K, V)[0]
    for x, y in (plain, scaled):
        assert f"({x:.3f}, {y:.3f})" in prose
    for weight in names["dot_product_weights"](Q, K)[0]:
        assert f"{weight:.3f}".lstrip("0") in prose
    assert f"{names['entropy'](names['dot_product_weights'](Q[:1], K)).exp().item():.1f}" == "2.4"
