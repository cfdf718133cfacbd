"""How long an additive and a multiplicative score take, as the source and the width grow."""

from collections.abc import Callable
from statistics import quantiles

import torch
from torch import Tensor

from attn.experiments.timing import milliseconds
from attn.luong import dot_score

BATCH = 16


def scorers(T: int, D: int, seed: int = 0) -> tuple[dict[str, Callable[[], Tensor]], Tensor]:
    """One decoder step for 16 sentences of T annotations, all widths D; and the annotations.

    ``general`` is h_tᵀ W_a h̄_s. ``additive`` is v_aᵀ tanh(W_a h_t + U_a h̄_s) whose U_a h̄_s was
    computed once for the sentence, as everybody does; ``additive, from scratch`` computes it anew.
    ``sum`` is the additive score without its tanh: its traffic without its function.

    >>> sorted(scorers(4, 3)[0])
    ['additive', 'additive, from scratch', 'dot', 'general', 'sum']
    """
    rng = torch.Generator().manual_seed(seed)
    h_t, h = torch.randn(BATCH, D, generator=rng), torch.randn(BATCH, T, D, generator=rng)
    W_a, U_a = (torch.randn(D, D, generator=rng) / D**0.5 for _ in range(2))
    v_a = torch.randn(D, generator=rng)
    known = h @ U_a.T
    return {
        "dot": lambda: dot_score(h_t, h),
        "general": lambda: dot_score(h_t @ W_a, h),
        "additive": lambda: ((h_t @ W_a.T)[:, None] + known).tanh() @ v_a,
        "additive, from scratch": lambda: ((h_t @ W_a.T)[:, None] + h @ U_a.T).tanh() @ v_a,
        "sum": lambda: ((h_t @ W_a.T)[:, None] + known) @ v_a,
    }, h


def at_once(T: int, D: int, seed: int = 0) -> dict[str, Callable[[], Tensor]]:
    """All T queries of one sentence at a time, as in a model that reads itself.

    >>> {name: run().shape for name, run in at_once(5, 3).items()}["additive"]
    torch.Size([5, 5])
    """
    rng = torch.Generator().manual_seed(seed)
    Q, K = torch.randn(T, D, generator=rng), torch.randn(T, D, generator=rng)
    W_a, U_a = (torch.randn(D, D, generator=rng) / D**0.5 for _ in range(2))
    v_a = torch.randn(D, generator=rng)
    return {
        "general": lambda: Q @ W_a @ K.T,
        "additive": lambda: ((Q @ W_a.T)[:, None] + (K @ U_a.T)[None]).tanh() @ v_a,
    }


def ratios(T: int, D: int, rounds: int = 25) -> dict[str, dict[str, float]]:
    """How many times as long as ``general`` each score takes: one step, and "…, at once".

    The median of some rounds and the middle half of them. A round measures all scores one right
    after the other, so that what else the machine does then is shared, and leaves the ratio.

    >>> sorted(ratios(4, 3, rounds=2)["dot"])
    ['high', 'low', 'median']
    """
    steps, _ = scorers(T, D)
    every = {f"{name}, at once": run for name, run in at_once(T, D).items()}
    measured = [
        {name: milliseconds(run, repeats=1) for name, run in {**steps, **every}.items()}
        for _ in range(rounds)
    ]
    found: dict[str, dict[str, float]] = {}
    for name in {**steps, **every}:
        base = "general, at once" if name in every else "general"
        low, median, high = quantiles([ms[name] / ms[base] for ms in measured], n=4)
        found[name] = {"low": round(low, 3), "median": round(median, 3), "high": round(high, 3)}
    return {name: ratio for name, ratio in found.items() if not name.startswith("general")}
