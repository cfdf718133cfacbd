"""attn.dot_product against torch's own attention, against NumPy, and against its properties."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from jaxtyping import TypeCheckError
from tensors import DTYPES, close, coin, leading, normal, seeded, seeds, sizes
from torch.nn.functional import scaled_dot_product_attention as torch_attention

from attn.dot_product import (
    SoftDictionary,
    biased_dot_product_attention,
    dot_product_attention,
    dot_product_scores,
    dot_product_weights,
    scaled_dot_product_attention,
)
from attn.equations import dot_product as equations
from attn.masks import additive_mask, causal_mask


def _inputs(rng, *shape, Tq=3, Tk=5, d=4, dv=2, dtype=torch.float64):
    return (
        normal(rng, *shape, Tq, d, dtype=dtype),
        normal(rng, *shape, Tk, d, dtype=dtype),
        normal(rng, *shape, Tk, dv, dtype=dtype),
    )


# ------------------------------------------------------------------ against torch


@given(seeds, leading, sizes, sizes, sizes, sizes)
def test_scaled_attention_is_torchs(seed, shape, Tq, Tk, d, dv):
    Q, K, V = _inputs(seeded(seed), *shape, Tq=Tq, Tk=Tk, d=d, dv=dv)
    close(scaled_dot_product_attention(Q, K, V), torch_attention(Q, K, V))


@given(seeds, leading, st.floats(0.1, 10))
def test_a_temperature_is_torchs_scale(seed, shape, temperature):
    Q, K, V = _inputs(seeded(seed), *shape)
    expected = torch_attention(Q, K, V, scale=1 / temperature)
    close(dot_product_attention(Q, K, V, temperature=temperature), expected)


@given(seeds, st.sampled_from([(2, 3, 5), (1, 3, 5), (2, 1, 5), (3, 5), (1, 5)]))
def test_masks_that_broadcast_are_torchs(seed, shape):
    rng = seeded(seed)
    Q, K, V = _inputs(rng, 2)
    mask = coin(rng, *shape)
    mask[..., 0] = True  # a row that may see nothing is not torch's business: see below
    expected = torch_attention(Q, K, V, attn_mask=mask)
    close(scaled_dot_product_attention(Q, K, V, mask), expected)


def test_a_causal_mask_is_torchs(rng):
    Q, K, V = _inputs(rng, 2, Tq=5, Tk=5)
    expected = torch_attention(Q, K, V, is_causal=True)
    close(scaled_dot_product_attention(Q, K, V, causal_mask(5, 5)), expected)


@given(seeds, st.sampled_from([(2, 3, 5), (1, 3, 5), (3, 5), (1, 5)]))
def test_masks_of_numbers_are_torchs_forward_and_backward(seed, shape):
    rng = seeded(seed)
    Q, K, V = _inputs(rng, 2)
    bias = normal(rng, *shape) + additive_mask(coin(rng, *shape), torch.float64)
    leaves = [x.requires_grad_() for x in (Q, K, V, bias)]
    ours = biased_dot_product_attention(*leaves)
    theirs = torch_attention(Q, K, V, attn_mask=bias)
    close(ours, theirs)
    dout = normal(rng, *ours.shape)
    for mine, other in zip(
        torch.autograd.grad(ours, leaves, dout),
        torch.autograd.grad(theirs, leaves, dout),
        strict=True,
    ):
        close(mine, other)


@given(seeds, leading)
def test_a_bias_of_zeros_and_minus_infinity_is_a_mask(seed, shape):
    rng = seeded(seed)
    Q, K, V = _inputs(rng, *shape)
    mask = coin(rng, *shape, 3, 5)
    biased = biased_dot_product_attention(Q, K, V, additive_mask(mask, torch.float64))
    close(biased, scaled_dot_product_attention(Q, K, V, mask))


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_half_precision_holds_where_the_undivided_scores_would_not(dtype, device, rng):
    """At d = 256 with entries around 40, Q Kᵀ passes 65504, and Q Kᵀ / √d does not."""
    Q = 40 * torch.ones(1, 256, dtype=dtype, device=device)
    K = torch.stack([Q[0], 0.999 * Q[0]])
    V = torch.eye(2, dtype=dtype, device=device)
    assert scaled_dot_product_attention(Q, K, V).isfinite().all()
    if dtype == torch.float16:
        assert dot_product_scores(Q, K).isinf().all()


@pytest.mark.parametrize("dtype", DTYPES)
def test_every_dtype_is_kept_and_right(dtype, device, rng):
    Q, K, V = (x.to(device) for x in _inputs(rng, 2, dtype=dtype))
    mask = causal_mask(3, 5, device=device)
    out = scaled_dot_product_attention(Q, K, V, mask)
    assert (out.dtype, out.device.type) == (dtype, device.type)
    exact = torch_attention(*(x.cpu().double() for x in (Q, K, V)), attn_mask=mask.cpu())
    close(out, exact)
    close(torch_attention(Q, K, V, attn_mask=mask), exact, dtype)  # the oracle errs as much


# ------------------------------------------------------------------ against NumPy and by hand


@given(seeds, sizes, sizes, sizes, st.floats(0.1, 10))
def test_attention_equals_its_numpy_twin(seed, Tk, d, dv, temperature):
    Q, K, V = _inputs(seeded(seed), Tk=Tk, d=d, dv=dv)
    rows = [equations.attend(q, K.numpy(), V.numpy(), temperature) for q in Q.numpy()]
    close(dot_product_attention(Q, K, V, temperature=temperature), torch.from_numpy(np.stack(rows)))
    scores = np.stack([equations.scores(q, K.numpy()) for q in Q.numpy()])
    close(dot_product_scores(Q, K), torch.from_numpy(scores))


def test_the_chapters_toy_gives_the_numbers_of_the_chapter():
    Q = torch.tensor([[1.0, 0, 1]], dtype=torch.float64)
    K = torch.tensor([[1.0, 0, 1], [0, 1, 0], [1, 1, 1]], dtype=torch.float64)
    V = torch.tensor([[10.0, 0], [0, 10], [5, 5]], dtype=torch.float64)
    e2 = math.exp(2)
    by_hand = torch.tensor([[10 * e2 + 5 * e2, 10 + 5 * e2]], dtype=torch.float64) / (2 * e2 + 1)
    close(dot_product_attention(Q, K, V), by_hand)
    assert [round(x, 3) for x in dot_product_attention(Q, K, V)[0].tolist()] == [7.025, 2.975]
    scaled = scaled_dot_product_attention(Q, K, V)[0].tolist()
    assert [round(x, 3) for x in scaled] == [6.479, 3.521]


# ------------------------------------------------------------------ properties


@given(seeds, sizes)
def test_the_order_of_the_keys_does_not_matter(seed, Tk):
    Q, K, V = _inputs(seeded(seed), Tk=Tk)
    order = torch.randperm(Tk, generator=seeded(seed))
    close(dot_product_attention(Q, K[order], V[order]), dot_product_attention(Q, K, V))


@given(seeds, sizes)
def test_permuting_the_queries_permutes_the_outputs(seed, Tq):
    Q, K, V = _inputs(seeded(seed), Tq=Tq)
    order = torch.randperm(Tq, generator=seeded(seed))
    close(dot_product_attention(Q[order], K, V), dot_product_attention(Q, K, V)[order])


@given(seeds, leading)
def test_rows_sum_to_one_and_hidden_keys_are_exactly_unread(seed, shape):
    rng = seeded(seed)
    Q, K, V = _inputs(rng, *shape)
    mask = coin(rng, *shape, 3, 5)
    weights = dot_product_weights(Q, K, mask)
    assert (weights[~mask] == 0).all()
    close(weights.sum(-1), mask.any(-1).double())
    hidden = ~mask.any(-2)  # keys that no query of the example may see
    changed = V.masked_fill(hidden[..., None], 1e6)
    assert torch.equal(
        dot_product_attention(Q, K, V, mask), dot_product_attention(Q, K, changed, mask)
    )


@given(seeds)
def test_the_output_stays_between_the_smallest_and_the_largest_value(seed):
    Q, K, V = _inputs(seeded(seed))
    out = dot_product_attention(Q, K, V)
    assert (out >= V.amin(0) - 1e-12).all()
    assert (out <= V.amax(0) + 1e-12).all()


def test_a_query_that_may_see_nothing_gets_zeros_forward_and_backward(device, rng):
    Q, K, V = (x.to(device).requires_grad_() for x in _inputs(rng, Tq=2, Tk=3, dtype=torch.float32))
    mask = torch.tensor([[False, False, False], [True, False, True]], device=device)
    out = dot_product_attention(Q, K, V, mask)
    assert (out[0] == 0).all()
    out.pow(2).sum().backward()
    assert (Q.grad[0] == 0).all()
    assert (V.grad[1] == 0).all()
    assert all(x.grad.isfinite().all() for x in (Q, K, V))


def test_huge_scores_are_finite(rng):
    Q, K, V = _inputs(rng, dtype=torch.float32)
    assert dot_product_attention(1e4 * Q, K, V).isfinite().all()
    sharp = dot_product_attention(Q, K, V, temperature=1e-6)
    close(sharp, V[dot_product_scores(Q, K).argmax(-1)])


@pytest.mark.parametrize("mask", [None, torch.tensor([[True, True, False]] * 2 + [[False] * 3])])
def test_gradients(mask, rng):
    inputs = [x.requires_grad_() for x in _inputs(rng, Tk=3)]
    assert torch.autograd.gradcheck(
        lambda Q, K, V: dot_product_attention(Q, K, V, mask, temperature=0.7), inputs
    )


# ------------------------------------------------------------------ the dictionary


def test_a_dictionary_reads_what_attention_reads(device, rng):
    Q, K, V = (x.to(device) for x in _inputs(rng, dtype=torch.float32))
    dictionary = SoftDictionary(temperature=0.5)
    for key, value in zip(K, V, strict=True):
        dictionary.write(key, value)
    expected = dot_product_attention(Q, K, V, temperature=0.5)
    for query, out in zip(Q, expected, strict=True):
        close(dictionary.read(query), out)
        close(dictionary.read(query), out)  # reading forgets nothing


def test_two_dictionaries_share_nothing():
    first, second = SoftDictionary(), SoftDictionary()
    first.write(torch.ones(2), torch.ones(1))
    with pytest.raises(KeyError, match="empty"):
        second.read(torch.ones(2))


# ------------------------------------------------------------------ signatures


def test_no_tensor_is_made_on_the_wrong_device():
    Q, K, V = (torch.empty(n, 4, device="meta") for n in (3, 5, 5))
    mask = torch.empty(3, 5, dtype=bool, device="meta")
    assert scaled_dot_product_attention(Q, K, V, mask).device.type == "meta"


@pytest.mark.parametrize(
    ("Q", "K", "V"),
    [((3, 4), (5, 3), (5, 2)), ((3, 4), (5, 4), (6, 2)), ((2, 3, 4), (5, 4), (5, 2))],
    ids=["d differs", "Tk differs", "batch differs"],
)
def test_shapes_that_do_not_fit_are_refused(Q, K, V, rng):
    with pytest.raises(TypeCheckError):
        dot_product_attention(normal(rng, *Q), normal(rng, *K), normal(rng, *V))


def test_a_mask_of_numbers_is_refused(rng):
    Q, K, V = _inputs(rng)
    with pytest.raises(TypeCheckError):
        dot_product_attention(Q, K, V, torch.zeros(3, 5))
