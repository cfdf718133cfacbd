"""attn.rollout against a sum over paths, a model for which it is exact, and properties."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from tensors import DTYPES, close, leading, normal, seeded, seeds

from attn.equations import rollout as equations
from attn.rollout import class_token_reads, rollout


def drawn(seed: int, *shape: int) -> torch.Tensor:
    """Weights: rows that sum to one."""
    return normal(seeded(seed), *shape).softmax(-1)


@given(seeds, st.integers(1, 3), st.integers(1, 3), st.integers(1, 4))
def test_it_is_the_sum_over_all_paths(seed, depth, H, T):
    weights = drawn(seed, depth, H, T, T)
    close(rollout(weights), torch.from_numpy(equations.rollout(weights.numpy())))


def test_it_is_the_jacobian_of_a_model_of_attention_and_residuals_alone(device):
    weights = drawn(0, 3, 2, 5, 5).to(device)

    def outputs(X: torch.Tensor) -> torch.Tensor:
        for layer in weights:
            X = (X + (layer @ X).mean(0)) / 2
        return X

    X = normal(seeded(1), 5, 4).to(device)
    jacobian = torch.autograd.functional.jacobian(outputs, X)[:, 2, :, 2]
    close(rollout(weights), jacobian)


@given(seeds, leading)
def test_rows_sum_to_one_for_any_leading_shape(seed, batch):
    weights = drawn(seed, *batch, 2, 3, 4, 4)
    reached = rollout(weights)
    assert reached.shape == (*batch, 4, 4)
    close(reached.sum(-1), torch.ones(*batch, 4, dtype=torch.float64))
    first = weights.reshape(-1, 2, 3, 4, 4)[0]
    close(reached.reshape(-1, 4, 4)[0], rollout(first))


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
def test_every_dtype_and_device(dtype, device):
    weights = drawn(0, 2, 3, 4, 4)
    close(rollout(weights.to(device, dtype)), rollout(weights), dtype)


def test_the_class_token_reads_patches_alone():
    weights = drawn(0, 2, 3, 2, 5, 5)
    read = class_token_reads(weights)
    assert read.shape == (2, 4)
    close(read.sum(-1), torch.ones(2, dtype=torch.float64))
    close(read * (1 - rollout(weights)[:, 0, :1]), rollout(weights)[:, 0, 1:])
