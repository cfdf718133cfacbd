"""Self-attention: a sequence is its own queries, keys and values, through three projections."""

from math import sqrt

from jaxtyping import Bool, Float
from torch import Tensor, nn

from attn.dot_product import dot_product_scores, scaled_dot_product_attention
from attn.masks import causal_mask
from attn.softmax import masked_softmax, softmax


def project_qkv(
    X: Float[Tensor, "*B T D"],
    W_q: Float[Tensor, "D d"],
    W_k: Float[Tensor, "D d"],
    W_v: Float[Tensor, "D dv"],
) -> tuple[Float[Tensor, "*B T d"], Float[Tensor, "*B T d"], Float[Tensor, "*B T dv"]]:
    """Q = X W_q, K = X W_k, V = X W_v: what each position asks, is asked by, and hands over.

    >>> import torch
    >>> X = torch.tensor([[1.0, 2.0]])
    >>> project_qkv(X, torch.eye(2), 2 * torch.eye(2), torch.ones(2, 1))
    (tensor([[1., 2.]]), tensor([[2., 4.]]), tensor([[3.]]))
    """
    return X @ W_q, X @ W_k, X @ W_v


def self_attention(
    X: Float[Tensor, "*B T D"],
    W_q: Float[Tensor, "D d"],
    W_k: Float[Tensor, "D d"],
    W_v: Float[Tensor, "D dv"],
    mask: Bool[Tensor, "*#B #T #T"] | None = None,
) -> Float[Tensor, "*B T dv"]:
    """softmax(Q Kᵀ / √d) V with Q, K, V all from X (Vaswani et al. 2017, section 3.2.3).

    Without a mask, permuting the positions of X permutes the output alike and does nothing else.

    >>> import torch
    >>> same = torch.ones(3, 2)
    >>> self_attention(same, torch.eye(2), torch.eye(2), torch.eye(2))
    tensor([[1., 1.],
            [1., 1.],
            [1., 1.]])
    """
    return scaled_dot_product_attention(*project_qkv(X, W_q, W_k, W_v), mask)


def causal_self_attention(
    X: Float[Tensor, "*B T D"],
    W_q: Float[Tensor, "D d"],
    W_k: Float[Tensor, "D d"],
    W_v: Float[Tensor, "D dv"],
) -> Float[Tensor, "*B T dv"]:
    """Self-attention in which a position reads itself and what stands before it.

    >>> import torch
    >>> X = torch.tensor([[1.0], [3.0]])
    >>> causal_self_attention(X, torch.zeros(1, 1), torch.zeros(1, 1), torch.eye(1))
    tensor([[1.],
            [2.]])
    """
    T = X.shape[-2]
    return self_attention(X, W_q, W_k, W_v, causal_mask(T, T, X.device))


def biased_attention(
    Q: Float[Tensor, "*B Tq d"],
    K: Float[Tensor, "*B Tk d"],
    V: Float[Tensor, "*B Tk dv"],
    bias: Float[Tensor, "*#B #Tq #Tk"],
    mask: Bool[Tensor, "*#B #Tq #Tk"] | None = None,
) -> Float[Tensor, "*B Tq dv"]:
    """softmax(Q Kᵀ / √d + bias) V: scores that also depend on *where* query and key stand.

    >>> import torch
    >>> Q = K = torch.zeros(1, 2, 1)
    >>> near = torch.tensor([[0.0, -100.0], [-100.0, 0.0]])
    >>> biased_attention(Q, K, torch.tensor([[[1.0], [2.0]]]), near)
    tensor([[[1.],
             [2.]]])
    """
    scores = dot_product_scores(Q, K) / sqrt(Q.shape[-1]) + bias
    weights = softmax(scores) if mask is None else masked_softmax(scores, mask)
    return weights @ V


class SelfAttention(nn.Module):
    """Self-attention with learned projections ``W_q``, ``W_k`` (D to d) and ``W_v`` (D to dv).

    ``causal``: a position reads itself and what stands before it, and nothing later.

    >>> import torch
    >>> SelfAttention(D=8, d=4, dv=5)(torch.zeros(2, 3, 8)).shape
    torch.Size([2, 3, 5])
    """

    def __init__(self, D: int, d: int, dv: int | None = None, causal: bool = False) -> None:
        super().__init__()
        self.W_q = nn.Linear(D, d, bias=False)
        self.W_k = nn.Linear(D, d, bias=False)
        self.W_v = nn.Linear(D, dv or d, bias=False)
        self.causal = causal

    def forward(
        self, X: Float[Tensor, "*B T D"], mask: Bool[Tensor, "*#B #T #T"] | None = None
    ) -> Float[Tensor, "*B T dv"]:
        """X read by itself; ``mask`` (True may attend) hides more than ``causal`` does."""
        if self.causal:
            T = X.shape[-2]
            past = causal_mask(T, T, X.device)
            mask = past if mask is None else mask & past
        return self_attention(X, self.W_q.weight.T, self.W_k.weight.T, self.W_v.weight.T, mask)
