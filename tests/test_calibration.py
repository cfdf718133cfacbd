"""A slow machine gets longer limits, in proportion; a fast one no shorter ones."""

import time

import pytest
from bank.build import filled

from autograder import calibration
from autograder.calibration import MOST, REFERENCE_SECONDS, factor_of
from autograder.grade import How, grade_notebook
from autograder.manifest import Manifest
from autograder.sandbox import Limits
from autograder.submission import Notebook


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


@pytest.mark.parametrize("slower", [1.0, 2.0, 3.5, MOST])
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


SLOW = """
# %% entropy
import time


def entropy(weights):
    time.sleep(0.4)
    return -torch.special.xlogy(weights, weights).sum(-1)
"""


@pytest.mark.parametrize(("slower", "status"), [(1.0, "failed"), (10.0, "passed")])
def test_right_code_on_a_slow_machine_is_right(monkeypatch, slower, status):
    """In a real sandbox: what takes 1.6 s is stopped after 1 s, but not where all is slow."""
    monkeypatch.setattr(calibration, "factor", lambda: slower)
    slug = "queries_keys_values"
    how = How(seed=1, limits=Limits(seconds_per_check=1))
    verdict = grade_notebook(Notebook(filled(slug, SLOW), ""), "ada", Manifest.load(slug), how)
    entropy = next(e for e in verdict.exercises if e.exercise == "entropy")
    assert entropy.status == status, entropy.error
    assert ("did not return within 1 s" in entropy.error) == (status == "failed")
    assert verdict.limits is not None
    assert verdict.limits.seconds_per_check == slower
