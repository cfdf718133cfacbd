"""What the prose of chapter 12 says is what its cells and its result file hold."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from attn.experiments.record import record
from attn.experiments.transformer import copycat, exact, likeness, reverse_deeply
from attn.experiments.translation import task

PAGE = Path(__file__).parents[1] / "book" / "transformer.md"


@pytest.fixture(scope="module")
def found() -> dict[str, Any]:
    return record("transformer")["results"]


def test_every_arm_was_measured_on_the_same_seeds(found):
    assert set(found["translation"]) == set(found["smoothed"]) == set("012")
    seeds = set("01")
    for norm in ("pre", "post"):
        assert all(set(found["norms"]["small"][norm][warmup]) == seeds for warmup in ("0", "200"))
    assert set(found["norms"]["unit"]["post"]["0"]) == seeds
    for scale in ("scaled", "plain"):
        assert all(set(runs) == seeds for runs in found["dates"][scale].values())


def last(run: dict[str, Any], what: str) -> float:
    return run[what][-1][1]


def test_post_norm_needs_warm_up_only_with_small_embeddings(found):
    small = found["norms"]["small"]
    assert all(last(run, "right") < 0.15 for run in small["post"]["0"].values())
    for norm, warmup in (("post", "200"), ("pre", "0"), ("pre", "200")):
        assert all(last(run, "right") > 0.98 for run in small[norm][warmup].values())
    assert all(last(run, "right") > 0.98 for run in found["norms"]["unit"]["post"]["0"].values())


def test_loud_words_drown_their_places(found):
    dates = found["dates"]
    loud = [last(run, "exact") for run in dates["scaled"]["unit"].values()]
    others = [
        last(run, "exact")
        for scale, spread in (("scaled", "small"), ("plain", "small"), ("plain", "unit"))
        for run in dates[scale][spread].values()
    ]
    assert max(loud) < 0.7 < 0.85 < min(others)


def test_one_head_aligns_and_the_mean_head_is_worse(found):
    for run in found["translation"].values():
        rates = np.array(run["error_rates"])
        assert rates.min() < 0.17
        assert 1.6 < rates.mean() / rates.min() < 3.95
        assert run["exact"] > 0.9


def test_smoothing_costs_perplexity_and_may_gain_sentences(found):
    gains = {}
    for seed, plain in found["translation"].items():
        smoothed = found["smoothed"][seed]
        assert 1.05 < smoothed["perplexity"] / plain["perplexity"] < 1.2
        assert smoothed["likeliest"] < 0.92 < 0.97 < plain["likeliest"]
        gains[seed] = round(smoothed["exact"] - plain["exact"], 4)
    assert gains == {"0": 0.03, "1": 0.0425, "2": 0}
    assert found["smoothed"]["2"]["bleu"] < found["translation"]["2"]["bleu"]


def test_the_picture_shows_an_alignment(names):
    pair, (layer, head) = names["pair"], (names["layer"], names["head"])
    shown = names["looked"][0, layer, head, : len(pair.french), : len(pair.english)]
    right = [(row, column) in pair.possible for row, column in enumerate(shown.argmax(-1).tolist())]
    assert sum(right) >= len(right) - 1


def test_rows_are_alike_after_two_blocks_without_skips(found):
    assert likeness(skip=False) == pytest.approx(found["likeness"]["none"], abs=2e-4)
    assert found["likeness"]["none"][1] > 0.95
    assert found["likeness"]["none"][2] > 0.999
    assert found["likeness"]["skip"][-1] < 0.8


def test_so_they_are_on_every_seed(names):
    for run in names["alike"]["without"]:
        assert run[0] < 0.5
        assert run[1] > 0.95
        assert run[2] > 0.999
    assert max(run[-1] for run in names["alike"]["with skips"]) < 0.8


def test_the_page_trains_what_the_file_holds(names, found):
    first = found["translation"]["0"]
    assert exact(names["model"], names["task"]) == pytest.approx(first["exact"], abs=0.03)
    assert names["rates"].min() == pytest.approx(np.min(first["error_rates"]), abs=0.03)


def test_who_is_told_the_answer_learns_to_copy(names):
    assert names["history"].losses[-1] < 0.05
    assert exact(names["parrot"], names["task"]) == 0


def test_one_step_of_every_experiment_runs():
    of = task()
    assert len(copycat(of, steps=1)[1].losses) == 1
    assert len(reverse_deeply("post", 2, 0, 1.0, steps=1).losses) == 1
