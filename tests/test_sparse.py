"""attn.sparse against dense masked attention, torch's own, NumPy, and by its properties."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from tensors import DTYPES, close, coin, leading, normal, seeded, seeds, sizes
from torch.nn.attention.flex_attention import create_block_mask, flex_attention
from torch.nn.functional import scaled_dot_product_attention as torch_attention
from torch.utils.flop_counter import FlopCounterMode

from attn.dot_product import scaled_dot_product_attention
from attn.equations import sparse as equations
from attn.masks import causal_mask
from attn.sparse import (
    global_token_mask,
    sliding_window_mask,
    window_and_global_attention,
    window_attention,
)

lengths = st.integers(1, 12)
reaches = st.integers(0, 5)


def _inputs(rng, *shape, T=6, d=4, dv=2, dtype=torch.float64):
    return tuple(normal(rng, *shape, T, width, dtype=dtype) for width in (d, d, dv))


def _gradients(attention, inputs, dout):
    leaves = [x.detach().clone().requires_grad_() for x in inputs]
    return torch.autograd.grad(attention(*leaves), leaves, dout)


# ------------------------------------------------------------------ against FlexAttention


@pytest.mark.filterwarnings("ignore:.*flex_attention called without torch.compile")
@pytest.mark.parametrize("globals_at", [[], [0, 130]])
@pytest.mark.parametrize(("before", "after"), [(32, 32), (40, 0), (0, 5)])
def test_windows_are_torchs_flex_attention(before, after, globals_at, device, rng):
    """The same rule, written as FlexAttention wants it; T is no multiple of its tile of 128."""
    T, at = 200, torch.tensor(globals_at, dtype=torch.long, device=device)
    is_global = torch.zeros(T, dtype=torch.bool, device=device)
    is_global[at] = True

    def rule(batch, head, query, key):
        near = (query - key <= before) & (key - query <= after)
        return near | is_global[query] | is_global[key]

    inputs = [x.to(device) for x in _inputs(rng, 2, 3, T=T, d=16, dv=16, dtype=torch.float32)]
    blocks = create_block_mask(rule, None, None, T, T, device=device.type)
    theirs = flex_attention(*inputs, block_mask=blocks)
    if globals_at:
        ours = window_and_global_attention(*inputs, before, after, at)
    else:
        ours = window_attention(*inputs, before, after)
    close(ours, theirs)


# ------------------------------------------------------------------ masks


@given(lengths, reaches, reaches)
def test_the_window_is_its_numpy_twin(T, before, after):
    twin = torch.from_numpy(equations.sliding_window_mask(T, before, after))
    assert torch.equal(sliding_window_mask(T, before, after), twin)


def test_a_window_behind_as_wide_as_the_sequence_is_causal():
    assert torch.equal(sliding_window_mask(5, before=4, after=0), causal_mask(5, 5))


@given(seeds, sizes)
def test_global_tokens_are_their_numpy_twin(seed, T):
    rng = seeded(seed)
    mask, is_global = coin(rng, T, T), coin(rng, T)
    twin = equations.global_token_mask(mask.numpy(), is_global.numpy())
    assert torch.equal(global_token_mask(mask, is_global), torch.from_numpy(twin))


def test_each_example_may_have_global_tokens_of_its_own(rng):
    is_global = coin(rng, 3, 5)
    both = global_token_mask(torch.eye(5, dtype=torch.bool), is_global)
    for one, row in zip(both, is_global, strict=True):
        assert torch.equal(one, global_token_mask(torch.eye(5, dtype=torch.bool), row))


# ------------------------------------------------------------------ attention


@given(seeds, leading, lengths, reaches, reaches)
def test_the_window_is_torchs_masked_attention(seed, shape, T, before, after):
    rng = seeded(seed)
    inputs, dout = _inputs(rng, *shape, T=T), normal(rng, *shape, T, 2)
    mask = sliding_window_mask(T, before, after)
    close(window_attention(*inputs, before, after), torch_attention(*inputs, attn_mask=mask))
    ours = _gradients(lambda *x: window_attention(*x, before, after), inputs, dout)
    theirs = _gradients(lambda *x: torch_attention(*x, attn_mask=mask), inputs, dout)
    for mine, other in zip(ours, theirs, strict=True):
        close(mine, other)


@given(seeds, lengths, reaches, reaches)
def test_the_window_equals_its_numpy_twin(seed, T, before, after):
    inputs = _inputs(seeded(seed), T=T)
    twin = equations.window_attention(*(x.numpy() for x in inputs), before, after)
    close(window_attention(*inputs, before, after), torch.from_numpy(twin))


@given(seeds, lengths, reaches, reaches)
def test_padding_is_hidden(seed, T, before, after):
    rng = seeded(seed)
    inputs, real = _inputs(rng, 2, T=T), coin(rng, 2, T)
    mask = sliding_window_mask(T, before, after) & real[:, None]
    expected = scaled_dot_product_attention(*inputs, mask)
    close(window_attention(*inputs, before, after, real), expected)


@given(seeds, leading, lengths, reaches, reaches, st.data())
def test_global_tokens_are_torchs_masked_attention(seed, shape, T, before, after, data):
    rng = seeded(seed)
    inputs, dout = _inputs(rng, *shape, T=T), normal(rng, *shape, T, 2)
    chosen = data.draw(st.permutations(range(T)))[: data.draw(st.integers(1, T))]
    at = torch.tensor(chosen)
    is_global = torch.zeros(T, dtype=torch.bool).index_fill(0, at, True)
    mask = global_token_mask(sliding_window_mask(T, before, after), is_global)
    ours = lambda *x: window_and_global_attention(*x, before, after, at)  # noqa: E731
    theirs = lambda *x: torch_attention(*x, attn_mask=mask)  # noqa: E731
    close(ours(*inputs), theirs(*inputs))
    pairs = zip(_gradients(ours, inputs, dout), _gradients(theirs, inputs, dout), strict=True)
    for mine, other in pairs:
        close(mine, other)


@pytest.mark.parametrize("dtype", DTYPES)
def test_every_dtype_is_kept_and_right(dtype, device, rng):
    inputs = [x.to(device) for x in _inputs(rng, 2, T=9, dtype=dtype)]
    exact = [x.cpu().double() for x in inputs]
    at = torch.tensor([0, 7], device=device)
    window = sliding_window_mask(9, 2, 1)
    wide = global_token_mask(window, torch.tensor([i in (0, 7) for i in range(9)]))
    for out, mask in (
        (window_attention(*inputs, 2, 1), window),
        (window_and_global_attention(*inputs, 2, 1, at), wide),
    ):
        assert (out.dtype, out.device.type) == (dtype, device.type)
        close(out, torch_attention(*exact, attn_mask=mask))


def test_it_costs_what_the_window_costs_and_not_what_the_table_costs():
    """Counted by torch: twice the length is twice the work, and about double the useful part."""
    counts = {}
    for T in (512, 1024):
        Q = K = V = torch.randn(T, 16)
        with FlopCounterMode(display=False) as counter:
            window_attention(Q, K, V, before=16, after=16)
        counts[T] = counter.get_total_flops()
    assert counts[1024] == 2 * counts[512]
    useful = 2 * 33 * (16 + 16) * 1024
    assert counts[1024] < 2 * useful < 2 * 1024 * 1024 * 32 / 8


def test_no_tensor_is_made_on_the_wrong_device():
    Q, K, V = (torch.empty(5, 4, device="meta") for _ in range(3))
    real = torch.empty(5, dtype=torch.bool, device="meta")
    at = torch.empty(2, dtype=torch.long, device="meta")
    assert window_attention(Q, K, V, 1, 1, real).device.type == "meta"
    assert window_and_global_attention(Q, K, V, 1, 1, at).device.type == "meta"
