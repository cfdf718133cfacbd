"""Attention over a set of entities against its equations and PyTorch's own."""

import torch
from hypothesis import given
from hypothesis import strategies as st
from tensors import close, normal, seeded, seeds
from torch import nn

from attn.data.fetching import STEPS, scenes
from attn.entities import EntityAttention, attend_entities
from attn.equations import entities as equations
from attn.experiments.fetching import Fetcher


@given(seeds, st.integers(0, 6))
def test_it_is_the_equations(seed, N):
    rng = seeded(seed)
    attend = EntityAttention(n=3, m=2, d=4).double()
    agent, things = normal(rng, 3), normal(rng, N + 2, 2)
    mask = torch.arange(N + 2) < N
    W = (layer.weight.detach().numpy() for layer in (attend.W_q, attend.W_k, attend.W_v))
    expected = equations.attend_entities(agent.numpy(), things[:N].numpy(), *W)
    close(attend(agent, things, mask)[0], torch.from_numpy(expected))


def test_it_is_pytorchs_attention(rng):
    q, k, v = normal(rng, 3, 4), normal(rng, 3, 5, 4), normal(rng, 3, 5, 2)
    mask = torch.arange(5) < torch.tensor([[5], [2], [1]])
    expected = nn.functional.scaled_dot_product_attention(q[:, None], k, v, mask[:, None])
    close(attend_entities(q, k, v, mask)[0], expected[:, 0])


def test_nobody_around_is_no_nan(rng):
    query, things = normal(rng, 1, 4).requires_grad_(), normal(rng, 1, 3, 4)
    read, weights = attend_entities(query, things, things, torch.zeros(1, 3, dtype=torch.bool))
    read.sum().backward()
    assert (read == 0).all()
    assert (weights == 0).all()
    assert query.grad.isfinite().all()


def test_agents_do_not_see_the_order_of_things(rng):
    some = scenes(5, 2, 6, torch.Generator().manual_seed(0))
    turned = some._replace(
        kinds=some.kinds.flip(1), places=some.places.flip(1), mask=some.mask.flip(1)
    )
    for arm in ("mean", "mean of pairs", "attention"):
        model = Fetcher(arm)
        close(model(some)[0], model(turned)[0])


def test_rewards_say_which_steps_are_nearer():
    some = scenes(200, 1, 12, torch.Generator().manual_seed(1))
    assert some.mask.sum(-1).min() >= 1
    assert (some.kinds.gather(1, some.goal[:, None])[:, 0] == some.wanted).all()
    way = some.way().abs().sum(-1)
    assert way.min() > 0  # the agent is not there yet
    for a, step in enumerate(STEPS):
        there = some._replace(agent=some.agent + step).way().abs().sum(-1)
        assert ((way - there).float() == some.rewards()[:, a]).all()
