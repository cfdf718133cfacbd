"""Hard attention against its equations, torch.distributions, and every glimpse there is."""

import itertools

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from tensors import DTYPES, close, leading, normal, seeded, seeds, sizes
from torch.distributions import Categorical, Gumbel

from attn import hard
from attn.equations import hard as equations
from autograder.chance import implausible


def drawn(seed: int, L: int = 4) -> tuple[torch.Tensor, torch.Tensor]:
    """Scores and rewards of one picture."""
    rng = seeded(seed)
    return normal(rng, L), normal(rng, L) - 2


# ---------------------------------------------------------------- a glimpse


@given(seeds, leading, sizes)
def test_a_glimpse_has_the_log_probability_of_torchs_categorical(seed, B, T):
    rng = seeded(seed)
    scores = 30 * normal(rng, *B, T)
    glimpse = torch.randint(T, B, generator=rng)
    close(
        hard.glimpse_log_probability(scores, glimpse), Categorical(logits=scores).log_prob(glimpse)
    )


@given(seeds, st.integers(0, 3))
def test_and_that_of_equation_8(seed, s):
    scores, _ = drawn(seed)
    ours = hard.glimpse_log_probability(scores, torch.tensor(s))
    assert ours.item() == pytest.approx(equations.log_probability(scores.numpy(), s))


def test_glimpses_are_as_frequent_as_their_weights(device):
    weights = torch.tensor([0.1, 0.0, 0.6, 0.3], device=device).expand(100, 200, 4)
    glimpse = hard.sample_glimpse(weights, torch.Generator(device).manual_seed(1))
    assert glimpse.shape == (100, 200)
    counts = np.bincount(glimpse.cpu().numpy().ravel(), minlength=4)
    assert not implausible(counts, np.array([0.1, 0.0, 0.6, 0.3])).any()


def test_a_seed_repeats_its_glimpses():
    weights = torch.full((50, 9), 1 / 9)
    first, again, other = (hard.sample_glimpse(weights, seeded(seed)) for seed in (1, 1, 2))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


@given(seeds, leading, sizes)
def test_what_is_read_is_the_value_there(seed, B, T):
    rng = seeded(seed)
    values, glimpse = normal(rng, *B, T, 3), torch.randint(T, B, generator=rng)
    one_hot = torch.nn.functional.one_hot(glimpse, T).to(values)
    close(hard.read_glimpse(values, glimpse), (one_hot[..., None] * values).sum(-2))


# ---------------------------------------------------------------- the gradient


@given(seeds, sizes)
def test_the_gradient_by_hand_is_autograds_and_equation_11s(seed, L):
    scores, rewards = drawn(seed, L)
    scores.requires_grad_()
    (expected,) = torch.autograd.grad((scores.softmax(-1) * rewards).sum(), scores)
    ours = hard.expected_reward_gradient(scores.detach(), rewards)
    close(ours, expected)
    alpha = scores.detach().softmax(-1).numpy()
    close(ours, torch.from_numpy(equations.bound_gradient(alpha, rewards.numpy())))


@given(seeds, st.floats(-5, 5))
def test_reinforce_is_unbiased_whatever_the_baseline(seed, baseline):
    """Every glimpse is tried, and weighed with its probability: no sampling error is left."""
    scores, rewards = drawn(seed)
    alpha = scores.softmax(-1)
    total = torch.zeros_like(scores)
    for s in range(4):
        e = scores.clone().requires_grad_()
        log_probability = hard.glimpse_log_probability(e, torch.tensor(s))
        hard.reinforce_loss(log_probability, rewards[s], baseline).backward()
        close(
            -e.grad,
            torch.from_numpy(equations.estimate(alpha.numpy(), s, rewards[s].item(), baseline)),
        )
        total -= alpha[s] * e.grad
    close(total, hard.expected_reward_gradient(scores, rewards))


def expectation(scores: torch.Tensor, rewards: torch.Tensor, baseline) -> torch.Tensor:
    """The mean of the estimate from two glimpses of one picture, over all pairs of them."""
    alpha = scores.softmax(-1)
    total = torch.zeros_like(scores)
    for pair in itertools.product(range(len(scores)), repeat=2):
        e = scores.clone().requires_grad_()
        glimpses = torch.tensor(pair)
        log_probabilities = hard.glimpse_log_probability(e.expand(2, -1), glimpses)
        r = rewards[glimpses]
        hard.reinforce_loss(log_probabilities, r, baseline(r)).backward()
        total -= alpha[pair[0]] * alpha[pair[1]] * e.grad
    return total


@given(seeds)
def test_the_others_mean_does_not_bias_and_the_mean_of_all_shrinks(seed):
    scores, rewards = drawn(seed)
    exact = hard.expected_reward_gradient(scores, rewards)
    close(expectation(scores, rewards, hard.others_mean), exact)
    close(expectation(scores, rewards, lambda r: r.mean()), exact / 2)  # 1 - 1/N, N = 2


def test_a_baseline_that_knows_the_glimpse_biases():
    scores, rewards = drawn(0)
    assert expectation(scores, rewards, lambda r: r).abs().max() == 0  # nothing is left
    wrong = expectation(scores, rewards, lambda r: r**2)
    assert (wrong - hard.expected_reward_gradient(scores, rewards)).abs().max() > 0.1


@given(seeds, st.floats(-3, 3))
def test_the_variance_is_that_of_glimpses_and_the_best_baseline_is_best(seed, b):
    scores, rewards = drawn(seed)
    alpha, r = scores.softmax(-1).numpy(), rewards.numpy()
    best = equations.best_baseline(alpha, r)
    assert (
        equations.estimate_variance(alpha, r, best)
        <= equations.estimate_variance(alpha, r, b) + 1e-12
    )
    rows = np.array([equations.estimate(alpha, s, float(r[s]), b) for s in range(4)])
    mean = alpha @ rows
    close(
        torch.tensor(equations.estimate_variance(alpha, r, b)),
        torch.tensor(alpha @ ((rows - mean) ** 2).sum(1)),
    )


@given(seeds)
def test_the_bound_is_a_bound(seed):
    scores, rewards = drawn(seed)
    alpha = scores.softmax(-1).numpy()
    assert equations.bound(alpha, rewards.numpy()) <= equations.log_likelihood(
        alpha, rewards.numpy()
    )
    alike = np.full(4, -1.5)
    assert equations.bound(alpha, alike) == pytest.approx(equations.log_likelihood(alpha, alike))


def test_no_gradient_flows_into_reward_or_baseline():
    log_probability, reward, baseline = (normal(seeded(i), 5).requires_grad_() for i in range(3))
    hard.reinforce_loss(log_probability, reward, baseline).backward()
    assert reward.grad is None
    assert baseline.grad is None
    close(log_probability.grad, -(reward - baseline).detach() / 5)


def test_the_moving_baseline_forgets_by_tenths():
    b = torch.tensor(0.0)
    for _ in range(3):
        b = hard.moving_baseline(b.item(), torch.tensor([-1.0, -3.0]))
    close(b, torch.tensor(-2 * (1 - 0.9**3)))


@given(st.integers(2, 5), leading, seeds)
def test_the_others_mean_is_the_mean_of_the_others(N, B, seed):
    rewards = normal(seeded(seed), N, *B)
    for i, baseline in enumerate(hard.others_mean(rewards)):
        close(baseline, rewards[torch.arange(N) != i].mean(0))


# ---------------------------------------------------------------- straight through


def test_gumbel_noise_is_torchs(device):
    u = torch.rand(2000, generator=seeded(0), dtype=torch.float64)
    quantiles = Gumbel(torch.tensor(0.0).double(), torch.tensor(1.0).double()).icdf(u)
    torch.testing.assert_close(hard.gumbel(u), quantiles)  # its own clamping costs it some digits
    assert torch.isfinite(hard.gumbel(torch.tensor([0.0], device=device))).all()


@given(seeds, st.floats(0.3, 3))
def test_straight_through_is_torchs_gumbel_softmax(seed, temperature):
    scores = normal(seeded(seed), 3, 5).requires_grad_()
    cotangent = normal(seeded(seed + 1), 3, 5)
    with torch.random.fork_rng():
        torch.manual_seed(seed % 1000)
        noise = -torch.empty_like(scores).exponential_().log()
        torch.manual_seed(seed % 1000)
        theirs = torch.nn.functional.gumbel_softmax(scores, tau=temperature, hard=True)
    ours = hard.straight_through(scores, noise, temperature)
    close(ours, theirs)
    (a,) = torch.autograd.grad((ours * cotangent).sum(), scores)
    (b,) = torch.autograd.grad((theirs * cotangent).sum(), scores)
    close(a, b)


@given(seeds)
def test_it_draws_and_relaxes_as_the_equations_do(seed):
    scores, _ = drawn(seed)
    u = torch.rand(4, generator=seeded(seed), dtype=torch.float64)
    out = hard.straight_through(scores, hard.gumbel(u))
    assert out.argmax().item() == equations.gumbel_argmax(scores.numpy(), u.numpy())
    soft = ((scores + hard.gumbel(u)) / 0.5).softmax(-1)
    close(soft, torch.from_numpy(equations.relaxed(scores.numpy(), u.numpy(), 0.5)))


def test_its_draws_are_as_frequent_as_the_weights():
    scores = torch.tensor([0.0, 1.0, 2.0])
    noise = hard.gumbel(torch.rand(20_000, 3, generator=seeded(3)))
    counts = hard.straight_through(scores.expand(20_000, 3), noise).sum(0).numpy().astype(int)
    assert not implausible(counts, scores.double().softmax(-1).numpy()).any()


def test_its_gradient_is_biased():
    """The mean over all noise differs from the exact gradient by more than sampling explains."""
    scores, values = drawn(5)
    e = scores.expand(200_000, 4).clone().requires_grad_()
    noise = hard.gumbel(torch.rand(200_000, 4, generator=seeded(0), dtype=torch.float64))
    read = hard.straight_through(e, noise) @ values
    rewards = -(values**2)  # of reading the value of each position
    (gradient,) = torch.autograd.grad((-(read**2)).sum(), e)
    error = gradient.std(0) / 200_000**0.5
    assert (
        (gradient.mean(0) - hard.expected_reward_gradient(scores, rewards)) / error
    ).abs().max() > 10


# ---------------------------------------------------------------- everywhere


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("B", [(), (2,), (2, 3)])
def test_any_batch_shape_dtype_and_device(B, dtype, device):
    rng = seeded(6)
    scores, rewards = (normal(rng, *B, 4, dtype=dtype).to(device) for _ in range(2))
    scores.requires_grad_()
    glimpse = hard.sample_glimpse(scores.softmax(-1), torch.Generator(device).manual_seed(0))
    log_probability = hard.glimpse_log_probability(scores, glimpse)
    read = hard.read_glimpse(rewards[..., None], glimpse)[..., 0]
    one_hot = hard.straight_through(scores, hard.gumbel(torch.rand_like(scores)))
    out = [
        log_probability,
        read,
        hard.expected_reward_gradient(scores, rewards),
        hard.reinforce_loss(log_probability, read, 0.5),
        hard.others_mean(torch.stack([read, read + 1])),
        one_hot,
    ]
    assert {(part.dtype, part.device.type) for part in out} == {(dtype, device.type)}
    assert glimpse.shape == log_probability.shape == read.shape == B
    assert one_hot.sum(-1).double().eq(1).all()
    doubled = hard.glimpse_log_probability(scores.detach().double().cpu(), glimpse.cpu())
    close(log_probability, doubled, dtype)


def test_the_log_probability_passes_gradcheck():
    scores = normal(seeded(7), 2, 4).requires_grad_()
    glimpse = torch.tensor([3, 0])
    assert torch.autograd.gradcheck(lambda e: hard.glimpse_log_probability(e, glimpse), (scores,))
