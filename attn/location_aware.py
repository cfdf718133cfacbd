"""Location-aware attention: the score also sees where the last look lay."""

import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn

from attn.softmax import masked_softmax


def previous_features(
    previous: Float[Tensor, "*B T"], filters: Float[Tensor, "c width"]
) -> Float[Tensor, "*B T c"]:
    """f_j = Σ_i F_i α'_{j + i - r}: the last weights, seen from position j through c filters.

    ``width`` is 2r + 1, so the middle of a filter looks at j itself; outside the sequence is 0.
    (Chorowski et al. 2015 write f = F ∗ α'; filters are learned, so which way round they are
    counted is a matter of names, and here it is that of ``conv1d``.)

    Raises ``ValueError`` for a filter without a middle.

    >>> ahead = torch.tensor([[1.0, 0.0, 0.0]])  # the neighbour on the left
    >>> previous_features(torch.tensor([0.0, 1.0, 0.0, 0.0]), ahead)[:, 0]
    tensor([0., 0., 1., 0.])
    """
    if filters.shape[-1] % 2 == 0:
        raise ValueError(f"a filter of width {filters.shape[-1]} has no middle; make it odd")
    rows = previous.reshape(-1, 1, previous.shape[-1])
    seen = nn.functional.conv1d(rows, filters[:, None], padding=filters.shape[-1] // 2)
    return seen.mT.reshape(*previous.shape, len(filters))


class LocationAwareScore(nn.Module):
    """e_j = wᵀ tanh(W s + V h_j + U f_j + b), f as above (Chorowski et al. 2015, section 2.1).

    With ``filters`` 0 there is no U f: the score by content alone, which is Bahdanau's.
    Shapes: W (k, n), V (k, m), U (k, filters), F (filters, width), b (k), w (k).

    >>> score = LocationAwareScore(n=3, m=2, k=4, filters=2, width=5)
    >>> score(torch.zeros(1, 3), torch.ones(1, 6, 2), torch.zeros(1, 6)).shape
    torch.Size([1, 6])
    """

    def __init__(self, n: int, m: int, k: int, filters: int, width: int) -> None:
        super().__init__()
        self.W = nn.Linear(n, k, bias=False)
        self.V = nn.Linear(m, k)  # its bias is b
        self.w = nn.Linear(k, 1, bias=False)
        self.U = nn.Linear(filters, k, bias=False) if filters else None
        self.F = nn.Parameter(torch.randn(filters, width) / width**0.5) if filters else None

    def forward(
        self,
        state: Float[Tensor, "*B n"],
        annotations: Float[Tensor, "*B T m"],
        previous: Float[Tensor, "*B T"],
    ) -> Float[Tensor, "*B T"]:
        inner = self.W(state)[..., None, :] + self.V(annotations)
        if self.U is not None and self.F is not None:
            inner = inner + self.U(previous_features(previous, self.F))
        return self.w(inner.tanh())[..., 0]


class LocationAwareAttention(nn.Module):
    """A softmax over those scores where the mask holds; the weights go into the next look.

    >>> attend = LocationAwareAttention(LocationAwareScore(n=3, m=2, k=4, filters=2, width=5))
    >>> mask = torch.ones(1, 6) > 0
    >>> context, weights = attend(torch.zeros(1, 3), torch.ones(1, 6, 2), mask, torch.zeros(1, 6))
    >>> context.shape, weights.shape
    (torch.Size([1, 2]), torch.Size([1, 6]))
    """

    def __init__(self, score: LocationAwareScore) -> None:
        super().__init__()
        self.score = score

    def forward(
        self,
        state: Float[Tensor, "*B n"],
        annotations: Float[Tensor, "*B T m"],
        mask: Bool[Tensor, "*B T"],
        previous: Float[Tensor, "*B T"],
    ) -> tuple[Float[Tensor, "*B m"], Float[Tensor, "*B T"]]:
        """The context (*B, m) and the weights (*B, T)."""
        weights = masked_softmax(self.score(state, annotations, previous), mask)
        return (weights[..., None, :] @ annotations)[..., 0, :], weights
