"""Four ways to say where a position is: sinusoids, a learned table, ALiBi's bias, a rotation."""

import torch
from jaxtyping import Float
from torch import Tensor, nn

BASE = 10_000.0  # of the frequencies, in Vaswani et al. 2017 and in Su et al. 2021


def frequencies(D: int, base: float = BASE) -> Float[Tensor, " pairs"]:
    """ω_i = base^(-2i/D) for i = 0 … D/2 - 1, in radians a position: from 1 down to nearly 1/base.

    In float64 on the CPU, so that angles of late positions are exact before they are rounded.
    Raises ``ValueError`` for an odd D.

    >>> frequencies(4)
    tensor([1.0000, 0.0100], dtype=torch.float64)
    """
    if D % 2:
        raise ValueError(f"D is {D}; sines and cosines come in pairs, so it must be even")
    return base ** (-torch.arange(0, D, 2, dtype=torch.float64) / D)


def _angles(start: int, T: int, D: int, base: float) -> Float[Tensor, "T pairs"]:
    return torch.arange(start, start + T, dtype=torch.float64)[:, None] * frequencies(D, base)


def sinusoidal_encoding(
    T: int,
    D: int,
    *,
    start: int = 0,
    base: float = BASE,
    device: torch.device | str = "cpu",
    dtype: torch.dtype = torch.float32,
) -> Float[Tensor, "T D"]:
    """PE(t, 2i) = sin(t ω_i), PE(t, 2i+1) = cos(t ω_i) (Vaswani et al. 2017, section 3.5).

    Row 0 is position ``start``. It is added to the embeddings.

    >>> sinusoidal_encoding(2, 4)
    tensor([[0.0000, 1.0000, 0.0000, 1.0000],
            [0.8415, 0.5403, 0.0100, 0.9999]])
    """
    angles = _angles(start, T, D, base)
    pairs = torch.stack([angles.sin(), angles.cos()], -1)
    return pairs.flatten(-2).to(device=device, dtype=dtype)


def rotary_embedding(
    X: Float[Tensor, "*B T d"], *, start: int = 0, base: float = BASE
) -> Float[Tensor, "*B T d"]:
    """Turns the pair (x_2i, x_2i+1) at position t by the angle t ω_i (Su et al. 2021, RoFormer).

    For queries and keys, before their product: the score of a query at m and a key at n then
    depends on where they stand through m - n alone. Values are not turned. Pairs are neighbours,
    as in the paper; some libraries pair i with i + d/2, which is the same up to the order of the
    columns of W_q and W_k.

    >>> rotary_embedding(torch.tensor([[1.0, 0.0], [1.0, 0.0]]))
    tensor([[1.0000, 0.0000],
            [0.5403, 0.8415]])
    """
    angles = _angles(start, X.shape[-2], X.shape[-1], base)
    cos, sin = (part.to(device=X.device, dtype=X.dtype) for part in (angles.cos(), angles.sin()))
    even, odd = X[..., 0::2], X[..., 1::2]
    turned = torch.stack([even * cos - odd * sin, even * sin + odd * cos], -1)
    return turned.flatten(-2)


def alibi_slopes(H: int, device: torch.device | str = "cpu") -> Float[Tensor, " H"]:
    """The slopes m of H heads: 2^(-8/H), then its powers (Press et al. 2022).

    For an H that is no power of two, the authors' code takes other numbers than their formula.

    >>> alibi_slopes(8)[:3]
    tensor([0.5000, 0.2500, 0.1250])
    """
    slopes = 2.0 ** (-8 * torch.arange(1, H + 1, dtype=torch.float64) / H)
    return slopes.to(device=device, dtype=torch.float32)


def alibi_bias(slopes: Float[Tensor, " H"], Tq: int, Tk: int) -> Float[Tensor, "H Tq Tk"]:
    """-m |i - j|, to be added to the scaled scores; nothing is added to the embeddings.

    The paper's models are causal, so that j ≤ i; for j > i this takes the distance too. The last
    query stands at the last key, as in ``causal_mask``.

    >>> alibi_bias(torch.tensor([0.5]), 2, 2)
    tensor([[[ 0.0000, -0.5000],
             [-0.5000,  0.0000]]])
    """
    j = torch.arange(Tk, device=slopes.device)
    i = torch.arange(Tk - Tq, Tk, device=slopes.device)
    return slopes[:, None, None] * -(i[:, None] - j).abs()


class LearnedPositions(nn.Module):
    """A table with a learned row for each of the first ``longest`` positions, added to X.

    Raises ``ValueError`` for a longer sequence: there is no row for what lies beyond.

    >>> LearnedPositions(longest=5, D=2)(torch.zeros(3, 2)).shape
    torch.Size([3, 2])
    """

    def __init__(self, longest: int, D: int) -> None:
        super().__init__()
        self.table = nn.Parameter(0.02 * torch.randn(longest, D))

    def forward(self, X: Float[Tensor, "*B T D"]) -> Float[Tensor, "*B T D"]:
        T, longest = X.shape[-2], len(self.table)
        if longest < T:
            raise ValueError(
                f"{T} positions, but the table has {longest} rows: "
                "cut the sequence, or train a longer table"
            )
        return X + self.table[:T]
