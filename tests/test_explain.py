"""attn.explain and attn.adversarial against NumPy, against SciPy, and by properties."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.distance import jensenshannon
from scipy.stats import kendalltau
from tensors import DTYPES, TOLERANCE, close, coin, leading, normal, seeded, seeds, sizes

from attn.adversarial import adversarial_weights
from attn.equations import explain as equations
from attn.explain import (
    erase,
    erased_until_flip,
    gradient_times_input,
    jensen_shannon,
    kendall_tau,
    permutation_test,
    shuffles,
    total_variation,
)

FUNCTIONS = (total_variation, jensen_shannon, kendall_tau)


def shares(rng, *shape, dtype=torch.float64):
    return (2 * normal(rng, *shape)).softmax(-1).to(dtype)


def exact(x):
    return torch.tensor(x, dtype=torch.float64)


def linear_reader(seed, *shape, T, C=3, dtype=torch.float64):
    """Probabilities of C classes from the weighted average of some annotations."""
    rng = seeded(seed)
    annotations, out = normal(rng, *shape, T, 4, dtype=dtype), normal(rng, 4, C, dtype=dtype)

    def reader(weights):
        of, how = annotations.to(weights.device), out.to(weights.device)
        return ((weights[..., None, :] @ of)[..., 0, :] @ how).softmax(-1)

    return reader


@given(seeds, sizes)
def test_distances_equal_their_numpy_twins_and_scipys(seed, n):
    p, q = shares(seeded(seed), n), shares(seeded(seed + 1), n)
    a, b = p.numpy(), q.numpy()
    close(total_variation(p, q), exact(equations.total_variation(a, b)))
    close(jensen_shannon(p, q), exact(equations.jensen_shannon(a, b)))
    assert jensen_shannon(p, q).item() == pytest.approx(jensenshannon(a, b) ** 2, abs=1e-12)


@given(seeds, st.integers(2, 8), st.integers(1, 4))
def test_rank_agreement_is_scipys_with_ties_and_all(seed, n, levels):
    rng = seeded(seed)
    a, b = (torch.randint(levels, (n,), generator=rng).double() for _ in range(2))
    ours, theirs = kendall_tau(a, b).item(), kendalltau(a, b).statistic
    twin = equations.kendall_tau(a.numpy(), b.numpy())
    np.testing.assert_allclose(ours, theirs, atol=1e-12)
    np.testing.assert_allclose(ours, twin, atol=1e-12)


def test_rank_agreement_counts_only_what_is_read():
    a, b = shares(seeded(0), 6, 7), shares(seeded(1), 6, 7)
    mask = torch.arange(7) < torch.tensor([2, 3, 4, 5, 6, 7])[:, None]
    rows = zip(a, b, mask, strict=True)
    expected = [kendalltau(x[m], y[m]).statistic for x, y, m in rows]
    close(kendall_tau(a, b, mask), exact(expected))


@pytest.mark.parametrize("function", FUNCTIONS)
@given(seed=seeds, shape=leading)
def test_leading_shapes_are_separate_examples(function, seed, shape):
    a, b = shares(seeded(seed), *shape, 5), shares(seeded(seed + 1), *shape, 5)
    each = [function(x, y) for x, y in zip(a.reshape(-1, 5), b.reshape(-1, 5), strict=True)]
    assert function(a, b).shape == shape
    close(function(a, b).reshape(-1), torch.stack(each))


@given(seeds)
def test_the_ends_of_each_scale(seed):
    p, q = shares(seeded(seed), 5), shares(seeded(seed + 1), 5)
    zero = torch.zeros(5, dtype=torch.float64)
    close(total_variation(torch.cat([p, zero]), torch.cat([zero, q])), exact(1.0))
    far = jensen_shannon(torch.cat([p, zero]), torch.cat([zero, q]))
    close(far, exact(2.0).log())
    for function in (total_variation, jensen_shannon):
        assert abs(function(p, p).item()) < 1e-15
        close(function(p, q), function(q, p))
    close(kendall_tau(p, p.log()), exact(1.0))
    close(kendall_tau(p, -p), exact(-1.0))
    assert kendall_tau(p, zero).isnan()


def test_the_divergence_has_a_gradient_where_a_weight_is_zero():
    p = torch.tensor([0.5, 0.5, 0.0], requires_grad=True)
    jensen_shannon(p, torch.tensor([0.0, 0.5, 0.5])).backward()
    assert p.grad is not None
    assert p.grad.isfinite().all()


@given(seeds, leading)
def test_shuffles_are_orders_that_leave_padding_alone(seed, shape):
    mask = coin(seeded(seed), *shape, 6)
    orders = shuffles(mask, 3, seeded(seed))
    assert orders.shape == (3, *shape, 6)
    T = torch.arange(6)
    assert (orders.sort(-1).values == T).all()
    assert (orders == T)[~mask.expand_as(orders)].all()


def test_all_orders_are_as_likely():
    orders = shuffles(torch.tensor([True, False, True, True]), 6000, seeded(0))
    found, counts = orders.unique(dim=0, return_counts=True)
    assert len(found) == 6
    # 1000 ± 29; the largest of six exceeds 6 deviations once in 10^8 runs, and this one is seeded.
    assert (counts - 1000).abs().max() < 174


@given(seeds, st.integers(0, 3))
def test_the_permutation_test_equals_its_numpy_twin(seed, half):
    weights = shares(seeded(seed), 5)
    reader = linear_reader(seed, T=5)
    orders = shuffles(torch.ones(5, dtype=torch.bool), 2 * half + 1, seeded(seed))
    twin = equations.permutation_test(
        lambda w: reader(torch.from_numpy(w)).numpy(), weights.numpy(), orders.tolist()
    )
    close(permutation_test(reader, weights, orders), exact(twin))


def test_the_permutation_test_of_a_batch_is_each_examples():
    weights, reader = shares(seeded(0), 2, 3, 5), linear_reader(1, 2, 3, T=5)
    orders = shuffles(torch.ones(2, 3, 5, dtype=torch.bool), 5, seeded(2))
    found = permutation_test(reader, weights, orders)
    assert found.shape == (2, 3)

    def alone(w):  # the first example, whoever stands beside it
        return reader(torch.cat([w[None, None], weights[:1, 1:]], 1).expand(2, 3, 5))[0, 0]

    close(permutation_test(alone, weights[0, 0], orders[:, 0, 0]), found[0, 0])


@given(seeds, st.integers(0, 5))
def test_erasing_equals_its_numpy_twin(seed, k):
    weights = shares(seeded(seed), 5)
    ranking = torch.randint(3, (5,), generator=seeded(seed)).double()
    twin = equations.erase(weights.numpy(), ranking.numpy(), k)
    close(erase(weights, ranking, k), torch.from_numpy(twin))
    batch = erase(weights.expand(2, 1, 5), ranking.expand(2, 1, 5), k)
    close(batch, torch.from_numpy(twin).expand(2, 1, 5))


@given(seeds)
def test_how_much_has_to_be_erased(seed):
    weights, reader = shares(seeded(seed), 3, 6), linear_reader(seed, 3, T=6, C=2)
    mask = torch.arange(6) < torch.tensor([6, 4, 1])[:, None]
    weights = weights * mask
    ranking = shares(seeded(seed + 1), 3, 6)
    share = erased_until_flip(reader, weights, ranking, mask)
    for row, n in enumerate((6, 4, 1)):
        steps = [erase(weights, ranking.masked_fill(~mask, -1), k) for k in range(n)]
        answers = [reader(step)[row].argmax().item() for step in steps]
        flips = [k for k, answer in enumerate(answers) if answer != answers[0]]
        assert share[row].item() == pytest.approx((flips[0] if flips else n) / n)


@given(seeds, leading)
def test_gradient_times_input_is_the_derivative_in_the_one_hot_words(seed, shape):
    rng = seeded(seed)
    table, out = normal(rng, 7, 3), normal(rng, 4, 3)
    words = torch.randint(7, (*shape, 4), generator=rng)
    onehot = torch.nn.functional.one_hot(words, 7).double().requires_grad_()

    def score(inputs):
        return (inputs * out).sum((-1, -2)).tanh()

    [slope] = torch.autograd.grad(score(onehot @ table).sum(), onehot)
    inputs = table[words].requires_grad_()
    close(gradient_times_input(score(inputs), inputs), (slope * onehot.detach()).sum(-1).abs())


@pytest.mark.parametrize("dtype", DTYPES)
def test_every_device_and_dtype_gives_the_same(dtype, device):
    a, b = shares(seeded(0), 2, 5, dtype=dtype), shares(seeded(1), 2, 5, dtype=dtype)
    here = [x.to(device) for x in (a, b)]
    for function in FUNCTIONS:
        found = function(*here)
        assert found.dtype == dtype
        assert found.device.type == device.type
        close(found, function(a.double(), b.double()), dtype)
    mask = torch.tensor([[True] * 5, [True, True, True, False, False]])
    orders = shuffles(mask.to(device), 3, seeded(0))
    assert torch.equal(orders.cpu(), shuffles(mask, 3, seeded(0)))
    reader = linear_reader(2, 2, T=5, dtype=dtype)
    moved = permutation_test(reader, here[0], orders)
    exact = linear_reader(2, 2, T=5)
    # Annotations are rounded to the dtype too, so the answers differ by a few of its steps.
    torch.testing.assert_close(
        moved.cpu().double(),
        permutation_test(exact, a.double(), orders.cpu()),
        atol=10 * TOLERANCE[dtype],
        rtol=0,
    )
    close(erase(here[0], here[1], 2), erase(a.double(), b.double(), 2), dtype)


@given(seeds)
def test_an_adversary_keeps_the_answer_and_the_padding(seed):
    mask = torch.arange(5) < torch.tensor([5, 3])[:, None]
    weights = shares(seeded(seed), 2, 5) * mask
    weights = weights / weights.sum(-1, keepdim=True)
    reader = linear_reader(seed, 2, T=5, C=2)
    found = adversarial_weights(reader, weights, mask, seeded(seed), steps=20, starts=2)
    assert (found.weights[~mask] == 0).all()
    close(found.weights.sum(-1), torch.ones(2).double())
    change = total_variation(reader(found.weights), reader(weights))
    assert (change <= 0.01 + 1e-9).all()
    close(found.change, change)
    close(found.divergence, jensen_shannon(found.weights, weights))


def test_an_adversary_finds_what_can_be_had():
    """Three places say the same, one says the opposite: all weight can move between the three."""
    opinions = torch.tensor([3.0, 3.0, 3.0, -3.0])

    def reader(weights):
        return torch.stack([weights @ opinions, -(weights @ opinions)], -1).softmax(-1)

    mask = torch.ones(4, dtype=torch.bool)
    weights = torch.tensor([0.98, 0.01, 0.01, 0.0])
    found = adversarial_weights(reader, weights, mask, seeded(0))
    assert found.divergence > 0.6
    assert found.weights[0] < 0.1
    forced = torch.tensor([0.0, 0.0, 0.02, 0.98])
    assert adversarial_weights(reader, forced, mask, seeded(0)).divergence < 0.1
