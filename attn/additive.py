"""Additive attention: a small network compares the decoder's state with every annotation.

And two ways to write it down wrongly, kept so that what they cannot do can be measured.
"""

import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn

from attn.softmax import masked_softmax


class AdditiveAttention(nn.Module):
    """e_ij = v_aᵀ tanh(W_a s_{i-1} + U_a h_j), α_i = softmax(e_i), c_i = Σ_j α_ij h_j.

    Bahdanau et al. 2015, section 3.1 and appendix A.1.2. ``n``: width of a state, ``m``: of an
    annotation (2n for a bidirectional encoder), ``k``: hidden units. Parameters: ``W_a`` (k, n),
    ``U_a`` (k, m) and ``v_a`` (1, k), each the weight of a linear map without bias.

    >>> import torch
    >>> attend = AdditiveAttention(n=4, m=6, k=5)
    >>> mask = torch.tensor([[True, True, False]])
    >>> context, weights = attend(torch.zeros(1, 4), torch.ones(1, 3, 6), mask)
    >>> context.shape, weights
    (torch.Size([1, 6]), tensor([[0.5000, 0.5000, 0.0000]], grad_fn=<DivBackward0>))
    """

    def __init__(self, n: int, m: int, k: int) -> None:
        super().__init__()
        self.W_a = nn.Linear(n, k, bias=False)
        self.U_a = nn.Linear(m, k, bias=False)
        self.v_a = nn.Linear(k, 1, bias=False)

    def scores(
        self, state: Float[Tensor, "*B n"], annotations: Float[Tensor, "*B T m"]
    ) -> Float[Tensor, "*B T"]:
        """How well each annotation fits the state."""
        hidden = self.W_a(state)[..., None, :] + self.U_a(annotations)
        return self.v_a(hidden.tanh())[..., 0]

    def forward(
        self,
        state: Float[Tensor, "*B n"],
        annotations: Float[Tensor, "*B T m"],
        mask: Bool[Tensor, "*B T"],
    ) -> tuple[Float[Tensor, "*B m"], Float[Tensor, "*B T"]]:
        """The context (*B, m) and the weights (*B, T); True in ``mask`` may be read."""
        weights = masked_softmax(self.scores(state, annotations), mask)
        return (weights[..., None, :] @ annotations)[..., 0, :], weights


class PopularAttention(nn.Module):
    """e_ij = tanh(w · [s_{i-1}; h_j] + b): a popular misquotation. It cannot point.

    For a fixed state, w · [s; h_j] is a constant plus w_h · h_j, and tanh keeps order: the ranking
    of the annotations is the same for every state. Parameters: ``w`` (1, n + m) and its bias.

    >>> attend = PopularAttention(n=4, m=6)
    """

    def __init__(self, n: int, m: int) -> None:
        super().__init__()
        self.w = nn.Linear(n + m, 1)

    def forward(
        self,
        state: Float[Tensor, "*B n"],
        annotations: Float[Tensor, "*B T m"],
        mask: Bool[Tensor, "*B T"],
    ) -> tuple[Float[Tensor, "*B m"], Float[Tensor, "*B T"]]:
        """The context (*B, m) and the weights (*B, T); True in ``mask`` may be read."""
        T = annotations.shape[-2]
        states = state[..., None, :].expand(*state.shape[:-1], T, state.shape[-1])
        scores = self.w(torch.cat([states, annotations], -1))[..., 0].tanh()
        weights = masked_softmax(scores, mask)
        return (weights[..., None, :] @ annotations)[..., 0, :], weights


class UnbentAttention(AdditiveAttention):
    """e_ij = v_aᵀ (W_a s_{i-1} + U_a h_j), the tanh forgotten: the weights ignore the state.

    v_aᵀ W_a s_{i-1} is one number for all positions, and the softmax cancels it.
    """

    def scores(
        self, state: Float[Tensor, "*B n"], annotations: Float[Tensor, "*B T m"]
    ) -> Float[Tensor, "*B T"]:
        """How well each annotation fits, whatever the state."""
        hidden = self.W_a(state)[..., None, :] + self.U_a(annotations)
        return self.v_a(hidden)[..., 0]
