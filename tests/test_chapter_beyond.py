"""What the prose of chapter 19 says is what its cells compute and its result file holds."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from attn.experiments import clicks, fetching, tones
from attn.experiments.record import record

PAGE = Path(__file__).parents[1] / "book" / "beyond.md"


@pytest.fixture(scope="module")
def found() -> dict[str, Any]:
    return record("beyond")["results"]


def heard(found, arm: str, number: str = "3 to 6", what: str = "all right") -> list[float]:
    return [run[what] for run in found["tones"][arm][number].values()]


def walked(found, arm: str, number: str = "1 to 6", what: str = "shortest") -> list[float]:
    return [run[what] for run in found["fetching"][arm][number].values()]


def judged(found, arm: str, what: str = "loss") -> list[Any]:
    return [run[what] for run in found["clicks"][arm].values()]


def test_every_arm_was_measured_on_three_seeds(found):
    assert set(found["tones"]) == set(tones.ARMS)
    assert set(found["fetching"]) == set(fetching.ARMS)
    assert set(found["clicks"]) == set(clicks.ARMS)
    runs = [*found["clicks"].values()]
    runs += [
        of for part in ("tones", "fetching") for arm in found[part].values() for of in arm.values()
    ]
    assert all(set(run) == {"0", "1", "2"} for run in runs)


def test_content_cannot_tell_equal_tones_apart_and_location_can(found):
    assert max(heard(found, "content", what="one of several")) < 0.5
    assert min(heard(found, "location", what="one of several")) > 0.9


def test_content_alone_is_worth_no_more_than_no_look(found):
    assert abs(np.mean(heard(found, "content")) - np.mean(heard(found, "no attention"))) < 0.05
    assert max(heard(found, "content")) < 0.15
    assert min(heard(found, "location")) > 0.85


def test_a_recurrent_encoder_puts_the_place_into_the_content_and_falls_first(found):
    assert min(heard(found, "content, context")) > 3 * max(heard(found, "content"))
    for number in ("8", "12"):
        context, location = (heard(found, arm, number) for arm in ("content, context", "location"))
        assert max(context) < min(location)
    fall = [
        np.mean(heard(found, arm)) - np.mean(heard(found, arm, "8"))
        for arm in ("content, context", "location")
    ]
    assert fall[0] > fall[1]


def test_twelve_tones_are_far_from_right(found):
    far = heard(found, "location", "12")
    assert max(far) < 0.6
    assert sorted(far)[1] > 0.35
    assert far[2] < 0.1
    assert min(far) > max(max(heard(found, arm, "12")) for arm in tones.ARMS if arm != "location")


def test_attention_walks_and_the_means_do_not(found):
    assert min(walked(found, "attention")) > 0.97
    assert (
        0.75 < min(walked(found, "attention", "12")) <= max(walked(found, "attention", "12")) < 0.99
    )
    assert min(walked(found, "attention", what="mass")) > 0.9
    for arm in ("mean", "mean of pairs"):
        assert max(walked(found, arm)) < 0.5
        assert min(walked(found, arm, what="best")) > 0.8  # a best first step is easy


def test_more_scenes_help_the_mean_of_pairs_with_few_things(found):
    def longer(arm: str, number: str) -> list[float]:
        return [run["shortest"] for run in found["fetching, longer"][arm][number].values()]

    assert np.mean(longer("mean", "1 to 6")) - np.mean(walked(found, "mean")) < 0.1
    assert min(longer("mean of pairs", "1 to 6")) > 0.95
    assert max(longer("mean of pairs", "12")) < min(walked(found, "attention", "12"))


def test_normalising_loses_the_count(found):
    best = judged(found, "sum", "best loss")[0]
    gap = {arm: [loss - best for loss in judged(found, arm)] for arm in clicks.ARMS}
    assert min(gap["softmax"]) > 2 * max(gap["unnormalised"])
    assert min(gap["sum"]) > 2 * max(gap["unnormalised"])
    assert max(gap["softmax and an empty place"]) < min(gap["softmax"]) / 2
    assert max(gap["softmax and an empty place"]) < max(gap["unnormalised"]) + 0.01


def test_the_softmax_tells_none_from_some_and_is_vague_about_how_many(found):
    true = [0.018, 0.076, 0.269, 0.622, 0.881, 0.971]
    by = {arm: np.mean(judged(found, arm, "by matching"), 0) for arm in clicks.ARMS}
    assert abs(by["softmax"][0] - true[0]) < 0.03
    assert by["softmax"][1] > true[1] + 0.05
    assert by["softmax"][5] < true[5] - 0.1
    assert by["sum"][0] > true[0] + 0.03
    assert np.abs(by["unnormalised"] - true).max() < np.abs(by["softmax"] - true).max() / 1.5


def test_the_page_trains_what_the_file_holds(names, found):
    for arm in ("content", "location"):
        filed = found["tones"][arm]["3 to 6"]["0"]
        assert names["mine"][arm]["all right"] == pytest.approx(filed["all right"], abs=0.05)
    filed = found["fetching"]["attention"]["1 to 6"]["0"]
    assert names["fetched"]["shortest"] == pytest.approx(filed["shortest"], abs=0.03)
    filed = found["clicks"]["unnormalised"]["0"]
    assert names["judged"]["loss"] == pytest.approx(filed["loss"], abs=0.01)


def test_by_hand(names):
    assert names["toy"] == pytest.approx([0.762, 0, 0.964, 0], abs=5e-4)
    assert names["by_hand"] == pytest.approx([-1.715], abs=1e-3)


def test_an_address_by_content_and_one_row_on(names):
    assert names["found_row"].argmax() == 1
    assert names["next_row"].argmax() == 2
    assert names["next_row"].sum() == pytest.approx(1)
