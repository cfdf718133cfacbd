"""Weights over a history against their equations, and what a sum keeps that a mean loses."""

import numpy as np
import pytest
import torch
from hypothesis import given
from scipy.stats import mannwhitneyu
from tensors import close, normal, seeded, seeds

from attn.data.clicks import EACH, click_probability, visits
from attn.equations import history as equations
from attn.experiments.clicks import ARMS, Clicker, area_under_curve
from attn.history import ActivationUnit, activated_sum


@given(seeds)
def test_it_is_the_equations(seed):
    rng = seeded(seed)
    unit = ActivationUnit(d=3, k=5).double()
    c, items, mask = normal(rng, 3), normal(rng, 4, 3), torch.tensor([True, True, True, False])
    W, b = unit.W.weight.detach().numpy(), unit.W.bias.detach().numpy()
    v, a = unit.v.weight.detach().numpy()[0], unit.v.bias.item()
    weights = np.array([equations.activation(e, c.numpy(), W, b, v, a) for e in items.numpy()])
    close(unit(c, items), torch.from_numpy(weights))
    expected = equations.activated_sum(weights[:3], items.numpy()[:3])
    close(activated_sum(unit(c, items), items, mask), torch.from_numpy(expected))


def test_twice_the_history_is_twice_the_sum_and_the_same_softmax(rng):
    unit, mask = ActivationUnit(d=3, k=5).double(), torch.ones(4, dtype=torch.bool)
    c, items = normal(rng, 3), normal(rng, 4, 3)
    twice, both = torch.cat([items, items]), torch.cat([mask, mask])
    once = activated_sum(unit(c, items), items, mask)
    close(activated_sum(unit(c, twice), twice, both), 2 * once)
    mean = activated_sum(unit(c, items).softmax(-1), items, mask)
    close(activated_sum(unit(c, twice).softmax(-1), twice, both), mean)


def test_clicks_come_as_often_as_they_should():
    some = visits(20_000, torch.Generator().manual_seed(0))
    close(some.probability, click_probability(some.matching()))
    assert some.clicked.mean() == pytest.approx(some.probability.mean().item(), abs=0.01)
    assert (some.history // EACH).max() < 20
    assert (some.matching().bincount() > 2500).all()


def test_the_area_is_scipys(rng):
    scores = normal(rng, 60).mul(4).round()  # with ties
    clicked = (normal(rng, 60) > 0).double()
    ours = area_under_curve(scores.float(), clicked.float())
    one, none = scores[clicked > 0].numpy(), scores[clicked == 0].numpy()
    expected = mannwhitneyu(one, none).statistic / (len(one) * len(none))
    assert ours == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("arm", ARMS)
def test_padding_is_not_read(arm):
    model = Clicker(arm)
    some = visits(6, torch.Generator().manual_seed(0))
    other = some._replace(history=some.history.where(some.mask, 7))
    close(model(some)[0], model(other)[0])


def test_a_softmax_sums_to_one_and_an_empty_place_takes_from_it():
    some = visits(6, torch.Generator().manual_seed(0))
    sums = {arm: Clicker(arm)(some)[1].sum(-1) for arm in ARMS}
    close(sums["softmax"], torch.ones(6))
    assert (sums["softmax and an empty place"] < 1).all()
    close(sums["sum"], some.mask.sum(-1).float())
