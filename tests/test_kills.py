"""Three kills over a class of thirty; ``make proof`` does fifty over five hundred."""

from benchmarks import kills


def test_a_worker_the_scheduler_and_the_coordinator_are_killed_and_nothing_is_lost(tmp_path):
    found = kills.prove(tmp_path, size=30, kills=3, seed=1)
    assert found["killed"] == {"worker": 1, "scheduler": 1, "coordinator": 1}
    assert found["coordinators"] >= 3, "the scheduler's and the coordinator's end need a new one"
    assert found["graded"] == 30
    assert (found["lost"], found["written_twice"]) == ([], [])
    assert found["other_than_undisturbed"] == []
