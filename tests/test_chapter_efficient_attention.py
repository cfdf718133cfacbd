"""What the prose of chapter 15 says is what its cells compute and its result file holds."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from attn.experiments import recall, span
from attn.experiments.record import record

PAGE = Path(__file__).parents[1] / "book" / "efficient_attention.md"
SQUARE = ("whole table", "torch's fused", "tiles (ours)")
LINEAR = ("window", "window + globals", "linear")
WITHOUT_TABLE = (*SQUARE[1:], *LINEAR)


@pytest.fixture(scope="module")
def found() -> dict[str, Any]:
    return record("attention")["results"]


@pytest.fixture(scope="module")
def cpu(found) -> dict[str, Any]:
    return found["cpu float32"]


def growth(cpu, name: str, what: str) -> float:
    """From T = 2,048 to 8,192, four times the length."""
    small, large = (cpu["forward"][name][T][what] for T in ("2048", "8192"))
    return large / small


def test_three_lines_are_steep_in_time_and_one_in_memory(cpu):
    for name in SQUARE:
        assert growth(cpu, name, "ms") > 10
    for name in LINEAR:
        assert growth(cpu, name, "ms") < 10
    assert growth(cpu, "whole table", "MiB") > 14
    for name in WITHOUT_TABLE:
        assert growth(cpu, name, "MiB") < 6


def test_nothing_measured_is_below_its_bound(cpu):
    machine = cpu["machine"]
    for name, cost in cpu["counted"]["4096"].items():
        bound = 1000 * max(cost["flops"] / machine["flops"], cost["bytes"] / machine["bytes"])
        assert cpu["forward"][name]["4096"]["ms"] > bound


def test_a_window_is_many_times_faster_and_smaller_than_the_table(cpu):
    whole, window = (cpu["forward"][name]["4096"] for name in ("whole table", "window"))
    assert whole["ms"] > 10 * window["ms"]
    assert whole["MiB"] > 10 * window["MiB"]


def test_the_softmax_reads_back_everything_and_a_linear_memory_does_not(found):
    for T in recall.PAIRS:
        assert min(found["recall"]["softmax"][str(T)].values()) > 0.99
    linear = [np.mean(list(found["recall"]["linear"][str(T)].values())) for T in recall.PAIRS]
    assert linear == sorted(linear, reverse=True)
    assert linear[0] > 0.95
    assert linear[-1] < 0.5
    for seed in "012":
        by_width = [found["width"]["8"][seed], found["recall"]["linear"]["32"][seed]]
        by_width += [found["width"][n][seed] for n in ("32", "64")]
        assert by_width == sorted(by_width)


def test_a_learned_span_ends_just_behind_what_is_needed(found):
    for lag in span.LAGS:
        for run in found["span"][str(lag)].values():
            assert run["span"] < lag < run["span"] + span.RAMP
            assert run["accuracy"] > 0.99
    assert all(run["span"] < 0.01 for run in found["span"]["2"].values())


def test_the_seeds_of_the_page_lie_among_the_seeds(names, found):
    seeds = found["recall"]["linear"]["32"].values()
    assert min(seeds) - 0.1 < names["mine_recall"] < max(seeds) + 0.1
    reaches = [run["span"] + span.RAMP for run in found["span"]["8"].values()]
    assert min(reaches) - 0.5 < names["mine_reach"] < max(reaches) + 0.5


def test_what_the_page_computes(names):
    assert names["o"] / names["l"] == pytest.approx(
        names["softmax"](names["toy"]) @ names["values"]
    )
    assert names["tiled"].flops == names["whole"].flops
    assert names["tiled"].intensity > 3 * names["whole"].intensity
    assert (names["hidden"] - names["blocks"]).abs().max() < 1e-5


def test_a_sum_in_sixteen_bits_stands_still(names):
    in_precision = names["in_precision"]
    assert in_precision(torch.bfloat16, 2048) == (2048, 0.5)
    assert in_precision(torch.bfloat16, 8192) == (4096, 1.0)
    assert in_precision(torch.float32, 16384) == (16384, 0.5)


def test_windows_reach_as_far_as_theory_says(names):
    for layers in (1, 2, 3, 4):
        assert names["line"](layers, []).endswith(f"{4 * layers + 1} inputs")
    assert names["line"](2, [0]).endswith("33 inputs")
    assert names["line"](1, [0]).endswith(" 6 inputs")


def test_the_masks_of_the_picture_need_these_tiles(names):
    picture = names["mask_tiles"](names["masks"], tile=8, alt="x")
    titles = [ax.get_title().split("\n")[1] for ax in picture.figure.axes]
    assert titles == [f"{n} of 36 tiles" for n in (21, 16, 11, 24)]


def test_half_the_toy_is_sparse(names):
    assert names["sparsemax"](names["halved"]).tolist() == [0, 0, 0, 0.75, 0.25, 0]


def test_memory_that_has_to_be_had_takes_time(names):
    for new, old in names["stepwise"].values():
        assert new > 1.2 * old
