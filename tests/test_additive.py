"""Additive attention against its equation, and the claim about the popular misquotation."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from attn.additive import AdditiveAttention
from attn.equations import additive as equations


def module(device="cpu", n=3, m=4, k=5):
    torch.manual_seed(0)
    return AdditiveAttention(n, m, k).double().to(device)


def test_it_is_the_equation(device):
    attend = module(device)
    s = torch.randn(2, 3, dtype=torch.float64, device=device)
    h = torch.randn(2, 6, 4, dtype=torch.float64, device=device)
    mask = torch.ones(2, 6, dtype=torch.bool, device=device)
    context, weights = attend(s, h, mask)
    W, U, v = (p.weight.detach().cpu().numpy() for p in (attend.W_a, attend.U_a, attend.v_a))
    for b in range(2):
        scores = equations.additive_scores(s[b].cpu().numpy(), h[b].cpu().numpy(), W, U, v[0])
        c, alpha = equations.additive_context(scores, h[b].cpu().numpy())
        np.testing.assert_allclose(context[b].detach().cpu(), c, atol=1e-12)
        np.testing.assert_allclose(weights[b].detach().cpu(), alpha, atol=1e-12)


def test_padding_gets_no_weight_and_changes_nothing():
    attend = module()
    s, h = torch.randn(1, 3, dtype=torch.float64), torch.randn(1, 5, 4, dtype=torch.float64)
    mask = torch.tensor([[True, True, True, False, False]])
    context, weights = attend(s, h, mask)
    short, _ = attend(s, h[:, :3], mask[:, :3])
    assert (weights[0, 3:] == 0).all()
    assert torch.allclose(context, short)


def test_any_batch_shape():
    attend = module()
    s, h = torch.randn(2, 3, 3).double(), torch.randn(2, 3, 6, 4).double()
    context, weights = attend(s, h, torch.ones(2, 3, 6, dtype=torch.bool))
    assert context.shape == (2, 3, 4)
    assert weights.shape == (2, 3, 6)


def test_gradients():
    attend = module()
    h = torch.randn(1, 4, 4, dtype=torch.float64, requires_grad=True)
    s = torch.randn(1, 3, dtype=torch.float64, requires_grad=True)
    mask = torch.tensor([[True, True, False, True]])
    assert torch.autograd.gradcheck(lambda s, h: attend(s, h, mask)[0], (s, h))


@given(st.integers(0, 10_000))
def test_the_popular_formula_ranks_positions_alike_for_every_state(seed):
    rng = np.random.default_rng(seed)
    h, w_s, w_h = rng.normal(size=(6, 4)), rng.normal(size=3), rng.normal(size=4)
    ranks = [
        equations.popular_scores(rng.normal(size=3), h, w_s, w_h, rng.normal()).argsort()
        for _ in range(5)
    ]
    assert all((rank == ranks[0]).all() for rank in ranks)


@pytest.mark.parametrize("seed", range(5))
def test_bahdanaus_formula_does_not(seed):
    rng = np.random.default_rng(seed)
    h, W, U, v = (
        rng.normal(size=(6, 4)),
        rng.normal(size=(8, 3)),
        rng.normal(size=(8, 4)),
        rng.normal(size=8),
    )
    winners = {
        int(equations.additive_scores(5 * rng.normal(size=3), h, W, U, v).argmax())
        for _ in range(50)
    }
    assert len(winners) > 1
