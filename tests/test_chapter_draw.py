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


def test_more_looks_see_more_on_every_seed(found):
    one, two, three = (finals(found["looks"][T]) for T in "123")
    whole = finals(found["whole"])
    assert min(map(len, (one, two, three, whole))) >= 2
    assert max(one) < max(whole) < min(two) <= max(two) < min(three)


def test_looks_come_nearer(found):
    for run in found["looks"]["3"].values():
        first, second, third = (run[f"off {t}"][str(STEPS)] for t in (1, 2, 3))
        assert first > 2 * second
        assert second > third


def test_the_seed_of_the_page_lies_among_the_seeds(names, found):
    shares = finals(found["looks"]["2"])
    assert min(shares) - 0.05 < names["mine"]["right"] < max(shares) + 0.05
    assert names["mine"]["off 2"] < names["mine"]["off 1"] / 2


def test_at_a_calm_rate_the_bound_changes_nothing(found):
    assert abs(np.mean(finals(found["unbounded"])) - np.mean(finals(found["looks"]["3"]))) < 0.03
    away = [run["away"] for run in found["unbounded"].values()]
    assert max(shares[str(STEPS)] for shares in away) == 0
    assert max(shares["500"] for shares in away) > 0.05  # "one window in twelve", on one seed


def test_in_a_hurry_windows_leave_unless_they_are_bounded(names, found):
    away = dict(names["haste"].measured["away"])
    assert max(away.values()) > 0.8  # "nearly all windows have gone over the edge"
    assert away[700] > 0.5
    assert max(max(run["away"].values()) for run in found["hasty"]["bounded"].values()) == 0
    left = [max(run["away"].values()) for run in found["hasty"]["unbounded"].values()]
    assert sorted(share > 0.8 for share in left) == [False, True]  # "on one seed of two"
    for runs in found["hasty"].values():
        assert all(run["right"]["700"] < 0.25 for run in runs.values())


# ---------------------------------------------------------------- drawing


def test_a_quarter_of_a_training_is_on_its_way(names, found):
    value = names["course"].last("nats")
    assert min(nats(found, "attention")) < value < 44.4
    assert found["least"] == drawing.least()


def test_both_arms_refine_and_no_attention_is_ahead(found):
    for runs in found["drawing"].values():
        for run in runs.values():
            assert run["mse"][0] > 2 * run["mse"][-1]
            assert np.all(np.diff(run["mse"]) < 0.005)
    assert max(nats(found, "none")) < min(nats(found, "attention"))


def test_the_window_saves_parameters_not_always_time(names):
    sizes = [names["parameters"](names["Draw"](size, T=2, N=5)) for size in (8, 128)]
    assert sizes[0] == sizes[1]
    assert names["parameters"](names["Draw"](128, T=2, N=None)) > 100 * sizes[0]
