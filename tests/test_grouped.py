"""attn.grouped against torch's grouped heads, NumPy, and the two ends between which it lies."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from tensors import DTYPES, close, coin, normal, seeded, seeds
from torch.nn.functional import scaled_dot_product_attention as torch_attention
from torch.utils._python_dispatch import TorchDispatchMode

from attn.dot_product import scaled_dot_product_attention
from attn.equations import grouped as equations
from attn.grouped import grouped_query_attention
from attn.masks import causal_mask

heads = st.tuples(st.integers(1, 3), st.integers(1, 3)).map(lambda n: (n[0] * n[1], n[0]))


def _inputs(rng, *shape, H, Hkv, dtype=torch.float64):
    return (
        normal(rng, *shape, H, 3, 4, dtype=dtype),
        normal(rng, *shape, Hkv, 5, 4, dtype=dtype),
        normal(rng, *shape, Hkv, 5, 2, dtype=dtype),
    )


@given(seeds, heads)
def test_it_is_torchs_forward_and_backward_and_under_masks(seed, heads):
    rng = seeded(seed)
    leaves = [x.requires_grad_() for x in _inputs(rng, 2, H=heads[0], Hkv=heads[1])]
    masks = [(3, 5), (1, 5), (heads[0], 3, 5), (2, 1, 3, 5), (2, 1, 1, 5), (2, heads[0], 3, 5)]
    for mask in (None, *(coin(rng, *shape) for shape in masks)):
        ours = grouped_query_attention(*leaves, mask)
        theirs = torch_attention(*leaves, attn_mask=mask, enable_gqa=True)
        close(ours, theirs)
        dout = normal(rng, *ours.shape)
        for mine, other in zip(
            torch.autograd.grad(ours, leaves, dout),
            torch.autograd.grad(theirs, leaves, dout),
            strict=True,
        ):
            close(mine, other)


@pytest.mark.parametrize("dtype", DTYPES)
def test_every_dtype_is_kept_and_right(dtype, device, rng):
    inputs = [x.to(device) for x in _inputs(rng, H=4, Hkv=2, dtype=dtype)]
    mask = causal_mask(3, 5, device=device)
    out = grouped_query_attention(*inputs, mask)
    assert (out.dtype, out.device.type) == (dtype, device.type)
    exact = [x.cpu().double() for x in inputs]
    close(out, torch_attention(*exact, attn_mask=mask.cpu(), enable_gqa=True))


@given(seeds, heads)
def test_it_equals_its_numpy_twin(seed, heads):
    inputs = _inputs(seeded(seed), H=heads[0], Hkv=heads[1])
    twin = equations.grouped_query_attention(*(x.numpy() for x in inputs))
    close(grouped_query_attention(*inputs), torch.from_numpy(twin))


def test_with_a_head_of_keys_each_it_is_plain_attention(rng):
    Q, K, V = _inputs(rng, 2, H=3, Hkv=3)
    close(grouped_query_attention(Q, K, V), scaled_dot_product_attention(Q, K, V))


@pytest.mark.parametrize("Hkv", [1, 2, 4])
def test_keys_and_values_are_read_where_they_are(rng, Hkv):
    """A copy for each head would cost what sharing saves."""
    Q, K, V = _inputs(rng, 2, H=4, Hkv=Hkv)
    with CopiesOf(K, V) as watch:
        grouped_query_attention(Q, K, V)
        assert not watch.found
        K.clone()  # or the assertion above could not fail
    assert watch.found == [K.shape]


class CopiesOf(TorchDispatchMode):
    """Notes the shape of each copy of these tensors, expanded or not."""

    def __init__(self, *watched):
        super().__init__()
        self.watched, self.found = {x.data_ptr() for x in watched}, []

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        out = func(*args, **(kwargs or {}))
        if func is torch.ops.aten.clone.default and args[0].data_ptr() in self.watched:
            self.found.append(out.shape)
        return out


def test_heads_that_do_not_divide_are_refused(rng):
    with pytest.raises(ValueError, match="4 query heads cannot share 3"):
        grouped_query_attention(*_inputs(rng, H=4, Hkv=3))
