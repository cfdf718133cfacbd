"""Functions that a check passes to a student's function, by name; students may import them too."""

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Tensor


def square(x: Tensor) -> Tensor:
    """x², elementwise.

    >>> square(torch.tensor([3.0]))
    tensor([9.])
    """
    return torch.square(x)


def toy_decoder(tokens: Tensor, state: Tensor) -> tuple[Tensor, Tensor]:
    """One step of a decoder with fixed weights: tokens (B,) below 7 and a state (B, n).

    Returns the scores of the next token, (B, 7), and the new state, (B, n).

    >>> scores, state = toy_decoder(torch.tensor([1]), torch.zeros(1, 4))
    >>> scores.shape, state.shape
    (torch.Size([1, 7]), torch.Size([1, 4]))
    """
    n = state.shape[-1]
    places = torch.arange(7 * n, device=state.device, dtype=state.dtype).reshape(7, n)
    moved = torch.tanh(2 * state.roll(1, -1) + torch.sin(0.5 + 3.7 * places)[tokens])
    return 3 * moved @ torch.cos(1.3 * places).T, moved


def toy_attention(state: Tensor, annotations: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
    """Dot-product attention of a state (B, n) over annotations (B, T, n): context and weights.

    True in ``mask`` (B, T), which leaves something to read in every row, may be read.

    >>> toy_attention(torch.zeros(1, 1), torch.tensor([[[2.0], [4.0]]]), torch.ones(1, 2) > 0)
    (tensor([[3.]]), tensor([[0.5000, 0.5000]]))
    """
    scores = (annotations @ state[..., None])[..., 0].masked_fill(~mask, -torch.inf)
    weights = scores.softmax(-1)
    return (weights[..., None, :] @ annotations)[..., 0, :], weights


def toy_cell(inputs: Tensor, state: Tensor) -> Tensor:
    """A recurrent cell with fixed weights: inputs (B, d) and a state (B, n) to a new state (B, n).

    >>> toy_cell(torch.zeros(1, 5), torch.zeros(1, 3))
    tensor([[0., 0., 0.]])
    """
    n, d = state.shape[-1], inputs.shape[-1]
    places = torch.arange(n * d, device=state.device, dtype=state.dtype).reshape(d, n)
    return torch.tanh(inputs @ torch.cos(1.9 * places) + 0.7 * state.roll(1, -1))


def toy_layer(
    X: np.ndarray,
    W_q: np.ndarray,
    W_k: np.ndarray,
    W_v: np.ndarray,
    before: np.ndarray | float = 0.0,
    bias: np.ndarray | float = 0.0,
    mixing: np.ndarray | None = None,
    after: np.ndarray | float = 0.0,
) -> np.ndarray:
    """Self-attention of X (T, D) in NumPy, which may be told in four places where a position is.

    H = X + before; scores Q Kᵀ / √d + bias, from H; to what is read, mixing @ V and ``after`` are
    added. Whether it is equivariant is decided by the numbers that it is given.

    >>> one = np.ones((1, 1))
    >>> toy_layer(np.array([[1.0], [3.0]]), 0 * one, 0 * one, one).tolist()
    [[2.0], [2.0]]
    """
    H = X + before
    Q, K, V = H @ W_q, H @ W_k, H @ W_v
    scores = Q @ K.T / np.sqrt(Q.shape[-1]) + bias
    powers = np.exp(scores - scores.max(-1, keepdims=True))
    out = powers / powers.sum(-1, keepdims=True) @ V
    return out + after if mixing is None else out + mixing @ V + after


_PUBLIC: dict[str, Callable[..., Any]] = {
    "square": square,
    "toy_attention": toy_attention,
    "toy_cell": toy_cell,
    "toy_decoder": toy_decoder,
    "toy_layer": toy_layer,
}


def named(name: str) -> Callable[..., Any]:
    """The public fixture of that name; ``LookupError`` says which there are."""
    if name not in _PUBLIC:
        raise LookupError(f"no fixture is called {name!r}; there are: {', '.join(_PUBLIC)}")
    return _PUBLIC[name]
