"""One small training loop for the whole course."""

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar

import torch
from rich.console import Console
from rich.progress import track
from torch import Tensor, nn

Model = TypeVar("Model", bound=nn.Module)


@dataclass
class History:
    """What a training run leaves behind: the loss of every step, and what was measured on the way.

    ``measured[name]`` is a list of (step, value).
    """

    losses: list[float] = field(default_factory=list)
    measured: dict[str, list[tuple[int, float]]] = field(default_factory=dict)

    def last(self, name: str) -> float:
        """The newest value measured under that name."""
        return self.measured[name][-1][1]


@contextmanager
def seeded(seed: int) -> Iterator[None]:
    """Inside, torch's global generator starts from ``seed``; afterwards it is as it was before.

    For what takes no generator of its own: the initial weights of a module, and dropout.

    >>> with seeded(0):
    ...     a = torch.rand(1)
    >>> with seeded(0):
    ...     assert torch.equal(torch.rand(1), a)
    """
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        yield


def train(
    model: Model,
    batches: Iterable[Any],
    loss: Callable[[Model, Any], Tensor],
    *,
    lr: float = 1e-3,
    optimiser: torch.optim.Optimizer | None = None,
    clip: float | None = 1.0,
    measure: Callable[[Model], dict[str, float]] | None = None,
    every: int = 100,
    patience: int | None = None,
    watch: str = "",
) -> History:
    """Minimises ``loss(model, batch)`` over the batches, one step each, with Adam.

    A batch that has ``to`` is moved to the model's device. Gradients are clipped to norm ``clip``.
    Every ``every`` steps and at the end, ``measure(model)`` runs in evaluation mode without
    gradients. With ``patience``, training stops when ``watch`` has not risen for so many
    measurements. A progress bar shows in terminals and notebooks, not where ATTN_QUIET is set.

    >>> line = nn.Linear(1, 1)
    >>> x = torch.linspace(-1, 1, 8)[:, None]
    >>> history = train(line, [x] * 200, lambda m, x: ((m(x) - 3 * x) ** 2).mean(), lr=0.1)
    >>> history.losses[-1] < 0.01 < history.losses[0]
    True
    """
    optimiser = optimiser or torch.optim.Adam(model.parameters(), lr=lr)
    device = next(model.parameters()).device
    history = History()
    model.train()
    for step, batch in enumerate(_shown(batches), start=1):
        batch = batch.to(device) if hasattr(batch, "to") else batch
        value = loss(model, batch)
        optimiser.zero_grad()
        value.backward()
        if clip is not None:
            nn.utils.clip_grad_norm_(model.parameters(), clip)
        optimiser.step()
        history.losses.append(value.item())
        if measure is not None and step % every == 0:
            _note(history, step, model, measure)
            if patience is not None and _is_stale(history.measured[watch], patience):
                break
    if measure is not None and len(history.losses) % every != 0:
        _note(history, len(history.losses), model, measure)
    model.eval()
    return history


def _shown(batches: Iterable[Any]) -> Iterable[Any]:
    console = Console()
    seen = (console.is_terminal or console.is_jupyter) and not os.environ.get("ATTN_QUIET")
    return track(batches, "training", console=console, transient=True) if seen else batches


def _note(
    history: History, step: int, model: Model, measure: Callable[[Model], dict[str, float]]
) -> None:
    model.eval()
    with torch.no_grad():
        for name, value in measure(model).items():
            history.measured.setdefault(name, []).append((step, value))
    model.train()


def _is_stale(values: list[tuple[int, float]], patience: int) -> bool:
    best = max(range(len(values)), key=lambda i: values[i][1])
    return len(values) - 1 - best >= patience
