"""The benchmark of grading: its ratios are those of what was measured, and a miss is called one."""

import io

from rich.console import Console

from benchmarks import grading
from benchmarks.contenders import Class
from benchmarks.spending import Spent


def a_result(tmp_path, ours):
    runs = {
        ("ours", 20, 1): [Spent(9, 2.0), Spent(9, 2.2), Spent(9, 1.8)],
        ("ours", 200, 1): [Spent(30, ours * 200)],
        ("nbgrader autograde", 10, 1): [Spent(40, 30.0)],
        ("floor", 20, 1): [Spent(2, 1.0)],
        ("our feedback", 10, 1): [Spent(1, 0.5)],
        ("nbgrader generate_feedback", 10, 1): [Spent(9, 5.0)],
    }
    the = Class(tmp_path, ("human_attention",))
    return grading.summarise(runs, {"otter run": "no network"}, {}, {}, [20, 200], 3, the)


def test_ratios_are_of_processor_time_a_notebook(tmp_path):
    result = a_result(tmp_path, ours=0.1)
    assert result["ratio_to_stock"] == 30
    assert result["ratio_to_floor"] == 2
    assert result["ratio_feedback"] == 10
    assert result["largest_to_smallest_class"] == 1
    assert result["cpu_seconds_each_more"] == {"ours": 0.1, "floor": None}
    assert all(result["reached"].values())
    assert result["lines"][0]["cpu_seconds_each"] == [0.1, 0.09, 0.11]


def test_a_goal_that_is_missed_is_said_to_be(tmp_path):
    result = a_result(tmp_path, ours=0.2)
    assert not any(result["reached"][name] for name in ("ratio_to_stock", "ratio_to_floor", "flat"))
    said = io.StringIO()
    grading.show(result, Console(file=said, width=120))
    assert said.getvalue().count("MISSED") == 3
    assert "otter run: not measured: no network" in said.getvalue()


def test_processor_time_counts_what_nobody_waits_for(tmp_path):
    from benchmarks.spending import spend

    busy = "import time; t = time.process_time()\nwhile time.process_time() - t < 0.3: pass"
    spent = spend([["python3", "-c", busy]], {0}, tmp_path)
    assert 0.25 < spent.cpu < 5
    assert spent.wall >= 0.3


def test_a_class_smaller_than_the_course_has_one_student(tmp_path):
    the = Class(tmp_path, ("human_attention", "queries_keys_values"))
    assert [the.count(size) for size in (1, 2, 5)] == [2, 2, 4]
    assert len(list(the.submissions(1).glob("*/*/*.ipynb"))) == 2
