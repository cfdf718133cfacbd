"""attn.pretraining against NumPy, PyTorch, and the shares that BERT's and T5's papers state."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from tensors import normal, seeded

from attn.equations import pretraining as equations
from attn.equations.relative import bucket
from attn.equations.rms_norm import rms_norm
from attn.pretraining import (
    IGNORED,
    causal_loss,
    draw_masked,
    masked_lm_batch,
    masked_lm_loss,
    random_spans,
    span_corruption,
)
from attn.relative import relative_buckets
from attn.rms_norm import RMSNorm

MASK = 3


def drawn(rng, B=4, T=30):
    tokens, other = (torch.randint(4, 20, (B, T), generator=rng) for _ in range(2))
    chance, fate = (torch.rand(B, T, generator=rng) for _ in range(2))
    return tokens, chance, fate, other


def test_a_masked_batch_is_numpys(device):
    tokens, chance, fate, other = drawn(seeded(0))
    real = torch.ones_like(tokens, dtype=torch.bool)
    moved = [x.to(device) for x in (tokens, real, chance, fate, other)]
    inputs, targets = masked_lm_batch(*moved, mask=MASK, rate=0.5)
    for b in range(len(tokens)):
        rows = [x[b].numpy() for x in (tokens, chance, fate, other)]
        expected = equations.masked_lm_batch(*rows, mask=MASK, rate=0.5)
        assert (inputs[b].tolist(), targets[b].tolist()) == expected


def test_the_shares_are_bertss():
    """Of 400,000 words, .15 are chosen; of those .8 masked, .1 replaced, .1 left: within 5 σ."""
    rng = seeded(1)
    tokens = torch.full((400, 1000), 7)
    real = torch.ones_like(tokens, dtype=torch.bool)
    inputs, targets = draw_masked(tokens, real, MASK, (8, 20), rng)
    chosen = targets != IGNORED

    def within(flags, share):
        sigma = math.sqrt(share * (1 - share) / flags.numel())
        assert abs(flags.double().mean().item() - share) < 5 * sigma

    within(chosen, 0.15)
    for share, became in ((0.8, inputs == MASK), (0.1, inputs >= 8), (0.1, inputs == 7)):
        within(became[chosen], share)
    assert torch.equal(inputs[~chosen], tokens[~chosen])


def test_padding_is_never_chosen():
    tokens, chance, fate, other = drawn(seeded(2))
    real = torch.arange(30) < 12
    inputs, targets = masked_lm_batch(
        tokens, real.expand(4, 30), 0 * chance, fate, other, mask=MASK
    )
    assert torch.equal(inputs[:, 12:], tokens[:, 12:])
    assert (targets[:, 12:] == IGNORED).all()
    assert (targets[:, :12] == tokens[:, :12]).all()


def test_the_masked_loss_asks_about_the_chosen_words_alone():
    scores, targets = normal(seeded(0), 2, 3, 5), torch.tensor([[1, -100, 2], [-100, -100, 4]])
    said = [scores[b, t].softmax(-1)[targets[b, t]] for b, t in ((0, 0), (0, 2), (1, 2))]
    assert masked_lm_loss(scores, targets).item() == pytest.approx(
        -sum(p.log() for p in said).item() / 3
    )


def test_the_causal_loss_is_numpys_forward_and_finite_differences_backward(device):
    rng = seeded(0)
    scores = normal(rng, 3, 5, 6).to(device).requires_grad_()
    tokens = torch.randint(6, (3, 5), generator=rng).to(device)
    real = (torch.arange(5) < torch.tensor([5, 3, 1])[:, None]).to(device)
    mine = causal_loss(scores, tokens, real)
    theirs = equations.causal_loss(*(x.detach().cpu().numpy() for x in (scores, tokens, real)))
    assert mine.item() == pytest.approx(theirs)
    assert torch.autograd.gradcheck(lambda s: causal_loss(s, tokens, real), scores)


def test_the_last_scores_and_the_first_token_count_for_nothing():
    scores, tokens = normal(seeded(0), 2, 4, 6), torch.tensor([[1, 2, 3, 4], [1, 5, 0, 2]])
    real = torch.ones(2, 4, dtype=torch.bool)
    other, begun = scores.clone(), tokens.clone()
    other[:, -1] += 3 * torch.arange(6)
    begun[:, 0] = 5
    for s, t in ((other, tokens), (scores, begun)):
        assert causal_loss(s, t, real) == causal_loss(scores, tokens, real)


def restored(inputs, targets, sentinels):
    """The text again: each sentinel of the inputs is replaced by what follows it in the targets."""
    found = []
    for token in inputs:
        if token not in sentinels:
            found.append(token)
            continue
        start = targets.index(token) + 1
        end = next(i for i in range(start, len(targets)) if targets[i] in sentinels)
        found += targets[start:end]
    return found


@given(st.lists(st.booleans(), max_size=12))
def test_inputs_and_targets_together_hold_the_whole_text(hidden):
    tokens, sentinels = list(range(100, 100 + len(hidden))), list(range(20))
    inputs, targets = span_corruption(tokens, hidden, sentinels)
    assert restored(inputs, targets, sentinels) == tokens
    spans = sum(b and not a for a, b in zip([False, *hidden], hidden, strict=False))
    assert len(inputs) == len(tokens) - sum(hidden) + spans
    assert len(targets) == sum(hidden) + spans + 1


def test_the_example_of_the_paper():
    """Figure 2 of Raffel et al. 2020."""
    text = ["Thank", "you", "for", "inviting", "me", "to", "your", "party", "last", "week", "."]
    hidden = [word in ("for", "inviting", "last") for word in text]
    words = dict(enumerate([*text, "<X>", "<Y>", "<Z>"]))
    n = len(text)
    parts = span_corruption(list(range(n)), hidden, [n, n + 1, n + 2])
    inputs, targets = (" ".join(words[i] for i in part) for part in parts)
    assert inputs == "Thank you <X> me to your party <Y> week ."
    assert targets == "<X> for inviting <Y> last <Z>"


def test_too_few_sentinels_are_refused():
    with pytest.raises(ValueError, match="only 2 sentinels"):
        span_corruption([1, 2, 3], [True, False, True], [90, 91])


@pytest.mark.parametrize("T", [2, 5, 20, 100])
def test_random_spans_hide_what_they_say(T):
    rng = seeded(0)
    for _ in range(50):
        hidden = random_spans(T, rng)
        assert len(hidden) == T
        assert sum(hidden) == max(1, round(0.15 * T))
        assert not hidden[0]


def test_buckets_and_norm_are_numpys():
    for buckets, longest in ((32, 128), (8, 20), (8, 16)):
        for both_ways in (True, False):
            mine = relative_buckets(50, 60, buckets, longest, both_ways)
            expected = [
                [bucket(j - i, buckets, longest, both_ways) for j in range(60)]
                for i in range(10, 60)
            ]
            assert mine.tolist() == expected
    norm, X = RMSNorm(6).double(), normal(seeded(0), 2, 6)
    rows = [rms_norm(x.numpy(), norm.gain.detach().numpy()) for x in X]
    np.testing.assert_allclose(norm(X).detach(), rows, rtol=1e-12)
