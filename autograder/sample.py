"""Random inputs for cases: drawn by NumPy, so that a seed means the same on every device."""

import numpy as np
import torch
from torch import Tensor

from autograder.spec import Rng


def array(rng: Rng, *shape: int) -> np.ndarray:
    """Unit normals in float64, as a NumPy array."""
    return rng.normal(size=shape)


def tensor(rng: Rng, *shape: int, dtype: torch.dtype = torch.float32) -> Tensor:
    """Unit normals, as a CPU tensor."""
    return torch.from_numpy(rng.normal(size=shape)).to(dtype)


def weights(rng: Rng, *shape: int) -> Tensor:
    """Positive weights that sum to one over the last axis, none of them tiny."""
    raw = torch.from_numpy(rng.uniform(0.5, 2.0, size=shape))
    return (raw / raw.sum(-1, keepdim=True)).float()


def mask(rng: Rng, *shape: int) -> Tensor:
    """A boolean mask (True may attend) with at least one True and one False in every row."""
    chosen = torch.from_numpy(rng.random(shape) < 0.5)
    order = torch.from_numpy(rng.random(shape)).argsort(-1)
    return (chosen | (order == 0)) & (order != 1)


def seed(rng: Rng) -> int:
    """A seed for a generator of the student's."""
    return int(rng.integers(2**31))
