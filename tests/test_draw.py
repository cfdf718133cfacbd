"""DRAW against its equations, torch.distributions, and itself step by step."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from tensors import close, leading, normal, seeded, seeds
from torch.distributions import Bernoulli, Normal, kl_divergence

from attn import draw
from attn.equations import draw as equations
from attn.equations import glimpse
from attn.train import seeded as initialised


def built(N: int | None = 3, seed: int = 0) -> draw.Draw:
    with initialised(seed):
        return draw.Draw(size=6, T=4, N=N, H=8, Z=2).double()


def pictures(n: int = 3) -> torch.Tensor:
    return torch.rand(n, 6, 6, generator=seeded(1), dtype=torch.float64)


@given(seeds, leading, st.integers(1, 5))
def test_the_kl_of_a_step_is_torchs_and_the_equations(seed, B, Z):
    rng = seeded(seed)
    mean, log_std = normal(rng, *B, Z), normal(rng, *B, Z)
    ours = draw.step_kl(mean, log_std)
    oracle = kl_divergence(Normal(mean, log_std.exp()), Normal(0.0, 1.0)).sum(-1)
    close(ours, oracle)
    flat, logs = mean.reshape(-1, Z)[0].numpy(), log_std.reshape(-1, Z)[0].numpy()
    assert ours.flatten()[0].item() == pytest.approx(equations.step_kl(flat, np.exp(logs)))


def test_no_kl_costs_nothing_and_every_other_costs_something():
    assert draw.step_kl(torch.zeros(3), torch.zeros(3)).item() == 0
    assert draw.step_kl(torch.full((3,), 0.1), torch.full((3,), -0.1)).item() > 0


def test_the_ink_loss_is_torchs_log_probability():
    canvas = normal(seeded(0), 2, 4, 5)
    image = (torch.rand(2, 4, 5, generator=seeded(1)) < 0.5).double()
    expected = -Bernoulli(logits=canvas).log_prob(image).sum((-2, -1))
    close(draw.ink_loss(canvas, image), expected)
    by_hand = [equations.L_x(x.numpy(), c.numpy()) for x, c in zip(image, canvas, strict=True)]
    close(draw.ink_loss(canvas, image), torch.tensor(by_hand, dtype=torch.float64))


@pytest.mark.parametrize("N", [3, None])
def test_every_step_has_its_kl_and_the_bound_sums_them(N):
    model, image = built(N), pictures()
    steps = model(image, seeded(0))
    assert len(steps) == 4
    assert all((step.kl > 0).all() for step in steps)
    ink, kl = draw.bound(steps, image)
    one = [np.array([step.kl[0].item()]) for step in steps]
    assert equations.L_z([np.sqrt(2 * k) for k in one], [np.ones(1)] * 4) == pytest.approx(
        kl[0].item()
    )
    close(kl, sum(step.kl for step in steps))
    close(ink, draw.ink_loss(steps[-1].canvas, image))
    assert (steps[0].reads is None) == (N is None)


def test_the_first_read_is_of_picture_and_half_ink():
    """x̂_1 = x - σ(0): the error image of an empty canvas."""
    model, image = built(), pictures(1)
    h = normal(seeded(2), 1, 8)
    seen, where = model.read(image, torch.zeros_like(image), h)
    F_x, F_y = draw.filter_banks(where, 6, 6, 3)
    left = equations.error_image(image[0].numpy(), np.zeros((6, 6)))
    for patch, picture in zip(seen.view(2, 3, 3), (image[0].numpy(), left), strict=True):
        arrays = F_x[0].detach().numpy(), F_y[0].detach().numpy(), where.gamma.item()
        close(patch, torch.from_numpy(glimpse.read(picture, *arrays)))


def test_where_it_looks_at_step_t_was_decided_at_step_t_minus_1():
    """The first window is the same for all pictures: the decoder has not heard of them yet."""
    steps = built()(pictures(), seeded(0))
    assert torch.equal(steps[0].reads.x, steps[0].reads.x[:1].expand(3))
    assert steps[1].reads.x.unique().numel() == 3


def test_the_canvas_only_grows_by_what_is_written():
    model = built()
    steps = model.sample(2, seeded(0))
    assert len(steps) == 4
    assert torch.equal(steps[0].canvas, model.sample(2, seeded(0))[0].canvas)
    with torch.no_grad():
        F_x, F_y = draw.filter_banks(steps[-1].writes, 6, 6, 3)
    change = steps[-1].canvas - steps[-2].canvas
    # What N by N filters write has at most rank N.
    assert torch.linalg.matrix_rank(change, atol=1e-9).max() <= 3
    assert F_x.shape == F_y.shape == (2, 3, 6)


def test_gradients_reach_every_parameter():
    for model in (built(), built(None)):
        ink, kl = draw.bound(model(pictures(), seeded(0)), pictures())
        (ink + kl).mean().backward()
        assert all(p.grad is not None and p.grad.abs().max() > 0 for p in model.parameters())


def test_the_reader_looks_at_all_first_and_then_where_it_wants(device):
    with initialised(0):
        reader = draw.GlimpseReader(T=3, N=4, size=12, H=8).to(device)
    reader.place.weight.data.normal_(generator=torch.Generator(device).manual_seed(0))
    scores, windows = reader(torch.rand(5, 12, 12, generator=seeded(0)).to(device))
    assert scores.shape == (5, 10)
    assert scores.device.type == device.type
    assert windows[0].x.unique().tolist() == [5.5]
    assert windows[1].x.unique().numel() == 5
    assert all((where.x > -1).all() and (where.x < 12).all() for where in windows)


def test_unbounded_a_reader_may_leave_the_picture():
    with initialised(0):
        reader = draw.GlimpseReader(T=2, N=4, size=12, H=8, bounded=False)
    reader.place.bias.data[0] = 30.0
    scores, windows = reader(torch.rand(2, 12, 12, generator=seeded(0)))
    assert (windows[1].x > 100).all()
    assert scores.isfinite().all()
