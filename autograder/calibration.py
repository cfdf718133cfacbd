"""How fast this machine is beside a stated one: time limits follow, so that right code has time.

A small workload of the kind that submissions bring, Python and small tensors, runs three times
before a worker process grades its first submission. A machine that is slow, or busy, gets longer
limits in proportion; a fast one keeps those that are stated.
"""

import statistics
import threading
import time
from functools import cache

import torch

# One run of the workload on an idle core of an AMD EPYC, 2.6 GHz; Linux, Python 3.11, torch 2.13.
REFERENCE_SECONDS = 0.025
RUNS = 3
MOST = 4.0  # code that hangs is waited for as long: half a minute becomes two, and no more
_lock = threading.Lock()


def factor() -> float:
    """By how much time limits grow here: from 1 to ``MOST``. Measured once a process."""
    with _lock:  # threads that grade side by side would disturb the measurement
        return _factor()


@cache
def _factor() -> float:
    return factor_of([_seconds() for _ in range(RUNS)])


def factor_of(runs: list[float]) -> float:
    """The factor that these times give, in tenths.

    >>> factor_of([2 * REFERENCE_SECONDS, 3 * REFERENCE_SECONDS, 90 * REFERENCE_SECONDS])
    3.0
    """
    slower = statistics.median(runs) / REFERENCE_SECONDS
    return round(min(MOST, max(1.0, slower)), 1)


def _seconds() -> float:
    start = time.perf_counter()
    workload()
    return time.perf_counter() - start


def workload() -> float:
    """Loops and dictionaries, then attention with its gradient, on sizes that exercises have."""
    counts: dict[int, int] = {}
    for i in range(130_000):
        counts[i % 97] = counts.get(i % 97, 0) + i
    generator = torch.Generator().manual_seed(0)
    X = torch.randn(4, 32, 16, generator=generator, requires_grad=True)
    total = torch.zeros(())
    for _ in range(130):
        total = total + ((X @ X.transpose(-1, -2)).softmax(-1) @ X).square().mean()
    total.backward()
    return sum(counts.values()) + total.item()
