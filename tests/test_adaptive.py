"""attn.adaptive against what the papers define: a projection, an optimum, a masked softmax."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import minimize
from tensors import DTYPES, close, coin, leading, normal, seeded, seeds, sizes

from attn.adaptive import (
    adaptive_span_attention,
    adaptive_span_weights,
    entmax15,
    span_mask,
    sparsemax,
)
from attn.dot_product import scaled_dot_product_attention
from attn.equations import adaptive as equations
from attn.masks import causal_mask

BOTH = pytest.mark.parametrize("weigh", [sparsemax, entmax15])


def _on_the_simplex(loss, n):
    """The p >= 0 with sum 1 at which ``loss`` is smallest, by a solver that knows nothing more."""
    found = minimize(
        loss,
        np.full(n, 1 / n),
        bounds=[(0, 1)] * n,
        constraints={"type": "eq", "fun": lambda p: p.sum() - 1},
        method="SLSQP",
        options={"ftol": 1e-11, "maxiter": 500},
    )
    assert found.success, found.message
    return found.x


@pytest.mark.parametrize("seed", range(8))
def test_sparsemax_is_the_nearest_point_of_the_simplex(seed):
    """Martins & Astudillo 2016, their definition, as a quadratic program."""
    s = normal(seeded(seed), 5).numpy()
    nearest = _on_the_simplex(lambda p: ((p - s) ** 2).sum(), 5)
    np.testing.assert_allclose(sparsemax(torch.from_numpy(s)), nearest, atol=1e-4)


@pytest.mark.parametrize("seed", range(8))
def test_entmax_maximises_score_and_tsallis_entropy(seed):
    """Peters et al. 2019, their definition: p · s + (Σ p - p^1.5) / (1.5 · 0.5)."""
    s = normal(seeded(seed), 4).numpy()

    def loss(p):
        p = np.clip(p, 0, None)
        return -(p @ s + (p - p**1.5).sum() / (1.5 * 0.5))

    best = _on_the_simplex(loss, 4)
    np.testing.assert_allclose(entmax15(torch.from_numpy(s)), best, atol=1e-3)


@given(seeds, st.integers(1, 12), st.sampled_from([0.1, 1.0, 10.0]))
def test_they_equal_their_numpy_twins(seed, n, scale):
    s = scale * normal(seeded(seed), n)
    close(sparsemax(s), torch.from_numpy(equations.sparsemax(s.numpy())))
    close(entmax15(s), torch.from_numpy(equations.entmax15(s.numpy())))


@BOTH
@given(seeds, leading)
def test_rows_sum_to_one_and_hidden_keys_get_nothing(weigh, seed, shape):
    rng = seeded(seed)
    scores, mask = 3 * normal(rng, *shape, 6), coin(rng, *shape, 6)
    weights = weigh(scores, mask)
    assert (weights >= 0).all()
    assert (weights[~mask] == 0).all()
    close(weights.sum(-1), mask.any(-1).double())
    hidden_differ = scores.masked_fill(~mask, 1e6)
    assert torch.equal(weigh(hidden_differ, mask), weights)


@BOTH
@given(seeds)
def test_what_is_hidden_might_as_well_not_be_there(weigh, seed):
    rng = seeded(seed)
    scores, mask = normal(rng, 6), coin(rng, 6)
    close(weigh(scores, mask)[mask], weigh(scores[mask]) if mask.any() else torch.zeros(0).double())


@BOTH
def test_ties_share_alike_and_low_scores_get_exactly_nothing(weigh):
    weights = weigh(torch.tensor([5.0, 5.0, 1.0, -torch.inf]))
    assert weights.tolist() == pytest.approx([0.5, 0.5, 0, 0])
    assert weights[2:].tolist() == [0, 0]
    assert weigh(torch.tensor([1e4, 0.0])).tolist() == [1, 0]


def test_entmax_lies_between_softmax_and_sparsemax(rng):
    scores = 2 * normal(rng, 200, 8)
    largest = [f(scores).amax(-1) for f in (lambda s: s.softmax(-1), entmax15, sparsemax)]
    assert (largest[0] <= largest[1] + 1e-12).all()
    assert (largest[1] <= largest[2] + 1e-12).all()


@BOTH
@pytest.mark.parametrize("mask", [None, torch.tensor([[True, False, True, True], [False] * 4])])
def test_gradients(weigh, mask, rng):
    scores = normal(rng, 2, 4).requires_grad_()
    assert torch.autograd.gradcheck(lambda s: weigh(s, mask), [scores])


@BOTH
@pytest.mark.parametrize("dtype", DTYPES)
def test_every_dtype_is_kept_and_right(weigh, dtype, device, rng):
    scores = normal(rng, 3, 7, dtype=dtype).to(device)
    weights = weigh(scores)
    assert (weights.dtype, weights.device.type) == (dtype, device.type)
    close(weights, weigh(scores.cpu().double()), dtype)


# ------------------------------------------------------------------ spans


@given(seeds, sizes, st.floats(0, 6), st.floats(0.5, 4))
def test_a_span_is_its_numpy_twin(seed, T, span, ramp):
    scores = normal(seeded(seed), T, T)
    ours = adaptive_span_weights(scores, torch.tensor(span, dtype=torch.float64), ramp)
    close(ours, torch.from_numpy(equations.adaptive_span_weights(scores.numpy(), span, ramp)))


def test_a_span_beyond_the_sequence_is_causal_attention(rng):
    Q, K, V = (normal(rng, 2, 5, width) for width in (4, 4, 3))
    ours = adaptive_span_attention(Q, K, V, torch.tensor(9.0).double(), ramp=2.0)
    close(ours, scaled_dot_product_attention(Q, K, V, causal_mask(5, 5)))


def test_each_head_has_its_own_span(rng):
    scores, spans = normal(rng, 2, 3, 6, 6), torch.tensor([0.0, 1.5, 4.0]).double()
    together = adaptive_span_weights(scores, spans, ramp=2.0)
    for h, span in enumerate(spans):
        close(together[:, h], adaptive_span_weights(scores[:, h], span, ramp=2.0))


def test_beyond_span_and_ramp_nothing_is_read_however_large_its_score():
    scores = torch.zeros(5, 5)
    scores[:, 0] = 1e4
    weights = adaptive_span_weights(scores, torch.tensor(1.0), ramp=2.0)
    assert (weights[3:, 0] == 0).all()
    close(weights.sum(-1), torch.ones(5))


def test_the_span_has_a_gradient_on_its_ramp(rng):
    scores, span = normal(rng, 4, 4), torch.tensor(0.7).double()
    inputs = [scores.requires_grad_(), span.requires_grad_()]
    attend = lambda s, z: adaptive_span_weights(s, z, 2.0)  # noqa: E731
    assert torch.autograd.gradcheck(attend, inputs)


def test_the_mask_falls_in_a_straight_line():
    places = torch.arange(6).double()
    mask = span_mask(places, torch.tensor(1.0).double(), ramp=3.0)
    close(mask, torch.tensor([1, 1, 2 / 3, 1 / 3, 0, 0], dtype=torch.float64))


def test_no_tensor_is_made_on_the_wrong_device():
    scores = torch.empty(5, 5, device="meta")
    mask = torch.empty(5, dtype=torch.bool, device="meta")
    assert sparsemax(scores, mask).device.type == "meta"
    assert entmax15(scores, mask).device.type == "meta"
    span = torch.empty((), device="meta")
    assert adaptive_span_weights(scores, span, 2.0).device.type == "meta"
