"""Local attention: a window of the source around a position, and a Gaussian within it."""

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn

from attn.luong import LuongDecoder
from attn.seq2seq import Memory
from attn.softmax import masked_softmax


def window_mask(p: Float[Tensor, "*B"], T: int, D: int) -> Bool[Tensor, "*B T"]:
    """True at the positions s with p - D <= s <= p + D, of T that count from 0.

    An integer p holds 2D + 1 positions, another p holds 2D, and fewer at the source's ends
    (Luong et al. 2015, section 3.2).

    >>> window_mask(torch.tensor([2.0, 2.5]), 6, 1)
    tensor([[False,  True,  True,  True, False, False],
            [False, False,  True,  True, False, False]])
    """
    return (torch.arange(T, device=p.device) - p[..., None]).abs() <= D


def gaussian(p: Float[Tensor, "*B"], T: int, D: int) -> Float[Tensor, "*B T"]:
    """exp(-(s - p)² / 2σ²) with σ = D/2: 1 at p, 0.135 at the window's edges (equation 10).

    >>> gaussian(torch.tensor(1.0), 4, 2)
    tensor([0.6065, 1.0000, 0.6065, 0.1353])
    """
    distance = torch.arange(T, device=p.device) - p[..., None]
    return (-(distance**2) / (2 * (D / 2) ** 2)).exp()


def local_m_weights(
    scores: Float[Tensor, "*B T"], t: int, D: int, mask: Bool[Tensor, "*B T"]
) -> Float[Tensor, "*B T"]:
    """The softmax over the window around position t, the step's own number: they sum to one.

    Where the source ended before t - D, the window is empty, and so are the weights.

    >>> everything = torch.ones(5) > 0
    >>> local_m_weights(torch.zeros(5), 1, 1, everything)
    tensor([0.3333, 0.3333, 0.3333, 0.0000, 0.0000])
    """
    p = scores.new_tensor(float(t)).expand(scores.shape[:-1])
    return masked_softmax(scores, mask & window_mask(p, scores.shape[-1], D))


def local_p_weights(
    scores: Float[Tensor, "*B T"], p: Float[Tensor, "*B"], D: int, mask: Bool[Tensor, "*B T"]
) -> Float[Tensor, "*B T"]:
    """a(s) = align(s) exp(-(s - p)² / 2σ²), σ = D/2 (equation 10). They sum to less than one.

    ``align`` is the softmax over the window around p; the paper does not normalise again. Their
    gradient reaches p through the Gaussian; where the window's edges lie has none.

    >>> local_p_weights(torch.zeros(5), torch.tensor(1.0), 1, torch.ones(5) > 0)
    tensor([0.0451, 0.3333, 0.0451, 0.0000, 0.0000])
    """
    T = scores.shape[-1]
    return masked_softmax(scores, mask & window_mask(p, T, D)) * gaussian(p, T, D)


class PredictedPosition(nn.Module):
    """p_t = S · sigmoid(v_pᵀ tanh(W_p h_t)): a real number between 0 and the length (equation 9).

    Parameters: ``W_p`` (k, n), ``v_p`` (1, k).

    >>> predict = PredictedPosition(n=2, k=3)
    >>> predict(torch.zeros(1, 2), torch.tensor([8]))
    tensor([4.], grad_fn=<MulBackward0>)
    """

    def __init__(self, n: int, k: int) -> None:
        super().__init__()
        self.W_p = nn.Linear(n, k, bias=False)
        self.v_p = nn.Linear(k, 1, bias=False)

    def forward(
        self, state: Float[Tensor, "*B n"], lengths: Int[Tensor, "*B"]
    ) -> Float[Tensor, "*B"]:
        return lengths * self.v_p(self.W_p(state).tanh())[..., 0].sigmoid()


class LocalAttention(nn.Module):
    """Luong's local attention: with ``position`` predictive (local-p), without monotone (local-m).

    ``score`` is any of those in ``attn.luong``; ``D`` is half the window's width.

    >>> from attn.luong import DotScore
    >>> attend, mask = LocalAttention(DotScore(), D=1), torch.ones(1, 4) > 0
    >>> attend(torch.zeros(1, 2), torch.ones(1, 4, 2), mask, t=0)[1]
    tensor([[0.5000, 0.5000, 0.0000, 0.0000]])
    """

    def __init__(self, score: nn.Module, D: int, position: PredictedPosition | None = None) -> None:
        super().__init__()
        self.score, self.D, self.position = score, D, position

    def forward(
        self,
        state: Float[Tensor, "*B n"],
        annotations: Float[Tensor, "*B T m"],
        mask: Bool[Tensor, "*B T"],
        t: int,
    ) -> tuple[Float[Tensor, "*B m"], Float[Tensor, "*B T"]]:
        """The context (*B, m) and the weights (*B, T) at step t, which counts from 0."""
        scores = self.score(state, annotations)
        if self.position is None:
            weights = local_m_weights(scores, t, self.D, mask)
        else:
            p = self.position(state, mask.sum(-1))
            weights = local_p_weights(scores, p, self.D, mask)
        return (weights[..., None, :] @ annotations)[..., 0, :], weights


class LocalDecoder(LuongDecoder):
    """Luong's decoder with an attention that is told the number of the step."""

    def look(
        self, h: Float[Tensor, "B n"], memory: Memory, t: int
    ) -> tuple[Float[Tensor, "B m"], Float[Tensor, "B T"]]:
        return self.attention(h, memory.annotations, memory.mask, t)  # pyright: ignore[reportCallIssue]
