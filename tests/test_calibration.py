"""A slow machine gets longer limits, in proportion; a fast one no shorter ones."""

import time

import pytest

from autograder import calibration
from autograder.calibration import MOST, REFERENCE_SECONDS, factor_of
from autograder.sandbox import Limits


@pytest.fixture
def clock(monkeypatch):
    """A machine on which the workload takes as long as the test says; the times are a list."""
    now, takes = [0.0], []

    def work():
        now[0] += takes.pop(0)

    monkeypatch.setattr(calibration.time, "perf_counter", lambda: now[0])
    monkeypatch.setattr(calibration, "workload", work)
    calibration._factor.cache_clear()
    yield takes
    calibration._factor.cache_clear()


@pytest.mark.parametrize("slower", [1.0, 2.0, 3.5, 7.0])
def test_limits_grow_as_the_machine_slows(clock, slower):
    clock += [slower * REFERENCE_SECONDS] * 3
    limits = Limits(seconds_per_check=10, seconds_per_cell=20, seconds_in_all=100)
    scaled = limits.for_machine(calibration.factor())
    assert scaled.seconds_per_check == pytest.approx(10 * slower)
    assert scaled.seconds_per_cell == pytest.approx(20 * slower)
    assert scaled.seconds_in_all == pytest.approx(100 * slower)
    assert (scaled.memory_mb, scaled.processes) == (limits.memory_mb, limits.processes)


def test_it_is_measured_once_a_process(clock):
    clock += [2 * REFERENCE_SECONDS] * 3
    assert calibration.factor() == calibration.factor() == 2.0
    assert clock == []


def test_one_hiccup_changes_nothing(clock):
    clock += [REFERENCE_SECONDS, 50 * REFERENCE_SECONDS, REFERENCE_SECONDS]
    assert calibration.factor() == 1.0


def test_a_fast_machine_keeps_the_limits_and_a_hopeless_one_has_an_end():
    assert factor_of([REFERENCE_SECONDS / 5] * 3) == 1.0
    assert factor_of([1000 * REFERENCE_SECONDS] * 3) == MOST


def test_the_workload_does_the_same_each_time_and_takes_a_moment():
    start = time.perf_counter()
    assert calibration.workload() == calibration.workload()
    assert time.perf_counter() - start < 200 * REFERENCE_SECONDS
