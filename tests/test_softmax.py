"""attn.softmax against torch, against NumPy, and against what a softmax must satisfy."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from jaxtyping import TypeCheckError
from tensors import DTYPES, close, coin, leading, normal, seeded, seeds, sizes

from attn.equations import softmax as equations
from attn.softmax import (
    entropy,
    masked_softmax,
    softmax,
    softmax_backward,
    softmax_jacobian,
)

# ------------------------------------------------------------------ softmax


@pytest.mark.parametrize("dtype", DTYPES)
def test_softmax_is_torchs_in_every_dtype(dtype, device, rng):
    scores = normal(rng, 2, 3, 7, dtype=dtype)
    weights = softmax(scores.to(device))
    assert (weights.dtype, weights.device.type) == (dtype, device.type)
    close(weights, scores.double().softmax(-1))


@given(seeds, leading, sizes)
def test_softmax_equals_its_numpy_twin_on_any_leading_shape(seed, shape, n):
    scores = normal(seeded(seed), *shape, n)
    close(softmax(scores), torch.from_numpy(equations.softmax(scores.numpy())))
    close(softmax(scores), torch.from_numpy(equations.naive_softmax(scores.numpy())))


@given(seeds, sizes, st.floats(-500, 500))
def test_a_constant_added_to_all_scores_changes_nothing(seed, n, constant):
    scores = normal(seeded(seed), 3, n)
    close(softmax(scores + constant), softmax(scores))


@given(seeds, sizes)
def test_permuting_the_scores_permutes_the_weights(seed, n):
    scores = normal(seeded(seed), n)
    order = torch.randperm(n, generator=seeded(seed))
    close(softmax(scores[order]), softmax(scores)[order])


@given(seeds, sizes, st.floats(0.01, 1e4))
def test_weights_are_positive_or_zero_and_sum_to_one(seed, n, spread):
    weights = softmax(spread * normal(seeded(seed), 4, n))
    assert (weights >= 0).all()
    close(weights.sum(-1), torch.ones(4))


@pytest.mark.parametrize("dtype", DTYPES)
def test_scores_of_ten_thousand_neither_overflow_nor_become_nan(dtype):
    scores = torch.tensor([1e4, 1e4, -1e4, 0], dtype=dtype)
    close(softmax(scores), torch.tensor([0.5, 0.5, 0, 0]))


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_half_precision_counts_beyond_its_own_largest_number(dtype):
    scores = torch.zeros(70_000, dtype=dtype)
    expected = scores.softmax(-1)
    assert torch.equal(softmax(scores), expected)
    assert torch.equal(masked_softmax(scores, torch.tensor([True])), expected)


def test_a_score_of_minus_infinity_gets_exactly_nothing():
    assert softmax(torch.tensor([0.0, -math.inf])).tolist() == [1.0, 0.0]


def test_naive_softmax_overflows_where_the_safe_one_does_not():
    with np.errstate(all="ignore"):
        assert np.isnan(equations.naive_softmax(np.array([800.0, 400.0]))).any()
    assert equations.softmax(np.array([800.0, 400.0])).tolist() == [1.0, np.exp(-400.0)]


def test_softmax_gradients(rng):
    assert torch.autograd.gradcheck(softmax, normal(rng, 2, 5).requires_grad_())


# ------------------------------------------------------------------ masked_softmax


@given(seeds, leading, sizes)
def test_masked_softmax_is_torchs_where_a_row_may_see_something(seed, shape, n):
    rng = seeded(seed)
    scores, mask = normal(rng, *shape, n), coin(rng, *shape, n)
    weights, expected = (
        masked_softmax(scores, mask),
        scores.masked_fill(~mask, -math.inf).softmax(-1),
    )
    some = mask.any(-1)
    close(weights[some], expected[some])
    assert (weights[~mask] == 0).all()
    assert (weights[~some] == 0).all()


@given(seeds, sizes)
def test_masked_softmax_equals_its_numpy_twin(seed, n):
    rng = seeded(seed)
    scores, mask = normal(rng, n), coin(rng, n)
    expected = equations.masked_softmax(scores.numpy(), mask.numpy())
    close(masked_softmax(scores, mask), torch.from_numpy(expected))


@given(seeds, sizes, st.floats(-1e4, 1e4))
def test_what_a_hidden_score_is_changes_nothing(seed, n, hidden):
    rng = seeded(seed)
    scores, mask = normal(rng, 3, n), coin(rng, 3, n)
    for score in (hidden, math.inf, -math.inf, math.nan):
        other = scores.masked_fill(~mask, score)
        assert torch.equal(masked_softmax(other, mask), masked_softmax(scores, mask))


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("height", [-1e4, 0.0, 1e4])
def test_hidden_keys_get_exactly_zero_at_any_height_and_dtype(dtype, height, device):
    scores = torch.full((2, 3), height, dtype=dtype, device=device)
    mask = torch.tensor([[True, False, True], [False, False, False]], device=device)
    weights = masked_softmax(scores, mask)
    assert (weights.dtype, weights.device.type) == (dtype, device.type)
    assert weights.tolist() == [[0.5, 0, 0.5], [0, 0, 0]]


def test_one_mask_serves_a_whole_batch(rng):
    scores, mask = normal(rng, 2, 3, 4), torch.tensor([True, True, False, True])
    close(masked_softmax(scores, mask), masked_softmax(scores, mask.expand(2, 3, 4)))


def test_a_row_that_may_see_nothing_has_zero_gradients_and_no_nan(device, rng):
    scores = normal(rng, 2, 3, dtype=torch.float32).to(device).requires_grad_()
    mask = torch.tensor([[False, False, False], [True, True, False]], device=device)
    masked_softmax(scores, mask).pow(2).sum().backward()
    assert scores.grad.isfinite().all()
    assert scores.grad[~mask].tolist() == [0, 0, 0, 0]
    assert (scores.grad[1, :2] != 0).all()


def test_masked_softmax_gradients(rng):
    mask = torch.tensor([[True, False, True, True], [False] * 4])
    scores = normal(rng, 2, 4).requires_grad_()
    assert torch.autograd.gradcheck(lambda s: masked_softmax(s, mask), scores)


# ------------------------------------------------------------------ entropy


@given(seeds, leading, sizes)
def test_entropy_is_torchs_and_lies_between_zero_and_ln_n(seed, shape, n):
    weights = normal(seeded(seed), *shape, n).softmax(-1)
    close(entropy(weights), torch.distributions.Categorical(probs=weights).entropy())
    assert (entropy(weights) >= 0).all()
    assert (entropy(weights) <= math.log(n) + 1e-12).all()


@given(seeds, sizes)
def test_entropy_equals_its_numpy_twin(seed, n):
    weights = normal(seeded(seed), n).softmax(-1)
    assert float(entropy(weights)) == pytest.approx(equations.entropy(weights.numpy()), abs=1e-12)


def test_perplexity_counts_the_keys_that_are_read_alike(device):
    weights = torch.tensor([[1.0, 0, 0, 0], [0.5, 0.5, 0, 0], [0.25] * 4], device=device)
    close(entropy(weights).exp(), torch.tensor([1.0, 2, 4]))


# ------------------------------------------------------------------ signatures


def test_no_tensor_is_made_on_the_wrong_device():
    """A tensor on `meta` holds no numbers: mixing it with one made on the CPU is an error."""
    scores, mask = torch.empty(2, 3, device="meta"), torch.empty(2, 3, dtype=bool, device="meta")
    for made in (softmax(scores), masked_softmax(scores, mask), entropy(scores)):
        assert made.device.type == "meta"


def test_wrong_shapes_and_types_are_refused(rng):
    with pytest.raises(TypeCheckError):
        masked_softmax(normal(rng, 2, 3), coin(rng, 2, 4))
    with pytest.raises(TypeCheckError):
        masked_softmax(normal(rng, 2, 3), normal(rng, 2, 3))
    with pytest.raises(TypeCheckError):
        softmax(torch.tensor([1, 2, 3]))
    with pytest.raises(TypeCheckError):
        softmax(torch.tensor(1.0))


# ------------------------------------------------------------------ the Jacobian


@given(seeds, leading, sizes)
def test_the_jacobian_is_autograds(seed, shape, n):
    scores = normal(seeded(seed), *shape, n)
    jacobian = softmax_jacobian(softmax(scores)).reshape(-1, n, n)
    for found, row in zip(jacobian, scores.reshape(-1, n), strict=True):
        close(found, torch.autograd.functional.jacobian(lambda s: s.softmax(-1), row))


@given(seeds, sizes)
def test_the_jacobian_equals_its_numpy_twin(seed, n):
    weights = softmax(normal(seeded(seed), n))
    expected = equations.softmax_jacobian(weights.numpy())
    close(softmax_jacobian(weights), torch.from_numpy(expected))


@given(seeds, sizes)
def test_the_jacobian_is_symmetric_and_its_rows_cancel(seed, n):
    jacobian = softmax_jacobian(softmax(normal(seeded(seed), 3, n)))
    close(jacobian, jacobian.transpose(-1, -2))
    close(jacobian.sum(-1), torch.zeros(3, n))
    assert (torch.linalg.eigvalsh(jacobian) > -1e-12).all()
    assert (torch.linalg.eigvalsh(jacobian) < 0.5 + 1e-12).all()  # the bound that chapter 9 names


def test_a_saturated_row_has_no_gradient():
    assert (softmax_jacobian(torch.tensor([0.0, 1.0, 0.0])) == 0).all()


@given(seeds, leading, sizes)
def test_softmax_backward_is_the_product_with_the_jacobian(seed, shape, n):
    rng = seeded(seed)
    weights, dweights = softmax(normal(rng, *shape, n)), normal(rng, *shape, n)
    expected = (softmax_jacobian(weights) @ dweights[..., None])[..., 0]
    close(softmax_backward(weights, dweights), expected)
    if not shape:
        twin = equations.softmax_backward(weights.numpy(), dweights.numpy())
        close(softmax_backward(weights, dweights), torch.from_numpy(twin))


@given(seeds, sizes)
def test_softmax_backward_is_autograds_under_a_mask(seed, n):
    rng = seeded(seed)
    scores, mask, dweights = normal(rng, 3, n), coin(rng, 3, n), normal(rng, 3, n)
    scores.requires_grad_()
    weights = masked_softmax(scores, mask)
    (expected,) = torch.autograd.grad(weights, scores, dweights)
    close(softmax_backward(weights.detach(), dweights), expected)
