"""Random inputs and the tolerances that all tests of mechanisms share."""

import torch
from hypothesis import strategies as st
from torch import Generator, Tensor

# Relative and absolute tolerance against float64, for sums of at most a few dozen terms of size 1.
TOLERANCE = {
    torch.float64: 1e-12,
    torch.float32: 1e-5,
    torch.float16: 5e-3,
    torch.bfloat16: 4e-2,
}
DTYPES = tuple(TOLERANCE)


def normal(rng: Generator, *shape: int, dtype: torch.dtype = torch.float64) -> Tensor:
    """Unit normals from a CPU generator."""
    return torch.randn(*shape, generator=rng, dtype=torch.float64).to(dtype)


def coin(rng: Generator, *shape: int) -> Tensor:
    """Booleans, True half of the time."""
    return torch.rand(*shape, generator=rng) < 0.5


def close(actual: Tensor, expected: Tensor, dtype: torch.dtype | None = None) -> None:
    """Asserts equality within the tolerance of ``dtype`` (of ``actual``, if none is given)."""
    tolerance = TOLERANCE[dtype or actual.dtype]
    torch.testing.assert_close(
        actual.detach().cpu().double(),
        expected.detach().cpu().double(),
        rtol=tolerance,
        atol=tolerance,
    )


seeds = st.integers(0, 2**32 - 1)
sizes = st.integers(1, 6)
leading = st.lists(st.integers(1, 3), max_size=3).map(tuple)


def seeded(seed: int) -> Generator:
    """A CPU generator with this seed."""
    return Generator().manual_seed(seed)
