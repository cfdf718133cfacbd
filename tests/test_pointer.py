"""Copying and coverage against their equations, and by what they promise."""

import numpy as np
import pytest
import torch
from hypothesis import given
from tensors import close, normal, seeded, seeds

from attn import pointer
from attn.data import summaries
from attn.data.summaries import VOCABULARY, Report, reports
from attn.equations import pointer as equations
from attn.experiments.summaries import Summariser, loss


def mixture(seed: int, *B: int, T=6, V=4, size=7, device="cpu"):
    rng = seeded(seed)
    source = torch.randint(size, (*B, T), generator=rng)
    p_gen, vocabulary = normal(rng, *B, 1)[..., 0].sigmoid(), normal(rng, *B, V).softmax(-1)
    weights = normal(rng, *B, T).softmax(-1)
    return [x.to(device) for x in (p_gen, vocabulary, weights, source)]


@given(seeds)
def test_copying_is_equation_9(seed):
    p_gen, vocabulary, weights, source = mixture(seed)
    ours = pointer.copy_distribution(p_gen, vocabulary, weights, source, 7)
    theirs = equations.copy_distribution(
        p_gen.item(), vocabulary.numpy(), weights.numpy(), source.numpy(), 7
    )
    close(ours, torch.from_numpy(theirs))
    close(ours.sum(), torch.tensor(1.0, dtype=torch.float64))


@pytest.mark.parametrize("B", [(), (2,), (2, 3)])
def test_copying_takes_any_batch_shape(B, device):
    out = pointer.copy_distribution(*mixture(1, *B, device=device), 7)
    assert out.shape == (*B, 7)
    close(out.sum(-1), torch.ones(B))


def test_copying_has_gradients():
    p_gen, vocabulary, weights, source = mixture(2)
    for x in (p_gen, vocabulary, weights):
        x.requires_grad_()
    assert torch.autograd.gradcheck(
        lambda p, v, w: pointer.copy_distribution(p, v, w, source, 7), (p_gen, vocabulary, weights)
    )


@given(seeds)
def test_coverage_is_equations_10_and_12(seed):
    weights = normal(seeded(seed), 5, 4).softmax(-1)
    close(pointer.coverage(weights), torch.from_numpy(equations.coverage(weights.numpy())))
    cost = pointer.coverage_loss(weights)
    close(cost, torch.from_numpy(equations.coverage_loss(weights.numpy())))
    assert cost[0] == 0
    assert (cost <= 1 + 1e-12).all()


def test_reading_every_place_once_costs_nothing_and_one_place_always_costs_one():
    close(pointer.coverage_loss(torch.eye(4)), torch.zeros(4))
    stuck = torch.zeros(4, 3).index_fill(1, torch.tensor([1]), 1.0)
    close(pointer.coverage_loss(stuck), torch.tensor([0.0, 1.0, 1.0, 1.0]))


def test_the_score_is_equation_11(device):
    rng = seeded(3)
    attend = pointer.CoverageAttention(n=3, m=4, k=5).double().to(device)
    s, h, c = normal(rng, 3), normal(rng, 6, 4), normal(rng, 6).exp()
    context, weights = attend(
        s.to(device), h.to(device), torch.ones(6, dtype=torch.bool, device=device), c.to(device)
    )
    W_h, W_s, b, w_c, v = (
        p.detach().cpu().numpy()
        for p in (attend.W_h.weight, attend.W_s.weight, attend.W_s.bias, attend.w_c.weight,
                  attend.v.weight)
    )  # fmt: skip
    scores = equations.coverage_scores(
        s.numpy(), h.numpy(), c.numpy(), W_h, W_s, w_c[:, 0], b, v[0]
    )
    expected = np.exp(scores) / np.exp(scores).sum()
    np.testing.assert_allclose(weights.detach().cpu(), expected, atol=1e-12)
    np.testing.assert_allclose(context.detach().cpu(), expected @ h.numpy(), atol=1e-12)


def test_without_memory_the_coverage_changes_nothing():
    rng = seeded(4)
    attend = pointer.CoverageAttention(3, 4, 5, remembers=False).double()
    s, h, mask = normal(rng, 3), normal(rng, 6, 4), torch.ones(6, dtype=torch.bool)
    close(attend(s, h, mask, torch.zeros(6).double())[1], attend(s, h, mask, normal(rng, 6))[1])


REPORT = Report(("!", "zuzu", "sold", "boat", "."), ("zuzu", "sold", "boat", "."), (1, 2, 3, 4))


def test_a_decoder_that_copies_can_say_what_it_never_saw():
    pointed = summaries.batch([REPORT])
    stranger = len(VOCABULARY)
    for arm, possible in (("attention", False), ("copying", True), ("coverage", True)):
        log, _ = Summariser(arm)(pointed)
        assert bool(log[0, 0, stranger].exp() > 1e-9) is possible
        close(log.exp().sum(-1), torch.ones(1, 5))


def test_its_loss_is_finite_and_reaches_every_parameter():
    for arm in ("attention", "copying", "coverage"):
        model = Summariser(arm)
        loss(model, summaries.batch([REPORT])).backward()
        assert all(
            p.grad is not None and p.grad.isfinite().all() for p in model.decoder.parameters()
        )


@given(seeds)
def test_a_summary_is_the_marked_facts_in_order(seed):
    for report in reports(3, 2, 5, seeded(seed)):
        assert [report.words[i] for i in report.places] == list(report.summary)
        facts = " ".join(report.words).split(" . ")
        marked = [fact.removeprefix("! ") for fact in facts if fact.startswith("!")]
        assert " . ".join(marked).removesuffix(" .") == " ".join(report.summary).removesuffix(" .")
        assert report.summary


@given(seeds)
def test_numbers_and_words_of_a_report_go_back_and_forth(seed):
    items = reports(4, 2, 4, seeded(seed))
    pointed = summaries.batch(items)
    for row, item in zip(pointed.batch.target.tolist(), items, strict=True):
        assert summaries.decode(row, item) == list(item.summary)
    assert int(pointed.known.max()) < len(VOCABULARY) <= pointed.size
    assert int(pointed.batch.source.max()) < pointed.size
