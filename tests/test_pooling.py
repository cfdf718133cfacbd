"""attn.pooling against NumPy, against known answers and against a search by brute force."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from jaxtyping import TypeCheckError
from tensors import close, leading, normal, seeded, seeds, sizes

from attn.equations import pooling as equations
from attn.pooling import (
    KernelPooling,
    fixations,
    kernel_regression,
    kernel_weights,
    leave_one_out_loss,
    question_weights,
    train_kernel_width,
)

widths = st.floats(0.1, 10)


# ------------------------------------------------------------------ question and glances


def test_question_weights_are_the_softmax_of_the_dot_products():
    regions = {"a": {"x": 1.0, "y": 2.0}, "b": {"y": -1.0}, "c": {"z": 5.0}}
    weights = question_weights({"x": 3.0, "y": 0.5}, regions)
    assert list(weights) == ["a", "b", "c"]
    expected = torch.tensor([4.0, -0.5, 0.0], dtype=torch.float64).softmax(-1)
    assert list(weights.values()) == pytest.approx(expected.tolist(), abs=1e-12)


def test_a_question_about_nothing_weighs_all_regions_alike():
    assert question_weights({}, {"a": {"x": 1.0}, "b": {}}) == {"a": 0.5, "b": 0.5}


def test_fixations_fall_as_often_as_the_weights_say(device):
    """20,000 draws: the standard error of a share is at most .0036; the seed is fixed."""
    weights = torch.tensor([0.1, 0.0, 0.6, 0.3], device=device)
    drawn = fixations(weights, 20_000, torch.Generator(device=device).manual_seed(0))
    shares = torch.bincount(drawn.cpu(), minlength=4) / 20_000
    assert shares[1] == 0
    assert shares.tolist() == pytest.approx([0.1, 0, 0.6, 0.3], abs=0.015)


def test_fixations_repeat_with_the_seed():
    weights = torch.tensor([0.25] * 4)
    first, again = (fixations(weights, 50, seeded(3)) for _ in range(2))
    assert torch.equal(first, again)
    assert not torch.equal(first, fixations(weights, 50, seeded(4)))


# ------------------------------------------------------------------ kernel regression


@given(seeds, sizes, sizes, widths)
def test_kernel_regression_equals_its_numpy_twin(seed, Tq, Tk, width):
    rng = seeded(seed)
    q, k, v = normal(rng, Tq), normal(rng, Tk), normal(rng, Tk)
    weights = np.stack([equations.kernel_weights(x, k.numpy(), width) for x in q.numpy()])
    close(kernel_weights(q, k, width), torch.from_numpy(weights))
    means = [equations.kernel_regression(x, k.numpy(), v.numpy(), width) for x in q.numpy()]
    close(kernel_regression(q, k, v, width), torch.tensor(means, dtype=torch.float64))


@given(seeds, leading, widths)
def test_leading_shapes_are_separate_examples(seed, shape, width):
    rng = seeded(seed)
    q, k, v = normal(rng, *shape, 3), normal(rng, *shape, 4), normal(rng, *shape, 4)
    out = kernel_regression(q, k, v, width)
    assert out.shape == (*shape, 3)
    flat = [x.reshape(-1, x.shape[-1]) for x in (q, k, v)]
    rows = [kernel_regression(*example, width) for example in zip(*flat, strict=True)]
    close(out.reshape(-1, 3), torch.stack(rows))


@given(seeds, widths, st.floats(-100, 100))
def test_only_distances_matter(seed, width, shift):
    rng = seeded(seed)
    q, k = normal(rng, 3), normal(rng, 4)
    torch.testing.assert_close(
        kernel_weights(q + shift, k + shift, width), kernel_weights(q, k, width), atol=1e-9, rtol=0
    )


def test_a_narrow_kernel_reads_the_nearest_and_a_wide_one_the_mean():
    keys = torch.tensor([0.0, 1.0, 5.0])
    values = torch.tensor([1.0, 2.0, 9.0])
    close(kernel_regression(torch.tensor([1.2]), keys, values, 1e-4), torch.tensor([2.0]))
    close(kernel_regression(torch.tensor([1.2]), keys, values, 1e4), torch.tensor([4.0]))


def test_the_module_is_the_function_and_its_width_has_a_gradient(device, rng):
    q, k, v = (normal(rng, n, dtype=torch.float32).to(device) for n in (3, 5, 5))
    pool = KernelPooling(width=0.7).to(device)
    assert [name for name, _ in pool.named_parameters()] == ["log_width"]
    assert pool.log_width.exp().item() == pytest.approx(0.7)
    out = pool(q, k, v)
    assert out.device.type == device.type
    close(out, kernel_regression(q, k, v, 0.7))
    out.sum().backward()
    assert pool.log_width.grad != 0


def test_kernel_regression_gradients(rng):
    inputs = [normal(rng, n).requires_grad_() for n in (3, 4, 4)]
    width = torch.tensor(0.8, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(kernel_regression, (*inputs, width))


# ------------------------------------------------------------------ the learned width


def test_leave_one_out_predicts_each_point_from_the_others(rng):
    keys, values = normal(rng, 6), normal(rng, 6)
    errors = []
    for i in range(6):
        others = torch.arange(6) != i
        guess = equations.kernel_regression(
            keys[i].item(), keys[others].numpy(), values[others].numpy(), 0.5
        )
        errors.append((guess - values[i].item()) ** 2)
    assert leave_one_out_loss(keys, values, 0.5).item() == pytest.approx(np.mean(errors))


@pytest.mark.parametrize("seed", range(3))
def test_the_trained_width_is_the_one_a_search_finds(seed, device):
    rng = seeded(seed)
    keys = (6 * torch.rand(40, generator=rng)).to(device)
    values = keys.sin() + 0.2 * normal(rng, 40, dtype=torch.float32).to(device)
    found = train_kernel_width(keys, values)
    grid = torch.logspace(-2, 1, 400)
    losses = torch.stack([leave_one_out_loss(keys, values, w.item()) for w in grid])
    at_found = leave_one_out_loss(keys, values, found)
    assert at_found <= losses.min() * 1.01


# ------------------------------------------------------------------ signatures


def test_no_tensor_is_made_on_the_wrong_device():
    q, k, v = (torch.empty(n, device="meta") for n in (3, 5, 5))
    assert kernel_regression(q, k, v, 1.0).device.type == "meta"
    assert leave_one_out_loss(k, v, 1.0).device.type == "meta"


def test_as_many_values_as_keys(rng):
    with pytest.raises(TypeCheckError):
        kernel_regression(normal(rng, 3), normal(rng, 4), normal(rng, 5), 1.0)
