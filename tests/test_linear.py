"""attn.linear against its definition in NumPy, the recurrent form, and by its properties."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from tensors import DTYPES, close, coin, leading, normal, seeded, seeds, sizes
from torch.utils.flop_counter import FlopCounterMode

from attn.equations import linear as equations
from attn.linear import (
    Memory,
    causal_linear_attention,
    linear_attention,
    linear_attention_step,
    positive_features,
    read,
    written,
)
from attn.masks import causal_mask


def _inputs(rng, *shape, Tq=3, Tk=5, d=4, dv=2, dtype=torch.float64):
    widths = ((Tq, d), (Tk, d), (Tk, dv))
    return tuple(normal(rng, *shape, *width, dtype=dtype) for width in widths)


def _defined(Q, K, V, mask=None):
    """The definition, with all its weights, in torch: for any leading shape."""
    weights = positive_features(Q) @ positive_features(K).transpose(-1, -2)
    weights = weights if mask is None else weights * mask
    return weights / weights.sum(-1, keepdim=True) @ V


@given(seeds, sizes, sizes, sizes, sizes)
def test_it_equals_its_numpy_twin(seed, Tq, Tk, d, dv):
    rng = seeded(seed)
    inputs, real = _inputs(rng, Tq=Tq, Tk=Tk, d=d, dv=dv), coin(rng, Tk)
    mask = real.expand(Tq, Tk).numpy()
    twin = equations.linear_attention(*(x.numpy() for x in inputs), mask)
    close(linear_attention(*inputs, real), torch.from_numpy(twin))


@given(seeds, leading)
def test_any_leading_shape(seed, shape):
    inputs = _inputs(seeded(seed), *shape)
    close(linear_attention(*inputs), _defined(*inputs))


@given(seeds, leading, st.integers(1, 9), st.integers(1, 5))
def test_the_causal_form_is_the_masked_definition(seed, shape, T, block):
    inputs = _inputs(seeded(seed), *shape, Tq=T, Tk=T)
    close(causal_linear_attention(*inputs, block), _defined(*inputs, causal_mask(T, T)))


@given(seeds, sizes)
def test_the_causal_form_is_the_recurrent_network(seed, T):
    inputs = _inputs(seeded(seed), Tq=T, Tk=T)
    twin = equations.recurrent_linear_attention(*(x.numpy() for x in inputs))
    close(causal_linear_attention(*inputs, block=2), torch.from_numpy(twin))


@given(seeds, sizes)
def test_so_is_one_step_after_the_other(seed, T):
    Q, K, V = _inputs(seeded(seed), 2, Tq=T, Tk=T)
    memory = Memory(torch.zeros(2, 4, 2).double(), torch.zeros(2, 4).double())
    out = []
    for q, k, v in zip(*(x.unbind(-2) for x in (Q, K, V)), strict=True):
        o, memory = linear_attention_step(q, k, v, memory)
        out.append(o)
    close(torch.stack(out, -2), causal_linear_attention(Q, K, V))
    assert [x.shape for x in memory] == [(2, 4, 2), (2, 4)]  # whatever T was


@given(seeds)
def test_memories_add_up(seed):
    _, K, V = _inputs(seeded(seed))
    parts = written(K[:2], V[:2]).plus(written(K[2:], V[2:]))
    for mine, whole in zip(parts, written(K, V), strict=True):
        close(mine, whole)


@given(seeds)
def test_the_output_stays_among_the_values(seed):
    Q, K, V = _inputs(seeded(seed))
    out = linear_attention(Q, K, V)
    assert (out >= V.amin(0) - 1e-12).all()
    assert (out <= V.amax(0) + 1e-12).all()


def test_where_nothing_was_written_zeros_are_read_forward_and_backward(rng):
    Q, K, V = (x.requires_grad_() for x in _inputs(rng))
    out = linear_attention(Q, K, V, torch.zeros(5, dtype=torch.bool))
    assert (out == 0).all()
    out.sum().backward()
    assert all((x.grad == 0).all() for x in (Q, K, V))


@pytest.mark.parametrize("attention", [linear_attention, causal_linear_attention])
def test_gradients(attention, rng):
    inputs = [x.requires_grad_() for x in _inputs(rng, 2, Tq=4, Tk=4)]
    assert torch.autograd.gradcheck(attention, inputs)


@pytest.mark.parametrize("dtype", DTYPES)
def test_every_dtype_is_kept_and_right(dtype, device, rng):
    inputs = [x.to(device) for x in _inputs(rng, 2, Tq=5, dtype=dtype)]
    exact = [x.cpu().double() for x in inputs]
    for out, mask in (
        (linear_attention(*inputs), None),
        (causal_linear_attention(*inputs, block=2), causal_mask(5, 5)),
    ):
        assert (out.dtype, out.device.type) == (dtype, device.type)
        close(out, _defined(*exact, mask))


def test_twice_the_length_is_twice_the_work():
    counts = {}
    for T in (512, 1024):
        for attention in (linear_attention, causal_linear_attention):
            Q = K = V = torch.randn(T, 16)
            with FlopCounterMode(display=False) as counter:
                attention(Q, K, V)
            counts[attention, T] = counter.get_total_flops()
    assert counts[linear_attention, 1024] == 2 * counts[linear_attention, 512]
    assert counts[causal_linear_attention, 1024] == 2 * counts[causal_linear_attention, 512]


def test_reading_twice_changes_nothing(rng):
    Q, K, V = _inputs(rng)
    memory = written(K, V)
    assert torch.equal(read(Q, memory), read(Q, memory))


def test_no_tensor_is_made_on_the_wrong_device():
    Q, K, V = (torch.empty(5, 4, device="meta") for _ in range(3))
    real = torch.empty(5, dtype=torch.bool, device="meta")
    assert linear_attention(Q, K, V, real).device.type == "meta"
    assert causal_linear_attention(Q, K, V, block=2).device.type == "meta"
