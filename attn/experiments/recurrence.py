"""A GRU and self-attention side by side as sequences grow: learning from one, and writing one."""

from collections.abc import Callable

import torch
from torch import Tensor, nn

from attn.experiments.timing import milliseconds
from attn.self_attention import SelfAttention
from attn.softmax import softmax

WIDTH = 64
BATCH = 4


def training_step(kind: str, T: int, device: str = "cpu") -> Callable[[], None]:
    """One forward and backward pass over 4 sequences of T, by ``gru`` or causal ``attention``.

    >>> training_step("gru", T=3)()
    """
    X = torch.randn(BATCH, T, WIDTH, generator=torch.Generator().manual_seed(0)).to(device)
    net: nn.Module
    if kind == "gru":
        net = nn.GRU(WIDTH, WIDTH, batch_first=True).to(device)
    else:
        net = SelfAttention(WIDTH, WIDTH, causal=True).to(device)

    def step() -> None:
        out = net(X)
        (out[0] if kind == "gru" else out).sum().backward()

    return step


def next_token(kind: str, T: int) -> Callable[[], Tensor]:
    """One more position after T: from the state, or from the T keys and values that were kept.

    >>> next_token("attention", T=3)().shape
    torch.Size([4, 64])
    """
    rng = torch.Generator().manual_seed(0)
    x = torch.randn(BATCH, WIDTH, generator=rng)
    if kind == "gru":
        cell = nn.GRUCell(WIDTH, WIDTH)
        return torch.no_grad()(lambda: cell(x, x))
    K, V = (torch.randn(BATCH, T, WIDTH, generator=rng) for _ in range(2))
    attention = SelfAttention(WIDTH, WIDTH)

    def step() -> Tensor:
        q, _, _ = attention.W_q(x), attention.W_k(x), attention.W_v(x)
        weights = softmax((K @ q[..., None])[..., 0] / WIDTH**0.5)
        return (weights[:, None] @ V)[:, 0]

    return torch.no_grad()(step)


def times(T: int) -> dict[str, float]:
    """Milliseconds of a training step and of one more token, for both."""
    return {
        f"{kind}, {name}": round(milliseconds(run, repeats=7), 4)
        for kind in ("gru", "attention")
        for name, run in (("training", training_step(kind, T)), ("writing", next_token(kind, T)))
    }
