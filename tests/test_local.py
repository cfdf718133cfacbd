"""Local attention against its equations, and what its windows hold."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from tensors import close, normal, seeded, seeds

from attn import local, luong
from attn.equations import local as equations
from attn.seq2seq import Encoder, Seq2Seq
from attn.train import seeded as training_seed

everything = torch.ones(9, dtype=torch.bool)


@given(seeds, st.floats(0, 9), st.integers(1, 4))
def test_local_p_is_equation_10(seed, p, D):
    scores = normal(seeded(seed), 9)
    ours = local.local_p_weights(scores, torch.tensor(p, dtype=torch.float64), D, everything)
    close(ours, torch.from_numpy(equations.local_p_weights(scores.numpy(), p, D)))
    assert ours.sum() <= 1 + 1e-12


@given(seeds, st.integers(0, 14), st.integers(1, 4))
def test_local_m_is_a_softmax_over_its_window(seed, t, D):
    scores = normal(seeded(seed), 9)
    ours = local.local_m_weights(scores, t, D, everything)
    close(ours, torch.from_numpy(equations.local_m_weights(scores.numpy(), t, D)))
    held = everything & ((torch.arange(9) - t).abs() <= D)
    assert ((ours > 0) == held).all()
    close(ours.sum(), torch.tensor(float(held.any())))


def test_a_wide_window_is_global_attention():
    scores = normal(seeded(0), 2, 9)
    mask = torch.arange(9) < torch.tensor([[9], [6]])
    attend = luong.masked_softmax(scores, mask)
    close(local.local_m_weights(scores, 4, 9, mask), attend)


@given(st.floats(3, 5), st.integers(1, 3))
def test_an_integer_position_holds_one_more(p, D):
    held = int(local.window_mask(torch.tensor(p, dtype=torch.float64), 9, D).sum())
    assert held == len(equations.window(p, 9, D)) == (2 * D + 1 if p.is_integer() else 2 * D)


def test_a_position_predicted_is_equation_9(device):
    predict = local.PredictedPosition(3, 5).double().to(device)
    state, lengths = normal(seeded(1), 4, 3), torch.tensor([3, 9, 5, 1])
    W_p, v_p = (w.weight.detach().cpu().numpy() for w in (predict.W_p, predict.v_p))
    expected = [
        equations.predicted_position(h.numpy(), int(S), W_p, v_p[0])
        for h, S in zip(state, lengths, strict=True)
    ]
    got = predict(state.to(device), lengths.to(device))
    close(got, torch.tensor(expected, dtype=torch.float64))
    assert ((got.cpu() > 0) & (got.cpu() < lengths)).all()


def test_the_gradient_reaches_the_position_through_the_gaussian_alone():
    scores = normal(seeded(2), 9).requires_grad_()
    p = torch.tensor(4.3, dtype=torch.float64, requires_grad=True)
    value = normal(seeded(3), 9)

    def read(scores, p):
        return local.local_p_weights(scores, p, 2, everything) @ value

    assert torch.autograd.gradcheck(read, (scores, p))
    align = local.masked_softmax(scores, local.window_mask(p, 9, 2))
    assert not torch.autograd.grad((align @ value), p, allow_unused=True)[0]


def test_where_a_window_ends_the_weights_jump():
    scores = torch.zeros(9, dtype=torch.float64)
    at = [torch.tensor(p, dtype=torch.float64) for p in (4.0, 4.0 + 1e-9)]
    before, after = (local.local_p_weights(scores, p, 2, everything) for p in at)
    assert (after - before).abs().max() > 0.02


@pytest.mark.parametrize("B", [(), (2,), (2, 3)])
@pytest.mark.parametrize("predictive", [True, False])
def test_any_batch_shape_and_padding_is_not_read(B, predictive, device):
    position = local.PredictedPosition(4, 4) if predictive else None
    attend = local.LocalAttention(luong.DotScore(), 2, position).double().to(device)
    rng = seeded(4)
    state, h = normal(rng, *B, 4).to(device), normal(rng, *B, 6, 4).to(device)
    mask = (torch.arange(6) < 4).expand(*B, 6).to(device)
    context, weights = attend(state, h, mask, t=1)
    assert context.shape == (*B, 4)
    assert (weights[..., 4:] == 0).all()
    short, _ = attend(state, h[..., :4, :], mask[..., :4], t=1)
    close(context, short)


@pytest.mark.parametrize("predictive", [True, False])
def test_a_decoder_steps_along(predictive):
    with training_seed(0):
        position = local.PredictedPosition(8, 8) if predictive else None
        attention = local.LocalAttention(luong.DotScore(), 1, position)
        net = Seq2Seq(Encoder(12, 5, 8), local.LocalDecoder(12, 5, 8, 8, attention))
    _, weights = net.greedy(torch.tensor([[3, 4, 5, 6, 7]]), torch.tensor([5]), 4)
    if not predictive:
        held = (weights[0] > 0).int().tolist()
        assert held == [[1, 1, 0, 0, 0], [1, 1, 1, 0, 0], [0, 1, 1, 1, 0], [0, 0, 1, 1, 1]]
    assert np.isfinite(weights.numpy()).all()
