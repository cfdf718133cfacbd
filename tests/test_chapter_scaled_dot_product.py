"""What the prose of chapter 9 says is what its cells compute and its result file holds."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from attn.experiments.record import record

PAGE = Path(__file__).parents[1] / "book" / "scaled_dot_product.md"


@pytest.fixture(scope="module")
def found() -> dict[str, Any]:
    return record("scaled_dot_product")["results"]


def seeds(found, divisor, start, d, at=-1):
    return [run["right"][at] for run in found["lookup"][divisor][start][str(d)].values()]


# ------------------------------------------------------------------ saturation


def test_the_claim_about_the_largest_weight_holds_on_every_seed(names):
    none, root, whole = (np.array(names["saturation"][name]) for name in ("none", "root", "d"))
    assert len(none) == 3
    assert (none[:, -1] > 0.9).all()
    assert (np.abs(root[:, -1] - root[:, 1]) < 0.03).all()
    assert (whole[:, -1] < 0.04).all()


def test_gradients_are_rare_and_not_small(names):
    none, root = names["sizes"]["none"], names["sizes"]["root"]
    assert 5 < root.median() / none.median() < 20  # "about ten times"
    assert 6 < none.mean() / root.mean() < 11  # "about eight times"
    assert none.quantile(0.25) < 2e-4
    assert none.quantile(0.75) > 10 * root.quantile(0.75)
    assert root.quantile(0.25) > 0.9 * root.median()  # "every query hears about the same"


# ------------------------------------------------------------------ training


def test_undivided_unit_vectors_get_stuck(found):
    for d in (16, 128, 512):
        assert len(seeds(found, "none", "unit", d)) == 3
        assert max(seeds(found, "none", "unit", d)) < 0.9
    for d in (128, 512):
        assert min(seeds(found, "none", "unit", d)) > 0.3
        assert max(seeds(found, "none", "unit", d)) < 0.65


def test_the_root_d_and_short_vectors_learn(found):
    for arm in (("root", "unit"), ("d", "unit")):
        for d in (16, 128, 512):
            assert min(seeds(found, *arm, d)) > 0.97
    for d in (128, 512):
        assert min(seeds(found, "root", "unit", d, at=2)) > 0.95  # after 200 steps
        assert max(seeds(found, "d", "unit", d, at=2)) < min(seeds(found, "root", "unit", d, at=2))


def test_short_vectors_learn_as_fast_as_divided_ones(found):
    for d in (16, 128, 512):
        assert min(seeds(found, "none", "small", d)) > 0.97
        short, root = (seeds(found, *arm, d, at=2) for arm in (("none", "small"), ("root", "unit")))
        assert min(short) > min(root) - 0.01
    assert min(seeds(found, "none", "small", 16, at=2)) > max(
        seeds(found, "root", "unit", 16, at=2)
    )


def test_reversal_differs_by_the_step_and_not_by_saturation(found):
    runs = {
        (of, name): list(found[of][name].values())
        for of in ("reversal", "slower")
        for name in ("none", "root")
    }
    at12 = {arm: [run["12"] for run in of] for arm, of in runs.items()}
    assert all(len(of) == 3 for of in at12.values())
    assert max(run["spread"] for run in runs["reversal", "none"]) < 0.35
    assert max(at12["reversal", "none"]) < min(at12["reversal", "root"])
    for name in ("none", "root"):
        assert min(at12["slower", name]) > max(at12["reversal", name])
    gaps = {
        of: sum(at12[of, "root"]) / 3 - sum(at12[of, "none"]) / 3 for of in ("reversal", "slower")
    }
    assert gaps == pytest.approx({"reversal": 0.19, "slower": 0.07}, abs=0.01)
    at16 = {name: [run["16"] for run in runs["slower", name]] for name in ("none", "root")}
    assert max(at16["root"]) < 0.16 < 0.57 < min(at16["none"])


def test_the_pages_seed_is_the_benchmarks(names, found):
    for name, run in names["mine"].items():
        kept = found["lookup"][name]["unit"]["128"]["0"]["right"]
        assert run["right"] == pytest.approx(kept, abs=0.1)


# ------------------------------------------------------------------ by hand, masks, empty rows


def test_the_way_back_is_torchs(names):
    assert (names["dS"].abs() < 1e-12).all()
    for mine, other in zip(names["ours"], names["theirs"], strict=True):
        torch.testing.assert_close(mine, other)


def test_torchs_triangle_stands_in_the_other_corner(names):
    assert (names["seen"] > 0).int().tolist() == [[1, 0, 0, 0, 0], [1, 1, 0, 0, 0]]


def test_one_empty_row_spoils_what_the_text_says(names):
    added = names["attempt"](lambda Q, K, V: names["summed"](Q, K) @ V)
    assert added[1] == [64, 64, 64]
    losses = {round(names["attempt"](mend)[0], 5) for mend in names["mends"].values()}
    assert len(losses) == 1
    assert list(names["spoilt_by"].values()) == [
        [0, 0, 64],
        [0, 0, 64],
        [64, 64, 0],
        [0, 0, 0],
        [0, 0, 0],
    ]


def test_what_torch_does_with_an_empty_row_is_what_the_text_says(names):
    rows = names["empty_rows"]
    for masked in ("booleans", "-inf"):
        assert rows[f"function, {masked}"] == "zeros    gradient finite"
    assert rows["function, finfo.min"].startswith("numbers")
    assert rows["layer, training, need_weights=False"] == "zeros    gradient finite"
    others = {name: said for name, said in rows.items() if name.startswith("layer")}
    others.pop("layer, training, need_weights=False")
    assert all(said.startswith("nan") for said in others.values())


def test_large_scores_cost_accuracy_in_half_precision(names):
    errors = names["errors"]
    for dtype in (torch.float16, torch.bfloat16):
        assert 2 < errors[dtype, "none"][0] / errors[dtype, "root"][0] < 4
        assert errors[dtype, "none"][1] > 10 * errors[dtype, "root"][1]  # at worst
    assert errors[torch.bfloat16, "none"][1] == pytest.approx(0.05, abs=0.01)
    assert errors[torch.bfloat16, "root"][0] > errors[torch.float16, "root"][0]


def test_time_grows_about_as_the_square(names):
    costs = names["costs"]
    assert costs[-1][1] / costs[1][1] > 16  # three doublings; linear would be 8
    assert costs[-1][3] == 16.0  # MiB
    assert (costs[:, 1] > costs[:, 0]).all()
