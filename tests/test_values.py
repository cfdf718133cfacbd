"""What may cross between judge and judged, and what it becomes on the other side."""

import json
from collections import Counter, OrderedDict, defaultdict, namedtuple

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from autograder.values import (
    CannotCross,
    Fixture,
    Foreign,
    Leaf,
    Packed,
    Raises,
    Seed,
    form,
    pack,
    unpack,
)

SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20)
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=8,
)


def same(a, b) -> bool:
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(same(a[key], b[key]) for key in a)
    if isinstance(a, list):
        return len(a) == len(b) and all(map(same, a, b))
    return a == b or (a != a and b != b)


@given(VALUES)
def test_plain_values_survive_and_their_tree_is_json(value):
    packed = pack(value)
    through = Packed(json.loads(json.dumps(packed.tree)), packed.arrays)
    assert same(unpack(through), value)


Pair = namedtuple("Pair", "a b")


@pytest.mark.parametrize(
    ("value", "plain"),
    [
        (OrderedDict(a=1), {"a": 1}),
        (defaultdict(float, a=1.0), {"a": 1.0}),
        (Counter("aab"), {"a": 2, "b": 1}),
        (np.array(["cat", "sat"])[0], "cat"),
        ({np.str_("cat"): np.float64(0.5)}, {"cat": 0.5}),
        (Pair(1, [2]), [1, [2]]),
        (torch.ones(2, 3).shape, [2, 3]),
    ],
)
def test_what_a_library_returns_for_a_plain_value_is_that_value(value, plain):
    packed = pack(value)
    assert unpack(packed) == plain
    assert form(packed) == form(pack(plain))


@given(
    npst.arrays(
        st.sampled_from(["float64", "float32", "int64", "int8", "bool", "uint8"]),
        npst.array_shapes(min_dims=0, max_side=4),
    )
)
def test_arrays_survive_bit_for_bit(array):
    back = unpack(pack(array))
    assert back.dtype == array.dtype
    assert back.shape == array.shape
    assert back.tobytes() == array.tobytes()


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16, torch.float64, torch.bool])
def test_tensors_survive(dtype):
    tensor = torch.tensor([[0.0, 1.0], [2.5, 3.0]]).to(dtype)
    back = unpack(pack(tensor))
    assert back.dtype == dtype
    assert torch.equal(back, tensor)


def test_nothing_is_shared():
    tensor, array = torch.zeros(2), np.zeros(2)
    packed = pack([tensor, array])
    tensor += 1
    array += 1
    first, second = unpack(packed, device="cpu")
    assert first.sum() == 0
    assert second.sum() == 0
    first += 1
    assert unpack(packed, device="cpu")[0].sum() == 0


class Sly(torch.Tensor):
    pass


@pytest.mark.parametrize(
    "value",
    [
        object(),
        Sly(),
        {1: "a key that is not a string"},
        np.array([object()]),
        np.array(["text"]),
        torch.zeros(2).to_sparse(),
        (i for i in range(2)),
        1j,
    ],
    ids=lambda value: type(value).__name__,
)
def test_anything_else_arrives_as_the_name_of_its_type(value):
    assert isinstance(unpack(pack(value)), Foreign)


@pytest.mark.parametrize("make", [torch.zeros, np.zeros])
def test_more_dimensions_than_numpy_knows_do_not_cross(make):
    assert isinstance(unpack(pack(make((1,) * 33))), Foreign)
    with pytest.raises(CannotCross):
        unpack(Packed({"t": "tensor", "i": 0}, [torch.zeros((1,) * 65)]))


def test_every_integer_that_crosses_has_its_float():
    assert float(unpack(pack(10**300 - 1))) > 9e299
    assert isinstance(unpack(pack(10**300)), Foreign)


def test_nesting_is_cut():
    value: list = []
    for _ in range(1000):
        value = [value]
    back = unpack(pack(value))
    while isinstance(back, list):
        back = back[0]
    assert isinstance(back, Foreign)


def test_the_forms():
    value = [np.float64(1), 2, np.zeros(()), torch.zeros(2, 3), np.zeros((1,)), None, "a"]
    assert form(pack(value)) == [
        Leaf("number"),
        Leaf("number"),
        Leaf("number"),
        Leaf("tensor", (2, 3), "float32", "cpu"),
        Leaf("array", (1,), "float64"),
        "none",
        "str",
    ]


def test_seeds_become_generators_and_repeat_themselves():
    packed = pack([Seed(3), Seed(3), Seed(3, "numpy")])
    a, b, c = unpack(packed, device="cpu")
    assert torch.equal(torch.rand(4, generator=a), torch.rand(4, generator=b))
    assert c.normal() == np.random.default_rng(3).normal()


def test_fixtures_become_functions():
    assert unpack(pack(Fixture("square")), device="cpu")(torch.tensor(3.0)) == 9
    with pytest.raises(LookupError, match="square"):
        unpack(pack(Fixture("cube")), device="cpu")


def test_a_fixture_brings_what_it_was_given():
    fixture = Fixture("square", {"x": torch.tensor(3.0)})
    assert unpack(pack([fixture, torch.tensor(1.0)]), device="cpu")[0]() == 9
    assert unpack(pack(fixture)).given["x"] == 3
    malformed = pack(fixture).tree | {"given": {"t": "none"}}
    assert unpack(Packed(malformed, [])) == Fixture("square", None)


def test_an_expected_error_crosses():
    assert unpack(pack(Raises("KeyError"))) == Raises("KeyError")


@pytest.mark.parametrize(
    "tree",
    [
        {},
        {"t": "bomb"},
        {"t": "tensor", "i": 7},
        {"t": "tensor", "i": "0"},
        {"t": "float", "v": "one"},
        {"t": "int", "v": "9" * 500},
        {"t": "list", "v": 3},
        {"t": "dict", "v": [1]},
        {"t": "int", "v": "9" * 302},
        {"t": "list", "v": [{"t": "none"}] * 60_000},
        {"t": "list", "v": [{"t": "tensor", "i": 0}] * 2},
        {"t": "tensor", "i": -1},
        {"t": "str", "v": ["not", "a", "text"]},
    ],
    ids=lambda tree: str(tree)[:30],
)
def test_a_malformed_tree_raises_one_kind_of_error(tree):
    with pytest.raises(CannotCross):
        unpack(Packed(tree, [torch.zeros(1)]))
