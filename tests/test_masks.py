"""attn.masks, cell by cell."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from jaxtyping import TypeCheckError

from attn.equations import masks as equations
from attn.masks import causal_mask, padding_mask


@given(st.lists(st.integers(0, 8), min_size=1, max_size=5), st.integers(1, 8))
def test_padding_mask_equals_its_numpy_twin(lengths, T):
    mask = padding_mask(torch.tensor(lengths), T)
    assert mask.dtype == torch.bool
    assert mask.tolist() == equations.padding_mask(lengths, T).tolist()
    assert mask.sum(-1).tolist() == [min(length, T) for length in lengths]


def test_padding_mask_takes_any_leading_shape(device):
    lengths = torch.tensor([[1, 2], [3, 0]], device=device)
    mask = padding_mask(lengths, 3)
    assert (mask.shape, mask.device.type) == ((2, 2, 3), device.type)
    assert mask.sum(-1).tolist() == lengths.tolist()


@given(st.integers(1, 8), st.integers(1, 8))
def test_causal_mask_equals_its_numpy_twin(Tq, Tk):
    assert causal_mask(Tq, Tk).tolist() == equations.causal_mask(Tq, Tk).tolist()


@given(st.integers(1, 8), st.integers(0, 8))
def test_the_last_query_sees_every_key_and_each_earlier_one_sees_one_less(Tq, past):
    Tk = Tq + past
    assert causal_mask(Tq, Tk).sum(-1).tolist() == list(range(past + 1, Tk + 1))


def test_causal_mask_is_made_on_the_device_asked_for(device):
    assert causal_mask(2, 2, device=device).device.type == device.type


def test_lengths_that_are_not_whole_numbers_are_refused():
    with pytest.raises(TypeCheckError):
        padding_mask(torch.tensor([1.0]), 3)


def test_padding_mask_is_made_where_the_lengths_are():
    """A tensor on `meta` holds no numbers: comparing it with one made on the CPU is an error."""
    assert padding_mask(torch.empty(2, dtype=torch.int64, device="meta"), 3).device.type == "meta"
