"""attn.masks, cell by cell."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from jaxtyping import TypeCheckError
from tensors import close, coin, normal, seeded, seeds
from torch import nn
from torch.nn.attention.bias import causal_lower_right
from torch.nn.functional import scaled_dot_product_attention as torch_attention

from attn.equations import masks as equations
from attn.masks import additive_mask, causal_mask, combined_mask, may_not_attend, padding_mask


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


@given(st.integers(1, 6), st.integers(0, 6))
def test_the_last_corner_is_torchs_lower_right(Tq, past):
    Tk = Tq + past
    Q, K = (torch.zeros(1, 1, T, 2) for T in (Tq, Tk))
    weights = torch_attention(Q, K, torch.eye(Tk)[None, None], attn_mask=causal_lower_right(Tq, Tk))
    assert ((weights[0, 0] > 0) == causal_mask(Tq, Tk)).all()


def test_torchs_is_causal_is_aligned_to_the_other_corner():
    Q, K = torch.zeros(1, 1, 2, 2), torch.zeros(1, 1, 3, 2)
    weights = torch_attention(Q, K, torch.eye(3)[None, None], is_causal=True)[0, 0]
    assert (weights > 0).tolist() == [[True, False, False], [True, True, False]]


def test_one_query_with_cached_keys_sees_them_all():
    assert causal_mask(1, 7).all()


@given(seeds, st.integers(1, 6), st.integers(1, 6))
def test_combined_mask_equals_its_numpy_twin(seed, Tq, Tk):
    real = coin(seeded(seed), Tk)
    expected = equations.combined_mask(real.numpy(), Tq)
    assert combined_mask(real, Tq).tolist() == expected.tolist()


def test_combined_mask_takes_any_leading_shape_and_stays_on_the_device(device):
    real = padding_mask(torch.tensor([[1, 2], [3, 0]], device=device), 3)
    mask = combined_mask(real, 2)
    assert (mask.shape, mask.device.type) == ((2, 2, 2, 3), device.type)
    for b in range(2):
        for h in range(2):
            assert torch.equal(mask[b, h], combined_mask(real[b, h], 2))
    assert combined_mask(torch.empty(3, dtype=bool, device="meta"), 2).device.type == "meta"


def test_left_padding_leaves_rows_that_see_nothing():
    real = torch.tensor([False, False, True])
    assert combined_mask(real, 3).any(-1).tolist() == [False, False, True]


# ------------------------------------------------------------------ PyTorch's two polarities


def _multihead(rng, **masks):
    """``nn.MultiheadAttention`` over two sentences of three words."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        layer = nn.MultiheadAttention(4, 1, batch_first=True, dtype=torch.float64)
    x = normal(rng, 2, 3, 4)
    return layer(x, x, x, **masks)[1]


def test_multihead_attention_hides_what_is_true(rng):
    allowed = padding_mask(torch.tensor([2, 3]), 3)
    weights = _multihead(rng, key_padding_mask=may_not_attend(allowed))
    assert ((weights[:, 0] > 0) == allowed).all()
    causal = causal_mask(3, 3)
    weights = _multihead(rng, attn_mask=may_not_attend(causal))
    assert ((weights[0] > 0) == causal).all()


def test_scaled_dot_product_attention_shows_what_is_true(rng):
    x, causal = normal(rng, 1, 3, 4), causal_mask(3, 3)
    weights = torch_attention(x, x, torch.eye(3, dtype=torch.float64)[None], attn_mask=causal)
    assert ((weights[0] > 0) == causal).all()


def test_numbers_mean_the_same_to_both(rng):
    causal = causal_mask(3, 3)
    numbers = additive_mask(causal, torch.float64)
    assert ((_multihead(rng, attn_mask=numbers)[0] > 0) == causal).all()
    x = normal(rng, 1, 3, 4)
    close(torch_attention(x, x, x, attn_mask=numbers), torch_attention(x, x, x, attn_mask=causal))


@given(seeds)
def test_additive_mask_equals_its_numpy_twin(seed):
    mask = coin(seeded(seed), 3, 4)
    assert additive_mask(mask).tolist() == equations.additive_mask(mask.numpy()).tolist()


def test_additive_mask_keeps_dtype_and_device():
    mask = torch.empty(2, dtype=bool, device="meta")
    made = additive_mask(mask, torch.bfloat16)
    assert (made.dtype, made.device.type) == (torch.bfloat16, "meta")
