"""The spice shelf and what is measured on it, against what it is made of."""

import pytest
import torch
from torch.nn.functional import cross_entropy

from attn.data.jars import shelves
from attn.experiments import two_questions as experiment
from attn.experiments.two_questions import TwoQuestions, UnturnedHeads, learn, marks, unseen
from attn.multi_head import MultiHead
from attn.train import seeded


@pytest.fixture(scope="module")
def model() -> TwoQuestions:
    """Trained a little: right more often than by chance, and not always."""
    return learn(4, seed=0, steps=200)


def test_a_shelf_has_one_right_answer_to_each_question():
    shelf = shelves(500, torch.Generator().manual_seed(1))
    assert all(len(set(row)) == 8 for row in shelf.spice.tolist())
    assert (shelf.where[:, 0] != shelf.where[:, 1]).all()
    for row in range(20):
        counts = dict(zip(shelf.spice[row].tolist(), shelf.count[row].tolist(), strict=True))
        assert [counts[s] for s in shelf.asked[row].tolist()] == shelf.answer[row].tolist()
    assert shelf.answer.double().mean().item() == pytest.approx(4.5, abs=0.3)


def test_the_number_of_heads_changes_no_parameter_count():
    assert len({sum(p.numel() for p in TwoQuestions(H).parameters()) for H in (1, 2, 4, 8)}) == 1


def test_marks_count_right_answers(model):
    shelf = unseen()
    with torch.no_grad():
        right = model(shelf)[0].argmax(-1) == shelf.answer
    first, second, both = marks(model)
    assert first == pytest.approx(right[:, 0].double().mean().item(), abs=1e-4)
    assert second == pytest.approx(right[:, 1].double().mean().item(), abs=1e-4)
    assert both == pytest.approx((right[:, 0] & right[:, 1]).double().mean().item(), abs=1e-4)


def test_with_all_heads_off_every_shelf_gets_the_same_answer(model):
    scores, _ = model(unseen(50), experiment.switched_off(4, range(4)))
    assert torch.equal(scores, scores[:1].expand_as(scores))


def test_importance_is_the_derivative_of_the_loss_by_a_gate(model):
    found, shelf, step = experiment.importance(model), unseen(), 1e-3

    def losses(h: int, gate: float) -> torch.Tensor:
        gates = torch.ones(4)
        gates[h] = gate
        with torch.no_grad():
            scores, _ = model(shelf, gates)
        loss = cross_entropy(
            scores.flatten(0, 1).double(), shelf.answer.flatten(), reduction="none"
        )
        return loss.unflatten(0, (-1, 2)).sum(-1)

    for h in range(4):
        slope = (losses(h, 1 + step) - losses(h, 1 - step)) / (2 * step)
        assert found[h].item() == pytest.approx(slope.abs().mean().item(), rel=0.02)


def test_pruning_takes_what_is_missed_least_or_what_it_is_told(model):
    greedy = experiment.pruned(model)
    assert greedy[0] == marks(model).both
    assert greedy[1] == max(marks(model, [h]).both for h in range(4))
    told = experiment.pruned(model, [2, 0, 1, 3])
    assert told == [marks(model, off).both for off in ([], [2], [2, 0], [2, 0, 1])]


def test_what_a_head_hears_is_the_question_that_varies():
    with seeded(0):
        model = TwoQuestions(2)
    with torch.no_grad():
        model.second.weight[:] = model.second.weight[0]  # the same for every spice
    torch.testing.assert_close(experiment.hears(model), torch.tensor([[1.0, 0.0]] * 2))


def test_mean_weights_are_those_of_the_jars_in_question(model):
    shelf = unseen()
    with torch.no_grad():
        _, weights = model(shelf)
    rows = torch.arange(len(shelf.where))
    for question in (0, 1):
        mean = weights[rows, :, shelf.where[:, question]].mean(0)
        torch.testing.assert_close(experiment.reads(model)[:, question], mean)


def test_reshape_alone_is_right_for_one_head_and_wrong_for_two():
    X = torch.randn(3, 4, generator=torch.Generator().manual_seed(2))
    for H in (1, 2):
        with seeded(0):
            right = MultiHead(4, H)
        wrong = UnturnedHeads(4, H)
        wrong.load_state_dict(right.state_dict())
        assert torch.allclose(right(X)[0], wrong(X)[0]) is (H == 1)
