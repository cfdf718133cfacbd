"""Alignments from weights, and their error rate, by its properties and by hand."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from attn.alignment import alignment_error_rate, most_read_pairs
from attn.experiments import translation

PAIRS = st.frozensets(st.tuples(st.integers(0, 4), st.integers(0, 4)), max_size=8)


def test_each_row_reads_its_largest_weight():
    weights = torch.tensor([[0.1, 0.7, 0.2], [0.5, 0.2, 0.3]])
    assert most_read_pairs(weights) == {(0, 1), (1, 0)}


@given(PAIRS.filter(bool), PAIRS, PAIRS)
def test_it_is_a_rate_and_sure_pairs_are_perfect(found, sure, possible):
    assert 0 <= alignment_error_rate(found, sure, possible) <= 1
    if sure:
        assert alignment_error_rate(sure, sure, possible) == 0


@given(PAIRS.filter(bool), PAIRS.filter(bool))
def test_without_possible_pairs_it_is_one_minus_f1(found, sure):
    f1 = 2 * len(found & sure) / (len(found) + len(sure))
    assert alignment_error_rate(found, sure, sure) == pytest.approx(1 - f1)


def test_a_pair_that_is_only_possible_is_not_held_against_anybody():
    sure = {(0, 0)}
    assert alignment_error_rate({(0, 0), (1, 2)}, sure, {(1, 2), (1, 3)}) == 0
    assert alignment_error_rate({(0, 0), (1, 2)}, sure, set()) == pytest.approx(1 / 3)


def test_nothing_against_nothing_is_refused():
    with pytest.raises(ValueError, match="no rate"):
        alignment_error_rate(set(), set(), {(0, 0)})


def test_reading_gold_is_right_in_every_kind_of_word_and_as_good_as_can_be():
    of = translation.task()
    gold = translation.gold_pairs(of)
    assert {(n, i) for n, i, _ in gold} == {
        (n, i) for n, s in enumerate(of.test) for i in range(len(s.french))
    }
    read = translation.read_by_kind(gold, of)
    assert read.pop("article's noun") == 0
    assert set(read) == {"article", "noun", "adjective", "verb", "negation"}
    assert set(read.values()) == {1.0}
    best = translation.error_rate(gold, of)
    assert 0 < best < 0.05 < translation.error_rate(translation.diagonal_pairs(of), of)
