"""attn.flash against torch's own attention, NumPy, the dense forms, and finite differences."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from jaxtyping import TypeCheckError
from tensors import DTYPES, close, coin, leading, normal, seeded, seeds, sizes
from torch.autograd.gradcheck import GradcheckError
from torch.nn.functional import scaled_dot_product_attention as torch_attention

from attn import flash
from attn.backward import attention_backward
from attn.dot_product import scaled_dot_product_attention
from attn.equations import flash as equations
from attn.flash import finished, flash_attention, log_norm, nothing_read, read_tile
from attn.masks import causal_mask, combined_mask

tiles = st.tuples(st.integers(1, 7), st.integers(1, 7))


def _inputs(rng, *shape, Tq=3, Tk=5, d=4, dv=2, dtype=torch.float64):
    """Q, K, V and the gradient of the output."""
    widths = ((Tq, d), (Tk, d), (Tk, dv), (Tq, dv))
    return tuple(normal(rng, *shape, *width, dtype=dtype) for width in widths)


def _gradients(attention, Q, K, V, dout):
    leaves = [x.detach().clone().requires_grad_() for x in (Q, K, V)]
    return torch.autograd.grad(attention(*leaves), leaves, dout)


def _alike(ours, theirs, dtype=None):
    for mine, other in zip(ours, theirs, strict=True):
        close(mine, other, dtype)


# ------------------------------------------------------------------ against torch


@given(seeds, leading, sizes, sizes, sizes, sizes, tiles)
def test_it_is_torchs_forward_and_backward(seed, shape, Tq, Tk, d, dv, tile):
    Q, K, V, dout = _inputs(seeded(seed), *shape, Tq=Tq, Tk=Tk, d=d, dv=dv)
    close(flash_attention(Q, K, V, tile=tile), torch_attention(Q, K, V))
    ours = _gradients(lambda *x: flash_attention(*x, tile=tile), Q, K, V, dout)
    _alike(ours, _gradients(torch_attention, Q, K, V, dout))


@given(seeds, st.integers(1, 9), tiles)
def test_causal_is_torchs(seed, T, tile):
    Q, K, V, dout = _inputs(seeded(seed), 2, Tq=T, Tk=T)
    close(
        flash_attention(Q, K, V, causal=True, tile=tile), torch_attention(Q, K, V, is_causal=True)
    )
    ours = _gradients(lambda *x: flash_attention(*x, causal=True, tile=tile), Q, K, V, dout)
    _alike(ours, _gradients(lambda *x: torch_attention(*x, is_causal=True), Q, K, V, dout))


@given(seeds, sizes, sizes, tiles, st.booleans())
def test_padding_and_the_last_corner_are_as_in_attn_masks(seed, Tq, Tk, tile, causal):
    """Also where queries see nothing: more queries than keys, or padding on the left."""
    rng = seeded(seed)
    Q, K, V, dout = _inputs(rng, 2, Tq=Tq, Tk=Tk)
    real = coin(rng, 2, Tk)
    mask = combined_mask(real, Tq) if causal else real[:, None].expand(2, Tq, Tk)
    out = flash_attention(Q, K, V, real, causal, tile)
    close(out, scaled_dot_product_attention(Q, K, V, mask))
    ours = _gradients(lambda *x: flash_attention(*x, real, causal, tile), Q, K, V, dout)
    _alike(ours, attention_backward(Q, K, V, dout, mask))


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("causal", [False, True])
def test_every_dtype_is_kept_and_right(dtype, causal, device, rng):
    Q, K, V, dout = (x.to(device) for x in _inputs(rng, 2, Tq=40, Tk=40, d=8, dtype=dtype))
    out = flash_attention(Q, K, V, causal=causal, tile=(16, 8))
    assert (out.dtype, out.device.type) == (dtype, device.type)
    exact = [x.cpu().double() for x in (Q, K, V, dout)]
    close(out, torch_attention(*exact[:3], is_causal=causal))
    ours = _gradients(lambda *x: flash_attention(*x, causal=causal, tile=(16, 8)), Q, K, V, dout)
    assert {g.dtype for g in ours} == {dtype}
    _alike(ours, _gradients(lambda *x: torch_attention(*x, is_causal=causal), *exact))


def test_half_precision_is_summed_in_single():
    """A thousand keys alike: a sum kept in bfloat16 would stay at 256."""
    Q, K, V = torch.zeros(1, 4), torch.zeros(1000, 4), torch.ones(1000, 1)
    out = flash_attention(*(x.bfloat16() for x in (Q, K, V)), tile=(1, 1))
    assert out.item() == 1


@pytest.mark.parametrize("causal", [False, True])
def test_it_is_as_near_to_float64_as_the_whole_table_is(causal, rng):
    """Exact, not approximate: in float32 its errors are those of any order of summation."""
    Q, K, V, _ = _inputs(rng, 2, Tq=300, Tk=300, d=16, dv=16, dtype=torch.float32)
    mask = causal_mask(300, 300) if causal else None
    exact = scaled_dot_product_attention(Q.double(), K.double(), V.double(), mask)
    ours = (flash_attention(Q, K, V, causal=causal, tile=(64, 32)) - exact).abs().max()
    table = (scaled_dot_product_attention(Q, K, V, mask) - exact).abs().max()
    assert ours < 1e-6
    assert ours < 3 * table


# ------------------------------------------------------------------ against NumPy and differences


@given(seeds, sizes, sizes, sizes, tiles)
def test_it_equals_its_numpy_twin(seed, Tk, d, dv, tile):
    Q, K, V, dout = _inputs(seeded(seed), Tk=Tk, d=d, dv=dv)
    pairs = [equations.online_attention(q, K.numpy(), V.numpy()) for q in Q.numpy()]
    out, norms = (np.stack(x) for x in zip(*pairs, strict=True))
    close(flash_attention(Q, K, V, tile=tile), torch.from_numpy(out))
    rows = zip(Q.numpy(), out, norms, dout.numpy(), strict=True)
    twins = [equations.online_backward(q, K.numpy(), V.numpy(), o, n, do) for q, o, n, do in rows]
    dQ, dK, dV = (np.stack(x) for x in zip(*twins, strict=True))
    ours = _gradients(lambda *x: flash_attention(*x, tile=tile), Q, K, V, dout)
    _alike(ours, map(torch.from_numpy, (dQ, dK.sum(0), dV.sum(0))))


@given(seeds, st.integers(1, 5))
def test_parts_merge_in_any_order(seed, cut):
    rng = seeded(seed)
    scores, V = 3 * normal(rng, 1, 6), normal(rng, 6, 2)

    def part(columns):
        known = read_tile(nothing_read(scores, 2), scores[:, columns], V[columns])
        return known.largest.item(), known.total.item(), known.mixed[0].numpy()

    left, right, whole = part(slice(0, cut)), part(slice(cut, 6)), part(slice(0, 6))
    for pair in ((left, right), (right, left)):
        for mine, other in zip(equations.merged(*pair), whole, strict=True):
            np.testing.assert_allclose(mine, other, rtol=1e-12)


@given(seeds, tiles)
def test_the_numbers_kept_are_those_of_the_whole_row(seed, tile):
    rng = seeded(seed)
    scores, V = 10 * normal(rng, 2, 3, 7), normal(rng, 2, 7, 2)
    known = nothing_read(scores, 2)
    for columns in torch.arange(7).split(tile[1]):
        known = read_tile(known, scores[..., columns], V[..., columns, :])
    assert torch.equal(known.largest, scores.amax(-1))
    close(log_norm(known), scores.logsumexp(-1))
    close(finished(known), scores.softmax(-1) @ V)


@pytest.mark.parametrize("real", [None, torch.tensor([True, False, True])])
@pytest.mark.parametrize("causal", [False, True])
def test_the_backward_pass_passes_gradcheck(real, causal, rng):
    inputs = [x.requires_grad_() for x in _inputs(rng, 2, Tq=4, Tk=3)[:3]]
    attention = lambda *x: flash_attention(*x, real, causal, (2, 2))  # noqa: E731
    assert torch.autograd.gradcheck(attention, inputs)


def test_gradcheck_sees_a_norm_that_is_forgotten(rng, monkeypatch):
    """The test above can fail: a backward pass that keeps m instead of log Σ exp does."""
    monkeypatch.setattr(flash, "log_norm", lambda known: known.largest)
    inputs = [x.requires_grad_() for x in _inputs(rng, Tq=2, Tk=3)[:3]]
    with pytest.raises(GradcheckError):
        torch.autograd.gradcheck(flash_attention, inputs)


# ------------------------------------------------------------------ properties


@given(seeds, tiles, tiles)
def test_the_tiles_do_not_matter(seed, one, other):
    Q, K, V, _ = _inputs(seeded(seed), Tq=6, Tk=7)
    close(flash_attention(Q, K, V, tile=one), flash_attention(Q, K, V, tile=other))


def test_a_query_that_may_see_nothing_gets_zeros_forward_and_backward(device, rng):
    inputs = _inputs(rng, 2, Tq=2, Tk=3, dtype=torch.float32)
    Q, K, V, dout = (x.to(device) for x in inputs)
    real = torch.tensor([[False] * 3, [True, False, True]], device=device)
    out = flash_attention(Q, K, V, real, tile=(1, 2))
    assert (out[0] == 0).all()
    dQ, dK, dV = _gradients(lambda *x: flash_attention(*x, real, tile=(1, 2)), Q, K, V, dout)
    assert all(x.isfinite().all() for x in (out, dQ, dK, dV))
    assert all((x[0] == 0).all() for x in (dQ, dK, dV))
    assert all((x[1, 1] == 0).all() for x in (dK, dV))


def test_huge_scores_are_finite(rng):
    Q, K, V, _ = _inputs(rng, dtype=torch.float32)
    close(flash_attention(1e4 * Q, K, V, tile=(2, 2)), torch_attention(1e4 * Q, K, V))
    low = torch.full((1, 4), -1e4)
    assert flash_attention(low, torch.ones(5, 4), V, tile=(1, 2)).isfinite().all()


def test_no_tensor_of_the_tables_size_is_ever_made(monkeypatch):
    """Forward and backward: nothing larger than an input or a tile."""
    from torch.utils._python_dispatch import TorchDispatchMode

    class Largest(TorchDispatchMode):
        seen = 0

        def __torch_dispatch__(self, function, types, args=(), kwargs=None):
            result = function(*args, **(kwargs or {}))
            for x in result if isinstance(result, tuple | list) else (result,):
                if isinstance(x, torch.Tensor):
                    Largest.seen = max(Largest.seen, x.numel())
            return result

    Q, K, V = (torch.randn(512, 8, requires_grad=True) for _ in range(3))
    with Largest():
        flash_attention(Q, K, V, causal=True, tile=(32, 64)).sum().backward()
    assert Largest.seen == 512 * 8  # and not 512 * 512


def test_no_tensor_is_made_on_the_wrong_device():
    Q, K, V = (torch.empty(n, 4, device="meta") for n in (3, 5, 5))
    real = torch.empty(5, dtype=torch.bool, device="meta")
    assert flash_attention(Q, K, V, real, causal=True, tile=(2, 2)).device.type == "meta"


def test_shapes_that_do_not_fit_are_refused(rng):
    Q, K, V, _ = _inputs(rng)
    with pytest.raises(TypeCheckError):
        flash_attention(Q, K[:3], V)
