"""What ``benchmarks.attention`` measures, and a call's memory, in a process of its own."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import torch

from attn.experiments.long import CONTENDERS, inputs


class SetUp(NamedTuple):
    """Where and with what numbers: ``shape`` is the leading shape, batch and heads."""

    device: str
    dtype: torch.dtype
    shape: tuple[int, ...]
    lengths: tuple[int, ...]

    @property
    def name(self) -> str:
        return f"{self.device} {str(self.dtype).removeprefix('torch.')}"


def prepared(setup: SetUp, name: str, T: int, backward: bool) -> Callable[[], Any]:
    """The call to measure, its inputs made."""
    Q, K, V = inputs(T, *setup.shape, device=setup.device, dtype=setup.dtype)
    attention = CONTENDERS[name]
    if not backward:
        return torch.no_grad()(lambda: attention(Q, K, V))
    for X in (Q, K, V):
        X.requires_grad_()
    return lambda: torch.autograd.grad(attention(Q, K, V).sum(), (Q, K, V))


def cpu_peak(setup: SetUp, name: str, T: int, backward: bool = False) -> float:
    """By how many MiB a call raises the memory of this process, at most: Linux counts it."""
    torch.set_num_threads(1)
    prepared(setup, name, 64, backward)()  # what a first call loads is not its cost
    call = prepared(setup, name, T, backward)
    Path("/proc/self/clear_refs").write_text("5")  # the peak starts anew
    before = _status("VmRSS")
    call()
    return round((_status("VmHWM") - before) / 1024, 1)


def _status(field: str) -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(field))
