"""attn.self_attention against torch's attention, against NumPy, and against its symmetries."""

import pytest
import torch
from hypothesis import given
from jaxtyping import TypeCheckError
from tensors import DTYPES, close, coin, leading, normal, seeded, seeds, sizes
from torch import nn
from torch.nn.functional import scaled_dot_product_attention as torch_attention

from attn.equations import self_attention as equations
from attn.masks import causal_mask
from attn.self_attention import (
    SelfAttention,
    biased_attention,
    causal_self_attention,
    project_qkv,
    self_attention,
)


def _inputs(rng, *shape, T=5, D=4, d=3, dv=2, dtype=torch.float64):
    X = normal(rng, *shape, T, D, dtype=dtype)
    return X, *(normal(rng, D, n, dtype=dtype) for n in (d, d, dv))


# ------------------------------------------------------------------ against torch


@given(seeds, leading, sizes, sizes, sizes)
def test_it_is_torchs_attention_of_three_projections(seed, shape, T, d, dv):
    X, W_q, W_k, W_v = _inputs(seeded(seed), *shape, T=T, d=d, dv=dv)
    close(self_attention(X, W_q, W_k, W_v), torch_attention(X @ W_q, X @ W_k, X @ W_v))


@given(seeds, leading, sizes)
def test_the_causal_one_is_torchs(seed, shape, T):
    X, W_q, W_k, W_v = _inputs(seeded(seed), *shape, T=T)
    expected = torch_attention(X @ W_q, X @ W_k, X @ W_v, is_causal=True)
    close(causal_self_attention(X, W_q, W_k, W_v), expected)


@given(seeds, leading)
def test_a_bias_is_torchs_mask_of_numbers(seed, shape):
    rng = seeded(seed)
    Q, K = normal(rng, *shape, 3, 4), normal(rng, *shape, 5, 4)
    V, bias = normal(rng, *shape, 5, 2), normal(rng, 3, 5)
    close(biased_attention(Q, K, V, bias), torch_attention(Q, K, V, attn_mask=bias))
    mask = coin(rng, 3, 5)
    mask[:, 0] = True
    hidden = bias.masked_fill(~mask, -torch.inf)
    close(biased_attention(Q, K, V, bias, mask), torch_attention(Q, K, V, attn_mask=hidden))


@pytest.mark.parametrize("causal", [False, True])
def test_the_module_is_torchs_multihead_attention_with_one_head(causal, rng):
    ours = SelfAttention(4, 4, causal=causal).double()
    theirs = nn.MultiheadAttention(4, 1, bias=False, batch_first=True).double()
    with torch.no_grad():
        parts = [ours.W_q.weight, ours.W_k.weight, ours.W_v.weight]
        theirs.in_proj_weight.copy_(torch.cat(parts))
        theirs.out_proj.weight.copy_(torch.eye(4))
    X = normal(rng, 2, 5, 4)
    hidden = ~causal_mask(5, 5) if causal else None  # there, True may *not* attend
    close(ours(X), theirs(X, X, X, attn_mask=hidden, need_weights=False)[0])


@pytest.mark.parametrize("dtype", DTYPES)
def test_every_dtype_is_kept_and_right(dtype, device, rng):
    inputs = [x.to(device) for x in _inputs(rng, 2, dtype=dtype)]
    out = causal_self_attention(*inputs)
    assert (out.dtype, out.device.type) == (dtype, device.type)
    X, W_q, W_k, W_v = inputs
    oracle = torch_attention(X @ W_q, X @ W_k, X @ W_v, is_causal=True)
    # Both round: the projections before, the products after. Scores reach 20 here.
    torch.testing.assert_close(out, oracle, rtol=0.05, atol=0.1 if dtype.itemsize == 2 else 1e-4)


# ------------------------------------------------------------------ against NumPy


@given(seeds, sizes, sizes, sizes)
def test_both_equal_their_numpy_twins(seed, T, d, dv):
    inputs = _inputs(seeded(seed), T=T, d=d, dv=dv)
    arrays = [x.numpy() for x in inputs]
    for ours, theirs in zip(project_qkv(*inputs), equations.project_qkv(*arrays), strict=True):
        close(ours, torch.from_numpy(theirs))
    close(self_attention(*inputs), torch.from_numpy(equations.self_attention(*arrays)))
    past = equations.causal_self_attention(*arrays)
    close(causal_self_attention(*inputs), torch.from_numpy(past))


@given(seeds)
def test_a_biased_one_equals_its_numpy_twin(seed):
    rng = seeded(seed)
    Q, K, V, bias = (normal(rng, *shape) for shape in ((3, 4), (5, 4), (5, 2), (3, 5)))
    twin = equations.biased_attention(Q.numpy(), K.numpy(), V.numpy(), bias.numpy())
    close(biased_attention(Q, K, V, bias), torch.from_numpy(twin))


# ------------------------------------------------------------------ properties


@given(seeds, leading, sizes)
def test_permuting_the_positions_permutes_the_output(seed, shape, T):
    rng = seeded(seed)
    X, *W = _inputs(rng, *shape, T=T)
    order = torch.randperm(T, generator=rng)
    close(self_attention(X[..., order, :], *W), self_attention(X, *W)[..., order, :])


def test_a_causal_one_is_not_equivariant(rng):
    X, *W = _inputs(rng)
    turned = causal_self_attention(X.flip(-2), *W).flip(-2)
    assert (turned - causal_self_attention(X, *W)).abs().max() > 0.1


@given(seeds)
def test_what_comes_later_changes_nothing_before_it(seed):
    rng = seeded(seed)
    X, *W = _inputs(rng, T=6)
    changed = X.clone()
    changed[4:] = normal(rng, 2, 4)
    before, after = causal_self_attention(X, *W), causal_self_attention(changed, *W)
    assert torch.equal(before[:4], after[:4])
    assert not torch.allclose(before[4:], after[4:])


def test_every_position_is_causally_what_it_is_alone_with_its_past(rng):
    X, *W = _inputs(rng, T=6)
    for t in range(6):
        close(causal_self_attention(X, *W)[t], causal_self_attention(X[: t + 1], *W)[t])


def test_padding_is_not_read(rng):
    X, *W = _inputs(rng, 2)
    mask = torch.tensor([True, True, True, False, False])
    close(self_attention(X, *W, mask[None])[..., :3, :], self_attention(X[..., :3, :], *W))


def test_a_mask_and_causal_hide_together(rng):
    module = SelfAttention(4, 3, causal=True).double()
    X = normal(rng, 5, 4)
    mask = torch.tensor([[False, True, True, True, True]])
    close(module(X, mask)[1:], module(X[1:]))
    assert (module(X, mask)[0] == 0).all()


def test_gradients(rng):
    inputs = [x.requires_grad_() for x in _inputs(rng, T=3)]
    assert torch.autograd.gradcheck(causal_self_attention, inputs)
    tensors = [normal(rng, *s).requires_grad_() for s in ((2, 3), (4, 3), (4, 2), (2, 4))]
    assert torch.autograd.gradcheck(biased_attention, tensors)


# ------------------------------------------------------------------ signatures


def test_no_tensor_is_made_on_the_wrong_device():
    inputs = [torch.empty(n, 4, device="meta") for n in (5, 4, 4, 4)]
    assert causal_self_attention(*inputs).device.type == "meta"
    assert SelfAttention(4, 4, causal=True).to("meta")(inputs[0]).device.type == "meta"


def test_shapes_that_do_not_fit_are_refused(rng):
    X, W_q, W_k, W_v = _inputs(rng)
    with pytest.raises(TypeCheckError):
        self_attention(X, W_q, W_k[:, :2], W_v)
    with pytest.raises(TypeCheckError):
        self_attention(X, W_q[:3], W_k[:3], W_v[:3])
