"""When two values are the same, and what is said when they are not."""

import numpy as np
import pytest
import torch

from autograder.compare import Refuted, agree, tolerance


@pytest.mark.parametrize(
    ("yours", "expected", "because"),
    [
        (
            torch.tensor([1.0, 2.0]),
            torch.tensor([1.0, 2.5]),
            "1 of 2 values is wrong, by up to 0.5",
        ),
        (np.array([np.nan, 1.0]), np.array([0.0, 1.0]), "1 of 2 values is nan"),
        (np.array([np.inf]), np.array([1.0]), "1 of 1 values is wrong"),
        (2.0, 1.0, "2, expected 1"),
        (torch.zeros(2), torch.zeros(3), "shape (2,), expected (3,)"),
        ([1.0], [1.0, 2.0], "1 items, expected 2"),
        ([1.0], 1.0, "one is a list, the other is not"),
        ({"a": 1.0}, {"b": 1.0}, "the keys are ['a'], expected ['b']"),
        ({"a": 1.0}, {"a": 2.0}, "'a': 1, expected 2"),
        (1.0, {"a": 2.0}, "one is a dict, the other is not"),
        ("le chat", "the cat", "not what is expected"),
        (None, 1.0, "not what is expected"),
    ],
)
def test_what_differs_is_said(yours, expected, because):
    with pytest.raises(Refuted) as refuted:
        agree(yours, expected)
    assert because in refuted.value.because


@pytest.mark.parametrize(
    ("yours", "expected"),
    [
        (np.float64(1), 1),
        (torch.tensor([1.0, np.nan]), torch.tensor([1.0, np.nan])),
        (np.array([np.inf, -np.inf]), np.array([np.inf, -np.inf])),
        (torch.tensor([1.00001]), torch.tensor([1.0])),
        ([1, "a", None], [1, "a", None]),
        ({"a": [1.0]}, {"a": (1.0,)}),
    ],
)
def test_what_is_equal_agrees(yours, expected):
    agree(yours, expected)


def test_the_tolerance_follows_the_dtype_and_the_device():
    assert tolerance("float64") < tolerance("float32") < tolerance("float16")
    assert tolerance("float32") < tolerance("float32", device="cuda")
    close = torch.tensor([1.0], dtype=torch.float64) + 1e-6
    with pytest.raises(Refuted):
        agree(close, torch.ones(1, dtype=torch.float64))
    agree(close.float(), torch.ones(1))
    assert tolerance("float64") == tolerance("float64", device="cuda"), "it is not rounded there"


def test_a_number_is_as_exact_as_what_it_was_computed_from():
    with pytest.raises(Refuted):
        agree(1.00001, 1.0)
    agree(1.00001, 1.0, dtypes={"float32", "bool"})
    agree([{"a": 1.00001}], [{"a": 1.0}], dtypes={"float32"})


def test_what_cancels_may_keep_the_rounding_of_what_was_added():
    agree(torch.tensor([3e-5]), torch.tensor([0.0]), scale=10.0)
    with pytest.raises(Refuted):
        agree(torch.tensor([3e-5]), torch.tensor([0.0]))
    with pytest.raises(Refuted):
        agree(torch.tensor([3e-5]), torch.tensor([0.0]), scale=1.0)
