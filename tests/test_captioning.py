"""Captions that look: against their equations, by their properties, and as whole models."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from tensors import DTYPES, close, leading, normal, seeded, seeds, sizes

from attn import captioning
from attn.data.batch import EOS, PAD
from attn.data.scenes import LONGEST, NOTHING, VOCABULARY, scenes, word_class
from attn.equations import captioning as equations
from attn.experiments.captions import (
    ARMS,
    CELL,
    Objective,
    at_relation,
    build,
    chance,
    ends,
    hits,
    maps_of,
    margin,
    pointing,
    right_in_the_dark,
)

SOME = scenes(6, torch.Generator().manual_seed(2))


# ---------------------------------------------------------------- the arithmetic


@given(seeds, leading, sizes, sizes)
def test_the_gated_context_is_the_equations(seed, B, L, D):
    rng = seeded(seed)
    a, alpha, beta = (
        normal(rng, *B, L, D),
        normal(rng, *B, L).softmax(-1),
        normal(rng, *B, 1)[..., 0],
    )
    ours = captioning.gated_context(a, alpha, beta.sigmoid())
    for place in np.ndindex(*B):
        twin = equations.gated_context(
            a[place].numpy(), alpha[place].numpy(), beta.sigmoid()[place].numpy()[()]
        )
        close(ours[place], torch.from_numpy(np.asarray(twin)))


def test_the_gate_is_the_equations():
    teller = captioning.Teller(9, D=3, n=4, k=5).double()
    h, a = normal(seeded(0), 2, 4), normal(seeded(1), 2, 6, 3)
    beta = teller.step(torch.tensor([1, 2]), (h, h), a)[3]
    w, b = teller.f_beta.weight[0].detach().numpy(), teller.f_beta.bias.item()
    close(beta, torch.tensor([equations.gate(x.numpy(), w, b) for x in h]))


@given(seeds, sizes, st.integers(1, 5), sizes)
def test_the_penalty_is_the_equations(seed, B, T, L):
    rng = seeded(seed)
    weights = normal(rng, B, T, L).softmax(-1)
    lengths = torch.randint(1, T + 1, (B,), generator=rng)
    twin = [
        equations.doubly_stochastic_penalty(w[:n].numpy())
        for w, n in zip(weights, lengths.tolist(), strict=True)
    ]
    close(captioning.doubly_stochastic_penalty(weights, lengths), torch.tensor(np.mean(twin)))


@given(seeds, st.integers(1, 6), sizes)
def test_the_penalty_cannot_fall_below_its_bound(seed, T, L):
    """(L - C)² / L, reached where every place has C / L."""
    weights, all_of_it = normal(seeded(seed), 1, T, L).softmax(-1), torch.tensor([T])
    bound = torch.tensor((L - T) ** 2 / L, dtype=torch.float64)
    assert captioning.doubly_stochastic_penalty(weights, all_of_it) >= bound - 1e-9
    even = torch.full((1, T, L), 1 / L, dtype=torch.float64)
    close(captioning.doubly_stochastic_penalty(even, all_of_it), bound)


@given(seeds, leading, sizes, sizes)
def test_the_sentinel_is_the_equations(seed, B, L, D):
    rng = seeded(seed)
    e, e_s = normal(rng, *B, L), normal(rng, *B, 1)[..., 0]
    a, s = normal(rng, *B, L, D), normal(rng, *B, D)
    ours = captioning.sentinel_context(e, e_s, a, s)
    for place in np.ndindex(*B):
        twin = equations.sentinel_context(
            e[place].numpy(), e_s[place].numpy()[()], a[place].numpy(), s[place].numpy()
        )
        for mine, theirs in zip(ours, twin, strict=True):
            close(mine[place], torch.from_numpy(np.asarray(theirs)))


@given(seeds, sizes, sizes)
def test_the_sentinel_is_one_more_place(seed, L, D):
    """β s + (1 - β) c is the weighted sum of the L places and the sentinel under one softmax."""
    rng = seeded(seed)
    e, e_s, a, s = normal(rng, L), normal(rng, 1)[0], normal(rng, L, D), normal(rng, D)
    mixed, _, _ = captioning.sentinel_context(e, e_s, a, s)
    together = torch.cat([e, e_s[None]]).softmax(-1) @ torch.cat([a, s[None]])
    close(mixed, together)


@pytest.mark.parametrize("dtype", DTYPES)
def test_every_dtype_and_device(device, dtype):
    rng = seeded(3)
    e, e_s, a, s = (normal(rng, *shape) for shape in ((2, 5), (2,), (2, 5, 3), (2, 3)))
    wide = captioning.sentinel_context(e, e_s, a, s)
    narrow = captioning.sentinel_context(*(x.to(device, dtype) for x in (e, e_s, a, s)))
    for x, y in zip(narrow, wide, strict=True):
        assert x.dtype == dtype
        close(x, y, dtype)
    alpha, beta = e.softmax(-1), e_s.sigmoid()
    gated = captioning.gated_context(a.to(device, dtype), alpha.to(device, dtype),
                                     beta.to(device, dtype))  # fmt: skip
    close(gated, captioning.gated_context(a, alpha, beta), dtype)


def test_gradients():
    rng = seeded(4)
    inputs = [normal(rng, *shape).requires_grad_() for shape in ((2, 3), (2,), (2, 3, 2), (2, 2))]
    assert torch.autograd.gradcheck(captioning.sentinel_context, inputs)
    weights = normal(rng, 2, 3, 4).softmax(-1).requires_grad_()
    lengths = torch.tensor([3, 2])
    assert torch.autograd.gradcheck(
        lambda w: captioning.doubly_stochastic_penalty(w, lengths), weights
    )


# ---------------------------------------------------------------- pointing


def test_pointing_tells_rows_from_columns():
    maps = torch.zeros(2, 2, 5)
    maps[:, 1, 4] = 1
    right = torch.tensor([4.0, 1, 5, 2])
    turned = torch.tensor([1.0, 4, 2, 5])
    found = captioning.pointing_accuracy(maps, torch.stack([right, turned]), ["size", "shape"])
    assert found == {"size": 1.0, "shape": 0.0}


def test_words_that_name_nothing_do_not_count():
    maps = torch.zeros(3, 2, 2)
    maps[:, 0, 0] = 1
    boxes = torch.tensor([[0.0, 0, 1, 1], [0, 0, 0, 0], [1, 1, 2, 2]])
    assert captioning.pointing_accuracy(maps, boxes, ["colour", "", "colour"]) == {"colour": 0.5}
    assert captioning.pointing_accuracy(maps, boxes, ["", "", ""]) == {}


# ---------------------------------------------------------------- models


@pytest.fixture(params=ARMS)
def model(request) -> captioning.Captioner:
    return build(request.param, seed=0).eval()


def test_a_model_dictates_and_tells(model):
    told = model(SOME.images, SOME.captions)
    assert told.logits.shape == (6, LONGEST, len(VOCABULARY))
    close(told.weights.sum(-1), torch.ones(6, LONGEST))
    assert 0 < told.beta.min() <= told.beta.max() < 1
    words, looked = model.tell(SOME.images, 5)
    assert words.shape == (6, 5)
    assert looked.weights.shape == (6, 5, 36)


def test_no_word_sees_itself(model):
    changed = SOME.captions.clone()
    changed[:, 4] = changed[:, 3]
    before, after = (model(SOME.images, c).logits[:, :5] for c in (SOME.captions, changed))
    assert torch.equal(before, after)


def test_after_the_end_comes_padding(model):
    with torch.no_grad():
        model.teller.L_o.bias[EOS] += 100
    assert model.tell(SOME.images, 3)[0].tolist() == [[EOS, PAD, PAD]] * 6


def test_hard_looks_at_one_place_and_half_of_them_softly_in_training():
    teller = captioning.Teller(9, D=3, n=4, k=5, how="hard")
    teller.generator = seeded(0)
    scores = normal(seeded(1), 400, 7, dtype=torch.float32)
    read, weights, log_glimpse = teller.look(scores)
    one = read.amax(-1) == 1
    assert 150 < int(one.sum()) < 250
    assert torch.equal(read[~one], weights[~one])
    assert (log_glimpse[one] < 0).all()
    assert not log_glimpse[~one].any()
    read, weights, _ = teller.eval().look(scores)
    assert torch.equal(read.argmax(-1), weights.argmax(-1))
    assert (read.amax(-1) == 1).all()


def test_the_mean_looks_everywhere_alike():
    assert build("mean", 0)(SOME.images, SOME.captions).weights.unique().numel() == 1


def test_an_unknown_way_of_looking_is_refused():
    with pytest.raises(ValueError, match="soft, hard, through, mean"):
        captioning.Teller(9, D=3, n=4, k=5, how="firm")


@pytest.mark.parametrize("arm", ARMS)
def test_every_arm_reaches_every_parameter(arm):
    model = build(arm, 0)
    Objective(arm)(model, SOME).backward()
    still = {name for name, p in model.named_parameters() if p.grad is None or not p.grad.any()}
    # The mean has no use for scores.
    assert all(arm == "mean" and "attend" in name for name in still), still


def test_pointing_counts_by_class():
    assert set(pointing(build("soft", 0).eval(), SOME)) == {"size", "colour", "shape"}


def test_who_reads_nothing_needs_no_light():
    model = build("soft", 0).eval()
    with torch.no_grad():
        model.teller.L_z.weight.zero_()
        model.teller.lstm.weight_ih[:, -32:] = 0
    lit = model(SOME.images, SOME.captions).logits.argmax(-1) == SOME.captions
    for words in (1, 2, 3):
        dark = right_in_the_dark(model, SOME, "end", words)
        assert torch.equal(dark, lit[SOME.captions == EOS])


def test_the_dark_covers_the_words_that_are_asked_for(monkeypatch):
    model, seen = build("soft", 0).eval(), []
    step = model.teller.step

    def watched(token, state, annotations):
        seen.append(annotations.flatten(1).any(1))
        return step(token, state, annotations)

    monkeypatch.setattr(model.teller, "step", watched)
    right_in_the_dark(model, SOME, "shape", words=2)
    lit = torch.stack(seen, 1)
    for i, row in enumerate(SOME.captions.tolist()):
        at = [t for t, n in enumerate(row) if word_class(n) == "shape"]
        dark = {t - back for t in at for back in (0, 1)}
        assert {t for t in range(LONGEST) if not lit[i, t]} == dark


# ---------------------------------------------------------------- the experiment's rulers


def test_chance_is_what_a_look_by_chance_gets():
    many = scenes(300, seeded(8))
    named = many.named != NOTHING
    maps = torch.rand(int(named.sum()), 6, 6, generator=seeded(9))
    classes = [word_class(n) for n in many.captions[named].tolist()]
    found = captioning.pointing_accuracy(maps, many.word_boxes()[named] / CELL, classes)
    expected = chance(many)
    assert found.keys() == expected.keys()
    assert all(abs(found[kind] - expected[kind]) < 0.05 for kind in found)


def test_hits_are_those_of_pointing_accuracy():
    weights = torch.rand(6, LONGEST, 36, generator=seeded(3)) ** 8
    inside = hits(weights, SOME.word_boxes())
    named = SOME.named != NOTHING
    boxes = SOME.word_boxes()[named] / CELL
    shares = captioning.pointing_accuracy(maps_of(weights[named]), boxes, ["any"] * len(boxes))
    assert inside[named].double().mean().item() == pytest.approx(shares["any"])


def test_the_margin_tells_how_sure_a_relation_is():
    first, last = ends(SOME)
    for i, row in enumerate(SOME.captions.tolist()):
        x, y = (((box[i, :2] + box[i, 2:]) / 2).tolist() for box in (first, last))
        dx, dy = y[0] - x[0], y[1] - x[1]
        assert margin(SOME)[i].item() == pytest.approx(abs(abs(dx) - abs(dy)), abs=1e-4)
        assert ("left" in VOCABULARY.decode(row)) == (abs(dy) <= dx)
    assert at_relation(SOME).sum(-1).tolist() == [1] * 6
