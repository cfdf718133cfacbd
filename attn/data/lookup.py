"""Look-ups whose right answer is known: a noisy copy of one key asks for that key's value."""

from typing import NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Generator, Tensor


class Lookups(NamedTuple):
    """n dictionaries of T entries, each with one query and the entry that it means."""

    Q: Float[Tensor, "n 1 d"]
    K: Float[Tensor, "n T d"]
    V: Float[Tensor, "n T dv"]
    right: Int[Tensor, " n"]

    def meant(self) -> Float[Tensor, "n 1 dv"]:
        """The value that each query means."""
        return self.V[torch.arange(len(self.V)), self.right][:, None]


def lookups(
    n: int, T: int, d: int, noise: float, generator: Generator, spread: float = 0.0
) -> Lookups:
    """Keys in random directions; the query is one of them, plus Gaussian noise of this deviation.

    A key's length is exp(``spread`` · z) with z a unit normal: 1 for every key when ``spread`` is
    0. Values are pairs of unit normals, so that an answer that ignores the query errs by 1.

    >>> task = lookups(3, T=5, d=4, noise=0.1, generator=torch.Generator().manual_seed(0))
    >>> task.Q.shape, task.K.shape, task.meant().shape
    (torch.Size([3, 1, 4]), torch.Size([3, 5, 4]), torch.Size([3, 1, 2]))
    """
    K = torch.randn(n, T, d, generator=generator)
    K = K / K.norm(dim=-1, keepdim=True)
    K = K * (spread * torch.randn(n, T, 1, generator=generator)).exp()
    V = torch.randn(n, T, 2, generator=generator)
    right = torch.randint(T, (n,), generator=generator)
    asked = K[torch.arange(n), right]
    Q = asked + noise * torch.randn(n, d, generator=generator)
    return Lookups(Q[:, None], K, V, right)


def rotation(d: int, generator: Generator) -> Float[Tensor, "d d"]:
    """A random orthogonal matrix, which turns vectors and may mirror them: lengths stay.

    >>> R = rotation(3, torch.Generator().manual_seed(0))
    >>> torch.allclose(R @ R.T, torch.eye(3), atol=1e-6)
    True
    """
    return torch.linalg.qr(torch.randn(d, d, generator=generator)).Q
