"""What the prose of chapter 11 says is what its cells compute and its result file holds."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from attn.experiments.record import record
from attn.experiments.two_questions import marks, reads

PAGE = Path(__file__).parents[1] / "book" / "multi_head.md"


@pytest.fixture(scope="module")
def found() -> dict[str, Any]:
    return record("multi_head")["results"]


def both(runs: dict[str, Any]) -> list[float]:
    return [(run["marks"] if isinstance(run, dict) else run)[2] for run in runs.values()]


def test_one_head_answers_one_question_and_two_answer_both(found):
    assert len(found["heads"]["1"]) == len(found["heads"]["2"]) == 5
    for run in found["heads"]["1"].values():
        assert 0.15 < run["marks"][2] < 0.2
        assert max(run["marks"][:2]) > 0.95
        assert min(run["marks"][:2]) < 0.23
        [shares] = run["reads"]
        assert np.argmax(shares) == np.argmax(run["marks"][:2])
    assert {run["parameters"] for runs in found["heads"].values() for run in runs.values()} == {
        2164
    }
    for H in ("2", "4", "8"):
        assert min(both(found["heads"][H])) > 0.999
    assert max(both(found["wide"]["1"])) < 0.2
    assert min(both(found["wide"]["2"])) == 1


def test_a_bent_read_out_unpicks_one_average(found):
    assert min(both(found["bent"])) > 0.97
    for run in found["bent"].values():
        [[a, b]] = run["reads"]
        assert 2 < max(a, b) / min(a, b) < 4


def test_switching_a_head_off_kills_exactly_one_answer(found):
    for run in found["heads"]["2"].values():
        for h, (first, second, _) in enumerate(run["off"]):
            lost = int(np.argmax(run["reads"][h]))
            assert abs((first, second)[lost] - 0.1) < 0.015
            assert (first, second)[1 - lost] > 0.999
        assert all(max(share) > 0.89 for share in run["hears"])
        assert all(max(share) > 0.94 for share in run["reads"])


def test_four_heads_are_redundant_and_not_always_twofold(found):
    runs = list(found["heads"]["4"].values())
    assert all(run["pruned"][1] > 0.995 for run in runs)
    two_gone = sorted(run["pruned"][2] for run in runs)
    assert two_gone[3:] == [1, 1]
    assert 0.8 < two_gone[0] < two_gone[2] < 0.96
    assert all(run["by_importance"] == run["pruned"] for run in runs)


def test_the_gradients_estimate_is_worse_with_eight(found):
    runs = list(found["heads"]["8"].values())
    assert all(run["by_importance"] != run["pruned"] for run in runs)
    assert any(run["by_importance"][1] < 0.81 < 0.99 < run["pruned"][1] for run in runs)
    greedy, estimated = (
        np.mean([run[way] for run in runs], axis=0) for way in ("pruned", "by_importance")
    )
    assert greedy[2] > 0.95
    assert 0.6 < estimated[2] < 0.7


def test_reshape_alone_learns_less(found):
    two = sorted(both(found["unturned"]["2"]))
    assert two[0] < 0.25 < 0.85 < two[1] < two[2] < 0.96
    assert all(share < 0.2 for share in both(found["unturned"]["4"]))


def test_the_seed_of_the_page_lies_among_the_seeds(names, found):
    models = names["models"]
    assert marks(models["one head"]).both < 0.25
    assert marks(models["two heads"]).both > 0.99
    assert marks(models["four heads"]).both > 0.99
    off = [marks(models["two heads"], [h])[:2] for h in (0, 1)]
    assert all(min(pair) < 0.13 and max(pair) > 0.99 for pair in off)
    assert reads(models["two heads"]).amax(-1).min() > 0.9


def test_what_the_page_computes(names):
    assert np.abs(names["joined"] - names["summed"]).max() < 1e-12
    assert names["out"].shape == (2, 3, 8)
    assert (names["mine"] - names["same"]).abs().max() < 1e-12
    right, wrong = names["change"](names["MultiHead"]), names["change"](names["UnturnedHeads"])
    assert right[0] == right[1] == 0 < right[2]
    assert wrong[1] > 0
    assert names["X"].reshape(2, 3, 2)[0].flatten().tolist() == [10, 11, 12, 13, 20, 21]
    assert names["cost"][16] > names["cost"][1]
