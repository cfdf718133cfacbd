"""The explorer computes attn's alignments, and shows what was measured."""

import javascript
import numpy as np
import pytest
import torch

from attn.alignment import alignment_error_rate, most_read_pairs
from attn.experiments.record import record
from attn.widgets.align import AlignWidget


def test_the_hard_alignment_is_attns(tmp_path):
    rng = np.random.default_rng(0)
    tables = [rng.dirichlet(np.ones(T), size=n) for n, T in ((1, 1), (3, 4), (6, 2), (5, 5))]
    found = javascript.call(tmp_path, "align", "found", [[table.tolist()] for table in tables])
    for table, pairs in zip(tables, found, strict=True):
        assert {tuple(pair) for pair in pairs} == most_read_pairs(torch.from_numpy(table))


def test_the_error_rate_is_attns(tmp_path):
    rng = np.random.default_rng(1)
    cases = []
    for _ in range(100):
        found = [[i, int(rng.integers(4))] for i in range(5)]
        sure = [[i, int(rng.integers(4))] for i in range(int(rng.integers(1, 5)))]
        cases.append([found, sure, [[i, int(rng.integers(4))] for i in range(3)]])
    said = javascript.call(tmp_path, "align", "errorRate", cases)
    for case, rate in zip(cases, said, strict=True):
        expected = alignment_error_rate(*({tuple(p) for p in pairs} for pairs in case))
        assert rate == pytest.approx(expected)


def test_gold_is_sure_before_it_is_possible(tmp_path):
    sentence = {
        "english": ["does", "not", "see"],
        "sure": [[0, 1]],
        "possible": [[0, 0], [0, 1], [1, 2]],
    }
    said = javascript.call(tmp_path, "align", "gold", [[sentence, 0], [sentence, 1]])
    assert said == [["possibly", "surely", ""], ["", "", "possibly"]]


def test_it_shows_what_was_measured():
    results = record("bahdanau")["results"]["translation"]
    widget = AlignWidget(
        {name: results[name]["0"]["sentences"] for name in ("additive", "general")}
    )
    for name, sentences in widget.models.items():
        assert sentences == results[name]["0"]["sentences"]
        for sentence in sentences:
            weights = np.array(sentence["weights"])
            assert weights.shape == (len(sentence["french"]), len(sentence["english"]))
            np.testing.assert_allclose(weights.sum(1), 1, atol=0.002)
    a, b = widget.models.values()
    assert [s["french"] for s in a] == [s["french"] for s in b]
