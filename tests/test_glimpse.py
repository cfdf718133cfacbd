"""The movable window against its equations, plain slicing, and its properties."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from tensors import DTYPES, close, leading, normal, seeded, seeds

from attn import glimpse
from attn.equations import glimpse as equations

sides = st.integers(2, 7)


def drawn(seed: int, *B: int, Y: int, X: int, N: int) -> tuple[torch.Tensor, ...]:
    """A picture, its filters with their gamma, and a patch."""
    rng = seeded(seed)
    image, patch, parameters = normal(rng, *B, Y, X), normal(rng, *B, N, N), normal(rng, *B, 5) / 2
    where = glimpse.window(parameters, Y, X, N)
    return image, *glimpse.filter_banks(where, Y, X, N), where.gamma, patch


# ---------------------------------------------------------------- the paper's numbers


@given(seeds, sides, sides, sides)
def test_windows_and_filters_are_the_papers_but_for_counting_from_0(seed, Y, X, N):
    parameters = normal(seeded(seed), 5) / 2
    where = glimpse.window(parameters, Y, X, N)
    g_x, g_y, variance, delta, gamma = parameters.tolist()
    centre_x, centre_y = equations.centre(g_x, X), equations.centre(g_y, Y)
    stride = equations.stride(np.exp(delta), X, Y, N)
    expected = [centre_x - 1, centre_y - 1, stride, np.exp(variance), np.exp(gamma)]
    close(torch.stack(where), torch.tensor(expected, dtype=torch.float64))
    F_x, F_y = glimpse.filter_banks(where, Y, X, N)
    for bank, centre, size in ((F_x, centre_x, X), (F_y, centre_y, Y)):
        mu = equations.mu(centre, stride, N)
        ours = glimpse.filter_centres(
            torch.tensor(centre - 1, dtype=torch.float64), where.stride, N
        )
        close(ours, torch.from_numpy(mu - 1))
        distance = np.arange(1, size + 1) - mu[:, None]
        Z = np.exp(-(distance**2) / (2 * np.exp(variance))).sum(1)
        if Z.min() > 1e-290:  # beyond, the printed formula is 0 / 0
            close(bank, torch.from_numpy(equations.F(mu, np.exp(variance), size)))


@given(seeds, sides, sides, sides)
def test_read_and_write_are_sums_over_filters(seed, Y, X, N):
    image, F_x, F_y, gamma, patch = drawn(seed, Y=Y, X=X, N=N)
    arrays = F_x.numpy(), F_y.numpy(), gamma.item()
    close(
        glimpse.read(image, F_x, F_y, gamma), torch.tensor(equations.read(image.numpy(), *arrays))
    )
    close(
        glimpse.write(patch, F_x, F_y, gamma), torch.tensor(equations.write(patch.numpy(), *arrays))
    )


# ---------------------------------------------------------------- properties


@given(seeds, leading, sides, sides)
def test_rows_sum_to_one_however_far_the_window_has_gone(seed, B, N, size):
    rng = seeded(seed)
    variance = normal(rng, *B, 1)[..., 0].exp() / 10
    bank = glimpse.filter_bank(1000 * normal(rng, *B, N), variance, size)
    assert bank.isfinite().all()
    close(bank.sum(-1), torch.ones(*B, N))


def test_narrow_filters_on_pixels_cut_the_picture_out():
    image = normal(seeded(1), 6, 9)
    centre = (torch.tensor(g, dtype=torch.float64) for g in (4.0, 3.0))
    F_x, F_y = (
        glimpse.filter_bank(glimpse.filter_centres(g, torch.ones_like(g), 3), g * 0 + 1e-3, size)
        for g, size in zip(centre, (9, 6), strict=True)
    )
    close(glimpse.read(image, F_x, F_y, torch.ones(()).double()), image[2:5, 3:6])


@given(seeds, sides, sides, sides)
def test_writing_is_the_adjoint_of_reading(seed, Y, X, N):
    """⟨read(x), w⟩ = γ² ⟨x, write(w)⟩, so that the gradient of the one is the other."""
    image, F_x, F_y, gamma, patch = drawn(seed, Y=Y, X=X, N=N)
    read, written = glimpse.read(image, F_x, F_y, gamma), glimpse.write(patch, F_x, F_y, gamma)
    close((read * patch).sum(), gamma**2 * (image * written).sum())


@given(seeds)
def test_ink_is_kept_by_writing(seed):
    _, F_x, F_y, gamma, patch = drawn(seed, Y=5, X=7, N=3)
    close(glimpse.write(patch, F_x, F_y, gamma).sum(), patch.sum() / gamma)


def test_zeros_cover_the_picture_and_tanh_keeps_the_window_on_it():
    zeros = torch.zeros(5)
    where = glimpse.window(zeros, 12, 12, 4)
    centres = glimpse.filter_centres(where.x, where.stride, 4)
    close(centres[[0, -1]], torch.tensor([0.0, 11.0]))
    assert torch.equal(torch.stack(where), torch.stack(glimpse.bounded_window(zeros, 12, 12, 4)))
    far = glimpse.bounded_window(torch.tensor([50.0, -50.0, 0.0, 0.0, 0.0]), 12, 12, 4)
    assert (far.x.item(), far.y.item()) == (12.0, -1.0)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("B", [(), (2,), (2, 3)])
def test_any_batch_shape_dtype_and_device(B, dtype, device):
    def here(*tensors: torch.Tensor) -> list[torch.Tensor]:
        return [tensor.to(device, dtype) for tensor in tensors]

    parameters = normal(seeded(3), *B, 5) / 2
    image, patch = normal(seeded(4), *B, 4, 6), normal(seeded(5), *B, 3, 3)

    def all_of(parameters, image, patch):
        where = glimpse.bounded_window(parameters, 4, 6, 3)
        F_x, F_y = glimpse.filter_banks(where, 4, 6, 3)
        return [
            glimpse.read(image, F_x, F_y, where.gamma),
            glimpse.write(patch, F_x, F_y, where.gamma),
        ]

    parameters, image, patch = here(parameters, image, patch)
    out = all_of(parameters, image, patch)
    assert {(part.dtype, part.device.type) for part in out} == {(dtype, device.type)}
    assert [part.shape for part in out] == [(*B, 3, 3), (*B, 4, 6)]
    if dtype in (torch.float32, torch.float64):
        doubled = all_of(*(part.cpu().double() for part in (parameters, image, patch)))
        for ours, exact in zip(out, doubled, strict=True):
            close(ours, exact, dtype)


def test_gradients_reach_the_place_of_the_window():
    image, parameters = normal(seeded(6), 4, 5), normal(seeded(7), 5).requires_grad_()

    def seen(parameters):
        where = glimpse.bounded_window(parameters, 4, 5, 3)
        return glimpse.read(image, *glimpse.filter_banks(where, 4, 5, 3), where.gamma)

    assert torch.autograd.gradcheck(seen, (parameters,))
