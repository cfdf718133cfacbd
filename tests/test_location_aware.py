"""Location-aware scores against their equations and PyTorch's convolution."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from tensors import close, normal, seeded, seeds

from attn.equations import location_aware as equations
from attn.location_aware import (
    LocationAwareAttention,
    LocationAwareScore,
    previous_features,
)


@given(seeds, st.integers(1, 8), st.integers(0, 5))
def test_features_are_the_equations(seed, T, r):
    rng = seeded(seed)
    previous, filters = normal(rng, T), normal(rng, 3, 2 * r + 1)
    ours = previous_features(previous, filters)
    close(ours, torch.from_numpy(equations.previous_features(previous.numpy(), filters.numpy())))


def test_features_are_numpys_correlation():
    previous, taps = normal(seeded(0), 9), normal(seeded(1), 5)
    ours = previous_features(previous, taps[None])[:, 0]
    close(ours, torch.from_numpy(np.correlate(previous.numpy(), taps.numpy(), mode="same")))


def test_a_filter_without_a_middle_is_refused():
    with pytest.raises(ValueError, match="width 4 has no middle"):
        previous_features(torch.zeros(3), torch.zeros(1, 4))


@given(seeds)
def test_scores_are_the_equations(seed):
    rng = seeded(seed)
    score = LocationAwareScore(n=3, m=2, k=4, filters=2, width=5).double()
    s, h, previous = normal(rng, 3), normal(rng, 6, 2), normal(rng, 6).softmax(-1)
    W, V, U, w = (layer.weight.detach().numpy() for layer in (score.W, score.V, score.U, score.w))
    F, b = score.F.detach().numpy(), score.V.bias.detach().numpy()
    expected = equations.location_aware_scores(
        s.numpy(), h.numpy(), previous.numpy(), W, V, U, F, b, w[0]
    )
    close(score(s, h, previous), torch.from_numpy(expected))


def test_without_filters_it_is_bahdanaus_score(rng):
    score = LocationAwareScore(n=3, m=2, k=4, filters=0, width=5).double()
    s, h, previous = normal(rng, 2, 3), normal(rng, 2, 6, 2), normal(rng, 2, 6)
    hidden = s[:, None] @ score.W.weight.T + h @ score.V.weight.T + score.V.bias
    close(score(s, h, previous), hidden.tanh() @ score.w.weight[0])


def test_equal_frames_are_told_apart_by_the_last_look_alone(rng):
    frames = torch.ones(1, 7, 2, dtype=torch.float64)
    state, mask = normal(rng, 1, 3), torch.arange(7)[None] < 6
    last = torch.zeros(1, 7, dtype=torch.float64)
    last[0, 2] = 1
    for filters, differ in ((0, False), (2, True)):
        attend = LocationAwareAttention(LocationAwareScore(3, 2, 4, filters, 3)).double()
        context, weights = attend(state, frames, mask, last)
        close(weights.sum(-1), torch.ones(1, dtype=torch.float64))
        assert weights[0, 6] == 0
        assert (weights[0, :6].std() > 1e-6).item() is differ
        close(context, torch.ones(1, 2, dtype=torch.float64))


def test_gradients_reach_every_parameter(rng):
    score = LocationAwareScore(n=3, m=2, k=4, filters=2, width=5).double()
    score(normal(rng, 1, 3), normal(rng, 1, 6, 2), normal(rng, 1, 6)).square().sum().backward()
    assert all(p.grad is not None and p.grad.abs().sum() > 0 for p in score.parameters())
