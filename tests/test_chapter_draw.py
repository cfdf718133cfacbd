"""What the prose of chapter 17 says is what its cells compute and its result file holds."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from attn.experiments import drawing
from attn.experiments.looking import STEPS
from attn.experiments.record import record

PAGE = Path(__file__).parents[1] / "book" / "draw.md"


@pytest.fixture(scope="module")
def found() -> dict[str, Any]:
    return record("draw")["results"]


def finals(runs: dict[str, Any], name: str = "right") -> list[float]:
    return [run[name][str(STEPS)] for run in runs.values()]


def nats(found: dict[str, Any], arm: str, part: str = "nats") -> list[float]:
    return [run[part][max(run[part], key=int)] for run in found["drawing"][arm].values()]


# ---------------------------------------------------------------- the toy


def test_the_hook(names):
    assert names["hook"].sum() == 8  # "eight pixels of ink"
    assert np.allclose(names["F_X"].sum(1), 1)
    patch, back = names["patch"], names["back"]
    # "ink above, ink at the right, and the hook's foot below"; nothing in the middle of the left
    assert patch[0].min() > 0.3
    assert patch[1, 2] > patch[1, 1] > patch[1, 0]
    assert patch[2, 1:].min() > 0.3 > patch[2, 0]
    torch.testing.assert_close(patch.sum(), back.sum())
    assert (back - names["hook"]).abs().max() > 0.3  # "a blur of it"


def test_beyond_the_edge_there_is_no_slope(names):
    """The last centre of the cell is the farthest."""
    assert names["x"] == 30.0
    assert names["slope"] == 0
    assert names["F_g"][:, -1].min() == 1  # "all of its weight lies on the last column"
    assert names["naive"].max() == 0  # and the printed formula is 0 / 0


def test_what_a_code_costs(names):
    assert names["cost"].item() == pytest.approx(6.31, abs=0.01)
    assert 64 * np.log(2) == pytest.approx(44.4, abs=0.05)


# ---------------------------------------------------------------- looking


def test_two_looks_see_more_than_one_and_than_all_on_every_seed(found):
    one, two = (finals(found["looks"][T]) for T in "12")
    whole = finals(found["whole"])
    assert len(one) == len(two) == len(whole) == 3
    assert max(one) < 0.2 < min(whole) <= max(whole) < min(two)
    for run in found["looks"]["2"].values():
        assert run["off 2"][str(STEPS)] < 2 < run["off 1"][str(STEPS)] / 3


def test_a_third_look_helps_on_two_seeds_of_three(found):
    two, three, whole = (
        finals(runs) for runs in (found["looks"]["2"], found["looks"]["3"], found["whole"])
    )
    assert len(three) == 3
    for seed in (0, 1):
        assert 0.1 < three[seed] - two[seed] < 0.25  # "fifteen to twenty answers in a hundred"
        assert three[seed] > 2 * whole[seed]
        run = found["looks"]["3"][str(seed)]
        assert run["off 2"][str(STEPS)] > 2 * run["off 3"][str(STEPS)]
    assert three[2] < whole[2] < two[2]
    assert 0 < np.mean(two) - np.mean(three) < 0.1  # "a small loss"


def test_the_run_that_failed_was_on_its_way(found):
    run = found["looks"]["3"]["2"]
    for t in (2, 3):
        early, later, end = (run[f"off {t}"][step] for step in ("500", "1000", str(STEPS)))
        assert early > 9 > later > 7 > end > 5.5


def test_the_seed_of_the_page_lies_among_the_seeds(names, found):
    shares = finals(found["looks"]["2"])
    assert min(shares) - 0.05 < names["mine"]["right"] < max(shares) + 0.05
    assert names["mine"]["off 2"] < names["mine"]["off 1"] / 2


def test_at_a_calm_rate_no_window_needs_the_bound(found):
    free, bounded = finals(found["unbounded"]), finals(found["looks"]["3"])
    assert len(free) == 3
    assert min(free) > 0.85
    assert max(abs(free[seed] - bounded[seed]) for seed in (0, 1)) < 0.05
    assert free[2] > 3 * bounded[2]  # "finds it without"
    away = [run["away"] for run in found["unbounded"].values()]
    assert max(shares[str(STEPS)] for shares in away) == 0
    assert max(shares["500"] for shares in away) > 0.05  # "one window in twelve", on one seed


def test_in_a_hurry_windows_leave_unless_they_are_bounded(names, found):
    away = dict(names["haste"].measured["away"])
    assert max(away.values()) > 0.8  # "nearly all windows have gone over the edge"
    assert away[700] > 0.5
    assert max(max(run["away"].values()) for run in found["hasty"]["bounded"].values()) == 0
    left = [max(run["away"].values()) for run in found["hasty"]["unbounded"].values()]
    assert sorted(share > 0.8 for share in left) == [False, False, True]  # "one of three seeds"
    right = sorted(run["right"]["700"] for runs in found["hasty"].values() for run in runs.values())
    assert len(right) == 6
    assert 0.25 < right[-1] < 0.3  # "about once in four"
    assert right[-2] < 0.2


# ---------------------------------------------------------------- drawing


def test_a_quarter_of_a_training_is_on_its_way(names, found):
    value = names["course"].last("nats")
    assert min(nats(found, "attention")) < value < 44.4
    assert found["least"] == drawing.least()


def test_both_arms_refine_and_no_attention_is_ahead(found):
    for runs in found["drawing"].values():
        assert len(runs) == 3
        for run in runs.values():
            assert run["mse"][0] > 2 * run["mse"][-1]
            assert np.all(np.diff(run["mse"]) < 0.005)
    gap = min(nats(found, "attention")) - max(nats(found, "none"))
    assert gap == pytest.approx(3, abs=0.5)  # "by three nats on every seed"


def test_who_has_no_window_says_three_times_as_much(found):
    paid = {
        arm: [sum(run["kl"]) for run in runs.values()] for arm, runs in found["drawing"].items()
    }
    assert max(paid["attention"]) < 1.3  # "about one nat"
    assert min(paid["none"]) > 3 * min(paid["attention"]) > 0.9 * 3


def test_the_window_saves_parameters_not_always_time(names):
    sizes = [names["parameters"](names["Draw"](size, T=2, N=5)) for size in (8, 128)]
    assert sizes[0] == sizes[1]
    assert names["parameters"](names["Draw"](128, T=2, N=None)) > 100 * sizes[0]
