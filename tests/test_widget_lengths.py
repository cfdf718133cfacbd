"""The widget's numbers are the result file's, and its mistakes are mistakes."""

import json
from pathlib import Path

import javascript
import numpy as np
import pytest

from attn.experiments.reversal import LENGTHS, LONGEST
from attn.widgets.lengths import LengthsWidget, letters

RESULT = Path(__file__).parents[1] / "benchmarks/results/seq2seq_bottleneck.json"


@pytest.fixture(scope="module")
def found():
    return json.loads(RESULT.read_text("utf-8"))["results"]


@pytest.fixture(scope="module")
def runs(found):
    return {
        "none": [run["accuracy"] for run in found["none"].values()],
        "additive": list(found["additive"].values()),
    }


def test_means_and_spans_are_numpys(tmp_path, runs):
    for columns in runs.values():
        table = np.array(columns)
        (means,) = javascript.call(tmp_path, "lengths", "means", [[columns]])
        assert means == pytest.approx(table.mean(0).tolist())
        (spans,) = javascript.call(tmp_path, "lengths", "spans", [[columns]])
        assert np.array(spans).T.tolist() == [table.min(0).tolist(), table.max(0).tolist()]


@pytest.mark.parametrize(
    ("source", "written", "wrong"),
    [("abc", "cba.", []), ("abc", "cca.", [1]), ("abc", "cb.", [2, 3]), ("ab", "ba..", [3])],
)
def test_what_is_wrong(tmp_path, source, written, wrong):
    assert javascript.call(tmp_path, "lengths", "mistakes", [[source, written]]) == [wrong]


def test_the_nearest_length(tmp_path):
    asked = [[[4, 6, 8], x] for x in (0, 4.9, 5.1, 7.2, 30)]
    assert javascript.call(tmp_path, "lengths", "nearest", asked) == [0, 0, 1, 2, 2]


def test_it_shows_what_was_measured(found, runs):
    widget = LengthsWidget.measured(LENGTHS, shown=found["shown"], longest=LONGEST, **runs)
    assert widget.lengths == list(LENGTHS)
    for rows, length in zip(widget.shown, LENGTHS, strict=True):
        assert {len(row["source"]) for row in rows} == {length}
        assert all(set(row["source"]) <= set("abcdefghij") for row in rows)
    assert letters([3, 12, 2, 0, 0]) == "aj."


def test_the_words_before_it_is_touched_tell_the_truth(runs):
    none, additive = (np.array(runs[name]).mean(0) for name in ("none", "additive"))
    by_length = dict(zip(LENGTHS, zip(none, additive, strict=True), strict=True))
    assert by_length[4][0] > 0.95
    assert all(by_length[L][0] < 0.005 for L in LENGTHS if L >= 14)
    assert by_length[14][1] > 0.3
