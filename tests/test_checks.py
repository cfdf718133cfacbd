"""The misconception bank proves itself: right passes, each mistake fails and is named as itself."""

import numpy as np
import pytest
import torch

from autograder import checks
from autograder.judge import judge
from autograder.subject import LocalSubject

EXERCISES = [exercise for slug in checks.slugs() for exercise in checks.load(slug)]
MISTAKES = [(exercise, mistake) for exercise in EXERCISES for mistake in exercise.misconceptions]
SEEDS = range(3)


@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda exercise: exercise.name)
def test_the_reference_passes(exercise, device):
    for seed in SEEDS:
        verdict = judge(
            exercise, LocalSubject(exercise.reference), seed=seed, devices=(device.type,)
        )
        assert verdict.status == "passed", (seed, verdict.error, verdict.facts)


@pytest.mark.parametrize(
    ("exercise", "mistake"), MISTAKES, ids=[f"{e.name}: {m.name}" for e, m in MISTAKES]
)
def test_each_mistake_fails_and_is_named_as_itself(exercise, mistake):
    for seed in SEEDS:
        verdict = judge(exercise, LocalSubject(mistake.implementation()), seed=seed)
        assert verdict.status == "failed"
        assert verdict.misconception is not None
        assert (verdict.misconception.name, verdict.misconception.complete) == (mistake.name, True)


@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda exercise: exercise.name)
def test_each_exercise_is_worth_its_place(exercise):
    assert exercise.points > 0
    assert len(exercise.misconceptions) >= 4
    names = [mistake.name for mistake in exercise.misconceptions]
    assert len(names) == len(set(names))
    assert all(mistake.hint.endswith((".", "?")) for mistake in exercise.misconceptions)


def test_exercise_names_are_unique_in_the_course():
    names = [exercise.name for exercise in EXERCISES]
    assert len(names) == len(set(names))


def test_find_knows_every_exercise_and_suggests_the_nearest():
    assert checks.find("entropy").name == "entropy"
    with pytest.raises(LookupError, match="did you mean 'stable_softmax'"):
        checks.find("stabel_softmax")
    with pytest.raises(LookupError, match="human_attention"):
        checks.load("humans")


# ------------------------------------------------------------ right, but written otherwise


def softmax_by_loops(scores):
    out = np.empty_like(scores)
    for index in np.ndindex(scores.shape[:-1]):
        row = [float(np.exp(s - max(scores[index]))) for s in scores[index]]
        out[index] = [power / sum(row) for power in row]
    return out


def masked_softmax_with_where(scores, mask):
    some = mask.any(-1, keepdim=True)
    filled = torch.where(mask, scores, torch.full_like(scores, -torch.inf))
    return torch.where(some, torch.where(some, filled, 0.0).softmax(-1), 0.0)


def entropy_with_a_tiny_constant(weights):
    return -(weights * (weights + 1e-12).log()).sum(dim=-1)


def attention_in_double_with_einsum(Q, K, V, mask=None, temperature=1.0):
    scores = torch.einsum("...id,...jd->...ij", Q.double(), K.double()) / temperature
    mask = torch.ones_like(scores, dtype=torch.bool) if mask is None else mask
    weights = masked_softmax_with_where(scores, mask.expand_as(scores))
    return torch.einsum("...ij,...jv->...iv", weights, V.double()).to(V.dtype)


def fixations_by_inverse_cdf(weights, n, generator=None):
    u = torch.rand(n, generator=generator, device=weights.device, dtype=torch.float64)
    edges = weights.double().cumsum(0)
    return torch.searchsorted(edges / edges[-1], u, right=True)


def kernel_weights_in_log_space(x, keys, width):
    logs = np.array([-0.5 * ((x - k) / width) ** 2 for k in keys])
    return np.exp(logs - np.logaddexp.reduce(logs))


def train_by_grid_search(keys, values, steps=300):
    d2 = (keys[:, None] - keys[None]) ** 2
    eye = torch.eye(len(keys), dtype=torch.bool, device=keys.device)

    def error(width):
        weights = (-d2 / (2 * width**2)).masked_fill(eye, -torch.inf).softmax(-1)
        return float(((weights @ values - values) ** 2).mean())

    return min(np.geomspace(0.02, 5, 300), key=error)


ALTERNATIVES = {
    "stable_softmax": softmax_by_loops,
    "masked_softmax": masked_softmax_with_where,
    "entropy": entropy_with_a_tiny_constant,
    "dot_product_attention": attention_in_double_with_einsum,
    "fixations": fixations_by_inverse_cdf,
    "kernel_weights": kernel_weights_in_log_space,
    "train_kernel_width": train_by_grid_search,
}


@pytest.mark.parametrize("name", ALTERNATIVES)
def test_right_answers_written_otherwise_pass(name, device):
    for seed in range(10):
        subject = LocalSubject(ALTERNATIVES[name])
        verdict = judge(checks.find(name), subject, seed=seed, devices=(device.type,))
        assert verdict.status == "passed", (verdict.error, verdict.facts)
