"""What the prose of chapter 4 says is what its cells compute and its result file holds."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from attn.experiments.record import record
from attn.experiments.reversal import LENGTHS

PAGE = Path(__file__).parents[1] / "book" / "seq2seq_bottleneck.md"
AT = {length: place for place, length in enumerate(LENGTHS)}


@pytest.fixture(scope="module")
def found() -> dict[str, Any]:
    return record("seq2seq_bottleneck")["results"]


def by_length(runs: dict[str, Any], length: int) -> list[float]:
    rows = [run["accuracy"] if isinstance(run, dict) else run for run in runs.values()]
    return [row[AT[length]] for row in rows]


def test_one_vector_falls_and_attention_does_not(found):
    assert len(found["none"]) >= 3
    assert len(found["additive"]) >= 3
    assert min(by_length(found["none"], 4)) > 0.95
    assert 0.3 < np.mean(by_length(found["none"], 8)) < 0.7
    assert max(by_length(found["none"], 10)) < 0.5 < min(by_length(found["additive"], 10))
    assert max(by_length(found["none"], 12)) < 0.05
    assert max(by_length(found["additive"], 20)) < 0.1  # attention is not right at every length


def test_more_numbers_move_the_fall(found):
    narrow, wide = (found["width"][n]["0"] for n in ("16", "128"))
    usual = found["none"]["0"]["accuracy"]
    assert narrow[AT[8]] < usual[AT[8]] < wide[AT[8]]
    assert max(run[AT[14]] for run in (narrow, usual, wide)) < 0.1


def test_open_gates_cure_distance_and_not_load(found):
    first = found["first_symbol"]
    for T in ("10", "20", "40"):
        assert min(first["open"][T].values()) > 0.99
    for cell in ("rnn", "gru"):
        for T in ("20", "40"):
            assert max(first[cell][T].values()) < 0.2
    opened = by_length(found["gates_open"], 10)
    assert max(opened) < np.mean(by_length(found["none"], 10))


def test_the_gradient_reaches_every_letter(found):
    assert all(min(run["gradient"]) > 0.5 for run in found["none"].values())


def test_reading_backwards_helps_at_length_8_on_every_seed(found):
    forwards, backwards = (found["one_way"][task] for task in ("copy", "reversal"))
    gains = [b - a for a, b in zip(by_length(forwards, 8), by_length(backwards, 8), strict=True)]
    assert min(gains) > 0
    assert max(by_length(backwards, 12)) < 0.1


def test_the_seed_of_the_page_lies_among_the_seeds(names, found):
    for place, share in enumerate(names["mine"]):
        seeds = [run["accuracy"][place] for run in found["none"].values()]
        assert min(seeds) - 0.15 < share < max(seeds) + 0.15


def test_what_the_page_computes(names):
    assert names["histories"]["not shifted"][-1] < 0.01
    assert names["leaky"]["not shifted"] < 0.01 < 0.5 < names["leaky"]["shifted"]
    assert min(names["profile"]) > 0.4
    places = names["places"]
    assert places[0] > 0.95
    assert places[-1] < 0.5
    assert (places.diff() < 0.05).all()  # "from there it goes downhill"
    norms = [names["gradient_norms"](cell, 40, seed=0) for cell in ("rnn", "gru", "open")]
    shares = [(n[0] / n[-1]).item() for n in norms]
    assert 1e-13 < shares[0] < 1e-11
    assert 1e-9 < shares[1] < 1e-7
    assert shares[2] > 0.3


def test_attentions_time_grows_faster(names):
    growth = [
        names["writing"](kind, 80) / names["writing"](kind, 20) for kind in ("none", "additive")
    ]
    assert growth[1] > growth[0]
