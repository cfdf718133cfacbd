"""The course's training loop: what it minimises, measures, and leaves as it was."""

import torch
from torch import nn

from attn.train import seeded, train


def square_loss(model, x):
    return ((model(x) - 3 * x) ** 2).mean()


X = torch.linspace(-1, 1, 8)[:, None]


def line():
    with seeded(0):
        return nn.Linear(1, 1)


def test_it_learns_and_ends_in_evaluation_mode():
    model = line()
    history = train(model, [X] * 300, square_loss, lr=0.1)
    assert len(history.losses) == 300
    assert history.losses[-1] < 1e-4
    assert not model.training


def test_it_measures_every_so_often_and_at_the_end():
    measured = train(
        line(), [X] * 25, square_loss, measure=lambda m: {"w": m.weight.item()}, every=10
    ).measured["w"]
    assert [step for step, _ in measured] == [10, 20, 25]


def test_measuring_happens_without_gradients_in_evaluation_mode():
    seen = []

    def measure(model):
        seen.append((model.training, torch.is_grad_enabled()))
        return {"x": 0.0}

    train(line(), [X] * 2, square_loss, measure=measure, every=1)
    assert seen == [(False, False)] * 2


def test_it_stops_when_nothing_rises_any_more():
    values = iter([0.1, 0.5, 0.4, 0.4, 0.9])
    history = train(
        line(),
        [X] * 5,
        square_loss,
        measure=lambda m: {"accuracy": next(values)},
        every=1,
        patience=2,
        watch="accuracy",
    )
    assert len(history.losses) == 4
    assert history.last("accuracy") == 0.4


def test_gradients_are_clipped():
    model = line()
    before = model.weight.item()
    optimiser = torch.optim.SGD(model.parameters(), lr=1.0)
    train(model, [1e6 * X], square_loss, optimiser=optimiser, clip=0.5)
    assert abs(model.weight.item() - before) <= 0.5 + 1e-6


def test_a_seed_repeats_weights_and_disturbs_nothing():
    state = torch.random.get_rng_state()
    assert torch.equal(line().weight, line().weight)
    assert torch.equal(torch.random.get_rng_state(), state)


def test_batches_go_to_the_models_device(device):
    model = line().to(device)
    assert train(model, [X] * 2, square_loss).losses
