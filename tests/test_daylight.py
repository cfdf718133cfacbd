"""The light meter, and the chapter's claim about it on one day (the page tests thirty)."""

import pytest
import torch

from attn.data.daylight import NOISE, daylight, true_daylight
from attn.pooling import KernelPooling, kernel_regression, train_kernel_width


def test_same_seed_same_day():
    a, b = (daylight(40, torch.Generator().manual_seed(3)) for _ in range(2))
    assert torch.equal(a[0], b[0])
    assert torch.equal(a[1], b[1])


def test_times_are_sorted_and_the_noise_has_its_size(rng):
    times, readings = daylight(20_000, rng)
    assert (times.diff() >= 0).all()
    error = readings - true_daylight(times)
    assert abs(error.mean().item()) < 0.02
    assert error.std().item() == pytest.approx(NOISE, rel=0.03)


def test_a_width_learned_on_itself_is_worse():
    times, readings = daylight(40, torch.Generator().manual_seed(0))
    pool = KernelPooling(width=1.0)
    adam = torch.optim.Adam(pool.parameters(), lr=0.05)
    for _ in range(300):
        adam.zero_grad()
        ((pool(times, times, readings) - readings) ** 2).mean().backward()
        adam.step()
    itself, left_out = pool.log_width.exp().item(), train_kernel_width(times, readings)
    assert itself < 60 / 3600 < 0.2 < left_out < 0.5

    hours = torch.linspace(8, 18, 201)
    errors = [
        ((kernel_regression(hours, times, readings, width) - true_daylight(hours)) ** 2).mean()
        for width in (left_out, itself)
    ]
    assert errors[0] < 0.5 * errors[1]
