"""attn.backward against autograd, torch's own attention, NumPy, and finite differences."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from tensors import DTYPES, close, coin, leading, normal, seeded, seeds, sizes
from torch.autograd.gradcheck import GradcheckError
from torch.nn.functional import scaled_dot_product_attention as torch_attention

from attn.backward import (
    HandmadeAttention,
    attention_backward,
    biased_attention_backward,
)
from attn.equations import backward as equations
from attn.masks import additive_mask, causal_mask, combined_mask


def _inputs(rng, *shape, Tq=3, Tk=5, d=4, dv=2, dtype=torch.float64):
    """Q, K, V and the gradient of the output."""
    widths = ((Tq, d), (Tk, d), (Tk, dv), (Tq, dv))
    return tuple(normal(rng, *shape, *width, dtype=dtype) for width in widths)


def _torchs(Q, K, V, dout, **options):
    """The gradients that torch's own attention gives."""
    leaves = [x.detach().clone().requires_grad_() for x in (Q, K, V)]
    return torch.autograd.grad(torch_attention(*leaves, **options), leaves, dout)


def _alike(ours, theirs, dtype=None):
    for mine, other in zip(ours, theirs, strict=True):
        close(mine, other, dtype)


# ------------------------------------------------------------------ against torch


@given(seeds, leading, sizes, sizes, sizes, sizes)
def test_it_is_torchs_on_any_shape(seed, shape, Tq, Tk, d, dv):
    inputs = _inputs(seeded(seed), *shape, Tq=Tq, Tk=Tk, d=d, dv=dv)
    _alike(attention_backward(*inputs), _torchs(*inputs))


@given(seeds, st.sampled_from([(2, 3, 5), (1, 3, 5), (2, 1, 5), (3, 5), (1, 5)]))
def test_masks_of_booleans_and_of_numbers_are_torchs(seed, shape):
    rng = seeded(seed)
    inputs = _inputs(rng, 2)
    mask = coin(rng, *shape)
    ours = attention_backward(*inputs, mask)
    _alike(ours, _torchs(*inputs, attn_mask=mask))
    _alike(ours, _torchs(*inputs, attn_mask=additive_mask(mask, torch.float64)))


@given(seeds, st.sampled_from([(2, 3, 5), (1, 3, 5), (2, 1, 5), (3, 5), (1, 5), (2, 3, 1)]))
def test_a_bias_is_torchs_float_mask_and_gets_its_own_gradient(seed, shape):
    rng = seeded(seed)
    *inputs, dout = _inputs(rng, 2)
    bias = normal(rng, *shape)
    if shape[-1] > 1:
        bias = bias + additive_mask(coin(rng, *shape), torch.float64)
    ours, dbias = biased_attention_backward(*inputs, dout, bias)
    leaves = [x.detach().clone().requires_grad_() for x in (*inputs, bias)]
    theirs = torch.autograd.grad(torch_attention(*leaves[:3], attn_mask=leaves[3]), leaves, dout)
    _alike((*ours, dbias), theirs)


@pytest.mark.parametrize("dtype", DTYPES)
def test_a_bias_is_kept_and_right_in_every_dtype(dtype, device, rng):
    *inputs, dout = (x.to(device) for x in _inputs(rng, 2, dtype=dtype))
    bias = normal(rng, 1, 5, dtype=dtype).to(device)
    ours, dbias = biased_attention_backward(*inputs, dout, bias)
    exact = [x.cpu().double() for x in (*inputs, dout, bias)]
    right, expected = biased_attention_backward(*exact)
    _alike((*ours, dbias), (*right, expected))
    assert {g.dtype for g in (*ours, dbias)} == {dtype}


def test_causal_is_torchs(rng):
    inputs = _inputs(rng, 2, Tq=5, Tk=5)
    _alike(attention_backward(*inputs, causal_mask(5, 5)), _torchs(*inputs, is_causal=True))


def test_keys_that_heads_share_collect_the_gradients_of_all_of_them(rng):
    Q, _, _, dout = _inputs(rng, 2, 6)
    _, K, V, _ = _inputs(rng, 2, 3)
    shared = [x.repeat_interleave(2, dim=-3) for x in (K, V)]
    dQ, dK, dV = attention_backward(Q, *shared, dout)
    collected = (dQ, dK.unflatten(-3, (3, 2)).sum(-3), dV.unflatten(-3, (3, 2)).sum(-3))
    _alike(collected, _torchs(Q, K, V, dout, enable_gqa=True))


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("causal", [False, True])
def test_every_dtype_is_kept_and_right(dtype, causal, device, rng):
    inputs = tuple(x.to(device) for x in _inputs(rng, 2, Tq=5, dtype=dtype))
    mask = causal_mask(5, 5, device=device) if causal else None
    gradients = attention_backward(*inputs, mask)
    assert {g.dtype for g in gradients} == {dtype}
    assert {g.device.type for g in gradients} == {device.type}
    exact = _torchs(*(x.cpu().double() for x in inputs), is_causal=causal)
    _alike(gradients, exact)
    _alike(_torchs(*inputs, is_causal=causal), exact, dtype)  # the oracle errs as much


# ------------------------------------------------------------------ against NumPy and differences


@given(seeds, sizes, sizes, sizes, sizes)
def test_it_equals_its_numpy_twin(seed, Tq, Tk, d, dv):
    rng = seeded(seed)
    inputs, mask = _inputs(rng, Tq=Tq, Tk=Tk, d=d, dv=dv), coin(rng, Tq, Tk)
    twins = equations.attention_backward(*(x.numpy() for x in inputs), mask.numpy())
    _alike(attention_backward(*inputs, mask), map(torch.from_numpy, twins))


@given(seeds, sizes, sizes)
def test_a_biased_one_equals_its_numpy_twin(seed, Tq, Tk):
    rng = seeded(seed)
    inputs, bias = _inputs(rng, Tq=Tq, Tk=Tk), normal(rng, Tq, Tk)
    every = torch.ones(Tq, Tk, dtype=torch.bool)
    twins = equations.attention_backward(*(x.numpy() for x in (*inputs, every, bias)))
    _alike(biased_attention_backward(*inputs, bias)[0], map(torch.from_numpy, twins))


@pytest.mark.parametrize("mask", [None, torch.tensor([[True, False, True], [False] * 3])])
def test_the_handmade_function_passes_gradcheck(mask, rng):
    inputs = [x.requires_grad_() for x in _inputs(rng, 2, Tq=2, Tk=3)[:3]]
    assert torch.autograd.gradcheck(lambda *x: HandmadeAttention.apply(*x, mask), inputs)


def test_gradcheck_sees_a_root_that_is_forgotten(rng, monkeypatch):
    """The test above can fail: a backward pass without its 1/√d does."""
    monkeypatch.setattr(
        "attn.backward.attention_backward",
        lambda Q, K, V, dout, mask: tuple(
            g * f for g, f in zip(attention_backward(Q, K, V, dout, mask), (2, 2, 1), strict=True)
        ),
    )
    inputs = [x.requires_grad_() for x in _inputs(rng, Tq=2, Tk=3)[:3]]
    with pytest.raises(GradcheckError):
        torch.autograd.gradcheck(lambda *x: HandmadeAttention.apply(*x, None), inputs)


# ------------------------------------------------------------------ properties


def test_a_query_that_may_see_nothing_gives_and_gets_zeros(device, rng):
    Q, K, V, dout = (x.to(device) for x in _inputs(rng, Tq=4, Tk=3, dtype=torch.float32))
    # Padding on the left: of four positions the first is no word, and no earlier one is there.
    mask = combined_mask(torch.tensor([False, True, True], device=device), Tq=4)
    blind = ~mask.any(-1)
    assert blind.tolist() == [True, True, False, False]
    dQ, dK, dV = attention_backward(Q, K, V, dout, mask)
    assert (dQ[blind] == 0).all()
    assert all((g[0] == 0).all() for g in (dK, dV))  # nobody may see the padding
    _alike((dQ, dK, dV), _torchs(Q, K, V, dout, attn_mask=mask), torch.float32)  # so does torch


@given(seeds)
def test_gradients_of_the_scores_cancel_over_the_keys(seed):
    """A constant added to all keys moves no weight, so the gradients of the keys sum to zero."""
    _, dK, _ = attention_backward(*_inputs(seeded(seed)))
    close(dK.sum(-2), torch.zeros(4))


def test_no_tensor_is_made_on_the_wrong_device():
    shapes = ((3, 4), (5, 4), (5, 2), (3, 2))
    inputs = [torch.empty(*shape, device="meta") for shape in shapes]
    assert {g.device.type for g in attention_backward(*inputs)} == {"meta"}
