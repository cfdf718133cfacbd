"""What the prose of chapter 18 says is what its cells compute and its result file holds."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from attn.data.digits import digits
from attn.experiments import clutter
from attn.experiments.record import record
from attn.experiments.vit import ARMS, accuracy, by_shift

PAGE = Path(__file__).parents[1] / "book" / "vision_transformer.md"


@pytest.fixture(scope="module")
def found() -> dict[str, Any]:
    return record("vision_transformer")["results"]


def marks(found, arm: str, moved: str = "0") -> list[float]:
    return [run[moved] for run in found["arms"][arm].values()]


def test_every_arm_was_measured_on_the_same_seeds(found):
    seeds = set(found["arms"]["CNN"])
    assert len(seeds) >= 3
    assert all(set(found["arms"][arm]) == seeds for arm in ARMS)
    assert all(set(found["clutter"][arm]) == seeds for arm in clutter.ARMS)
    assert set(found["shaken"]["patch 4"]) == seeds
    assert all(set(runs) == seeds for runs in found["longer"].values())
    for arm in ("patch 4", "CNN"):
        assert all(set(runs) == seeds for runs in found["few"][arm].values())


def test_positions_matter_as_far_as_patches_are_small(found):
    small = np.mean(marks(found, "patch 2")) - np.mean(marks(found, "patch 2, no positions"))
    large = np.mean(marks(found, "patch 4")) - np.mean(marks(found, "patch 4, no positions"))
    assert small > 0.2
    assert abs(large) < 0.02
    assert 0.68 < np.mean(marks(found, "patch 2, no positions")) < 0.78


def test_the_cnn_is_ahead_and_a_line_is_as_good_as_any_vit(found):
    means = {arm: np.mean(marks(found, arm)) for arm in ARMS}
    assert max(means, key=lambda arm: means[arm]) == "CNN"
    vits = [means[arm] for arm in ARMS if arm != "CNN"]
    assert found["line"]["all"]["0"] > max(vits) - 0.01
    assert max(vits) == means["patch 8"]


def test_more_batches_bring_patches_up_to_the_line_and_the_cnn_stays_ahead(found):
    longer = {
        arm: np.mean([run["0"] for run in found["longer"][arm].values()])
        for arm in ("patch 2", "patch 4", "CNN")
    }
    for arm in ("patch 2", "patch 4"):
        assert longer[arm] > np.mean(marks(found, arm))
        assert longer[arm] == pytest.approx(found["line"]["all"]["0"], abs=0.01)
        assert longer["CNN"] > longer[arm] + 0.01


def test_one_pixel_costs_half_and_two_are_a_whole_patch(found):
    for arm in ARMS:
        one, whole = np.mean(marks(found, arm, "1")), np.mean(marks(found, arm))
        assert (one > 0.7) if arm == "CNN" else (one < 0.55 * whole)
    bag = "patch 2, no positions"
    ones = {arm: np.mean(marks(found, arm, "1")) for arm in ARMS}
    assert min(ones, key=lambda arm: ones[arm]) == bag
    twos = {arm: np.mean(marks(found, arm, "2")) for arm in ARMS}
    assert max(twos, key=lambda arm: twos[arm]) == bag


def test_training_on_moved_digits_mends_one_pixel(found):
    plain, shaken = np.mean(marks(found, "patch 4", "1")), found["shaken"]["patch 4"]
    assert min(run["1"] for run in shaken.values()) > plain + 0.3
    assert max(run["2"] for run in shaken.values()) < 0.5
    cost = np.mean(marks(found, "patch 4")) - np.mean([run["0"] for run in shaken.values()])
    assert 0.02 < cost < 0.08


def test_the_fewer_the_digits_the_further_behind(found):
    behind = [np.mean(marks(found, "CNN")) - np.mean(marks(found, "patch 4"))]
    for n in ("300", "100"):
        cnn, vit = (np.mean(list(found["few"][arm][n].values())) for arm in ("CNN", "patch 4"))
        behind.append(cnn - vit)
    assert behind == pytest.approx([0.02, 0.03, 0.05], abs=0.006)
    assert found["line"]["100"]["0"] > np.mean(list(found["few"]["CNN"]["100"].values()))


def test_rollout_is_better_than_ink_and_far_from_erasing(found):
    for run in found["clutter"]["ViT"].values():
        claims = run["claims"]
        for what, better in (("in digit", 1), ("agrees", 1), ("after", -1)):
            values = {name: better * claim[what] for name, claim in claims.items()}
            assert values["chance"] < values["ink"] < values["rollout"] < values["erasing"]
        assert claims["erasing"]["in digit"] > 0.85
        assert claims["rollout"]["in digit"] < 0.75


def test_a_learned_query_looks_at_the_digit(found):
    runs = found["clutter"]
    assert min(run["in digit"] for run in runs["CNN, attention"].values()) > 0.9
    best = {arm: [run["right"] for run in runs[arm].values()] for arm in clutter.ARMS}
    assert min(best["CNN, attention"]) > max(best["CNN, mean"] + best["ViT"])


def test_the_page_trains_what_the_file_holds(names, found):
    first = found["arms"]["patch 4"]["0"]
    assert accuracy(names["quarter"], digits()[1]) == pytest.approx(first["0"], abs=0.03)
    assert by_shift(names["quarter"])[1] == pytest.approx(first["1"], abs=0.1)
    ours, theirs = names["reader"], found["clutter"]["ViT"]["0"]
    assert clutter.accuracy(ours, names["canvases"]) == pytest.approx(theirs["right"], abs=0.04)
    rolled = clutter.claims(ours, names["canvases"])["rollout"]
    share = clutter.in_digit(rolled, names["canvases"].inside)
    assert share == pytest.approx(theirs["claims"]["rollout"]["in digit"], abs=0.06)


def test_numpy_and_pytorch_say_the_same(names):
    np.testing.assert_allclose(names["logits"].detach().numpy(), names["by_hand"], atol=1e-12)
    assert np.array_equal(names["patches"][1], [0, 1, 1, 0])
    assert np.array_equal(names["patches"][1], names["patches"][2])


def test_two_pictures_of_the_same_patches_are_one_without_places(names):
    both = torch.from_numpy(np.stack([names["patches"], names["other"]]))
    with torch.no_grad():
        for model, apart in ((names["model"], True), (names["blind"], False)):
            one, two = model.read(model.embed(both))[0]
            assert ((one - two).abs().max() > 1e-6) == apart


def test_one_of_the_canvases_of_the_widget_is_read_wrongly(names):
    first = clutter.Canvases(*(part[:8] for part in names["canvases"]))
    assert 0.3 < clutter.accuracy(names["reader"], first) < 1


def test_moved_by_a_patch_the_alphabet_is_the_same(names):
    whole, one, two = (names["known"](by) for by in (0, 1, 2))
    assert whole == two == 1
    assert one < 0.05


def test_half_the_patch_costs_more_and_more(names):
    times = names["times"]
    assert times[4] > 2 * times[8]
    assert times[4] > 4 * times[16]


def test_the_matching_is_not_the_greedy_one(names):
    assert names["which_object"].tolist() == [1, 0]
    assert names["cost"][[0, 1], [1, 0]].sum() < names["cost"].trace()
