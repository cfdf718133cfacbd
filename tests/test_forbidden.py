"""Forbidden calls are found where an answer makes them, and only there."""

import pytest

from autograder.checks import find
from autograder.forbidden import forbidden_calls
from autograder.submission import StudentCell

DOT = find("dot_product_attention")
STABLE = find("stable_softmax")


def lines(exercise, *cells):
    numbered = [StudentCell(i, source, name) for i, (source, name) in enumerate(cells, start=1)]
    return [flag.line for flag in forbidden_calls(exercise, numbered)]


@pytest.mark.parametrize(
    "call",
    [
        "torch.nn.functional.scaled_dot_product_attention(Q, K, V)",
        "F.scaled_dot_product_attention(Q, K, V)",
        "scaled_dot_product_attention(Q, K, V)",
        "nn.MultiheadAttention(4, 1)(Q, K, V)[0]",
    ],
)
def test_a_call_is_flagged_with_its_line(call):
    source = f"def dot_product_attention(Q, K, V, mask=None, temperature=1.0):\n    return {call}\n"
    (flag,) = forbidden_calls(DOT, [StudentCell(1, source, DOT.name)])
    assert (flag.line, flag.source) == (2, f"return {call}")


def test_a_helper_is_searched_and_a_trial_is_not():
    helper = "def mine(x):\n    return torch.softmax(x, -1)"
    assert lines(STABLE, (helper, "")) == [2]
    assert lines(STABLE, ("torch.softmax(torch.zeros(3), -1)", "")) == []


def test_another_exercise_may_call_it():
    assert lines(STABLE, ("def masked_softmax(s, m): return s.softmax(-1)", "masked_softmax")) == []


def test_a_function_of_ones_own_may_have_the_name():
    own = "def softmax(x):\n    return x\n\ndef stable_softmax(scores):\n    return softmax(scores)"
    assert lines(STABLE, (own, STABLE.name)) == []


def test_magics_are_understood_and_what_is_no_python_is_passed_over():
    magic = "%matplotlib inline\n!ls\ndef stable_softmax(s):\n    return scipy.special.softmax(s)"
    assert lines(STABLE, (magic, STABLE.name)) == [4]
    assert lines(STABLE, ("def broken(:", STABLE.name)) == []
    assert lines(STABLE, ("(" * 50_000, STABLE.name)) == []
    assert lines(STABLE, ("x = " + "-" * 20_000 + "1", STABLE.name)) == []


def test_an_exercise_that_forbids_nothing_has_no_flags():
    assert lines(find("entropy"), ("def entropy(w): return softmax(w)", "entropy")) == []
