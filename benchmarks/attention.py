"""Time and memory of attention against T: ``python -m benchmarks.attention``.

On the CPU in float32, and on a CUDA device, where there is one, in float32 and bfloat16; with
``cpu`` or ``cuda``, there alone. Some six minutes on one core; an interrupted run goes on where
it stopped. At the end stands what each reached of the device's own speeds.
"""

import multiprocessing
import platform
import sys
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from attn.cost import Cost, attention_cost, linear_cost, window_cost
from attn.experiments import recall, span
from attn.experiments.long import CONTENDERS, REACH, WIDTH, inputs
from attn.flash import TILE
from benchmarks.attending import SetUp, cpu_peak, prepared
from benchmarks.keep import Kept

SEEDS = range(3)
WIDTHS = (8, 32, 64)  # 16 is what the curve by length uses
TRAINED = 2048  # the length at which forward and backward are measured


CPU = SetUp("cpu", torch.float32, (4, 1), (256, 512, 1024, 2048, 4096, 8192))
CUDA = [
    SetUp("cuda", dtype, (4, 8), (1024, 2048, 4096, 8192, 16384))
    for dtype in (torch.float32, torch.bfloat16)
]


def main(device: str | None = None) -> None:
    torch.set_num_threads(1)
    setups = chosen(device)
    kept = Kept("attention")
    for setup in setups:
        kept.measure((setup.name, "machine"), machine, setup)
        for T in setup.lengths:
            kept.measure((setup.name, "counted", T), counted, setup, T)
            for name in CONTENDERS:
                kept.measure((setup.name, "forward", name, T), measured, setup, name, T)
        for name in CONTENDERS:
            pair = (setup.name, "training", name, TRAINED)
            kept.measure(pair, measured, setup, name, TRAINED, backward=True)
    if device != "cuda":
        _on_the_cpu_alone(kept)
    for setup in setups:
        print(table(kept.content["results"][setup.name], setup.name))


def chosen(device: str | None) -> list[SetUp]:
    """What is measured on ``device``; on all there are, if it is None.

    >>> [setup.name for setup in chosen("cpu")]
    ['cpu float32']
    """
    if device not in (None, "cpu", "cuda"):
        raise SystemExit(f"no device is called {device}: say cpu or cuda, or nothing for both")
    if device == "cuda" and not torch.cuda.is_available():
        raise SystemExit(
            "this machine has no CUDA device: run `python -m benchmarks.attention cpu`, "
            "or run this where `python -c 'import torch; print(torch.cuda.is_available())'` is True"
        )
    here = [] if device == "cuda" else [CPU]
    there = CUDA if device != "cpu" and torch.cuda.is_available() else []
    return [*here, *there]


def table(found: dict[str, Any], title: str) -> str:
    """Each length and way: milliseconds, and the share of a matrix product's and a copy's speed.

    PyTorch's kernel is counted as ours is, in tiles; its own may be other ones.
    """
    fast = {speed: float(found["machine"][speed]) for speed in ("flops", "bytes")}
    lines = [f"\n{title}, {found['machine']['name']}"]
    lines.append(f"{'T':>6}  {'':18}{'ms':>10}  of a matrix product  of a copy")
    for T, counts in sorted(found["counted"].items(), key=lambda row: int(row[0])):
        for name in CONTENDERS:
            cost = counts.get("tiles (ours)" if name == "torch's fused" else name)
            if cost is not None:
                ms = found["forward"][name][T]["ms"]
                product, copy = Cost(**cost).shares(ms / 1000, **fast)
                lines.append(f"{T:>6}  {name:18}{ms:10.2f}  {product:19.0%}  {copy:9.0%}")
    return "\n".join(lines)


def _on_the_cpu_alone(kept: Kept) -> None:
    kept.measure(("cpu float32", "flex"), flex, CPU, 4096)
    # PyTorch's fused kernel wants four axes; given three, it writes the table, and says nothing.
    three = CPU._replace(shape=(4,))
    kept.measure(("cpu float32", "three axes"), measured, three, "torch's fused", 4096)
    for seed in SEEDS:
        for T in recall.PAIRS:
            for kind in recall.KINDS:
                kept.measure(("recall", kind, T, seed), _recall, kind, T, seed)
        for width in WIDTHS:
            kept.measure(("width", width, seed), _recall, "linear", 32, seed, width=width)
        kept.measure(("longer", seed), _recall, "linear", 32, seed, steps=2400)
        for lag in span.LAGS:
            kept.measure(("span", lag, seed), _span, lag, seed)


def measured(setup: SetUp, name: str, T: int, backward: bool = False) -> dict[str, float]:
    """Milliseconds of one call, and the mebibytes that it needs beyond its inputs, at most."""
    if setup.device == "cuda":
        call = prepared(setup, name, T, backward)
        return {"ms": _cuda_ms(call), "MiB": _cuda_peak(call)}
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["benchmarks.attending"])
    # A process of its own, so that no earlier call's memory is there to be used again.
    with ProcessPoolExecutor(1, context, max_tasks_per_child=1) as pool:
        peak = pool.submit(cpu_peak, setup, name, T, backward).result()
    return {"ms": _cpu_ms(prepared(setup, name, T, backward)), "MiB": peak}


def _cpu_ms(call: Callable[[], Any], at_least: int = 3, seconds: float = 1.0) -> float:
    """The best processor time of several calls: one at least a second's worth."""
    call()
    best, spent, calls = float("inf"), 0.0, 0
    while calls < at_least or spent < seconds:
        start = time.process_time()
        call()
        took = time.process_time() - start
        best, spent, calls = min(best, took), spent + took, calls + 1
    return round(1000 * best, 3)


def _cuda_ms(call: Callable[[], Any], calls: int = 20) -> float:
    for _ in range(3):
        call()
    best = float("inf")
    for _ in range(calls):
        start, end = (torch.cuda.Event(enable_timing=True) for _ in range(2))
        start.record()
        call()
        end.record()
        torch.cuda.synchronize()
        best = min(best, start.elapsed_time(end))
    return round(best, 4)


def _cuda_peak(call: Callable[[], Any]) -> float:
    torch.cuda.empty_cache()
    torch.cuda.reset_peak_memory_stats()
    before = torch.cuda.memory_allocated()
    call()
    return round((torch.cuda.max_memory_allocated() - before) / 2**20, 1)


def machine(setup: SetUp) -> dict[str, Any]:
    """What it is, and how fast it multiplies matrices and copies memory: the two yardsticks."""
    A = torch.randn(2048, 2048).to(setup.device, setup.dtype)
    X = torch.randn(64 << 20 >> 2).to(setup.device)  # 64 MiB
    Y = torch.empty_like(X)
    clock = _cuda_ms if setup.device == "cuda" else _cpu_ms
    return {
        "name": torch.cuda.get_device_name() if setup.device == "cuda" else _cpu_name(),
        "flops": round(2 * 2048**3 / clock(lambda: A @ A) * 1000),
        "bytes": round(2 * X.nbytes / clock(lambda: Y.copy_(X)) * 1000),
    }


def _cpu_name() -> str:
    """The processor's name, as Linux knows it, and its caches."""
    info = Path("/proc/cpuinfo")
    names = [
        line.split(":")[1].strip()
        for line in (info.read_text().splitlines() if info.exists() else [])
        if line.startswith("model name")
    ]
    caches = sorted(Path("/sys/devices/system/cpu/cpu0/cache").glob("index[23]/size"))
    sizes = [f"L{path.parent.name[-1]} {path.read_text().strip()}" for path in caches]
    return ", ".join([names[0] if names else platform.processor(), *sizes])


def counted(setup: SetUp, T: int) -> dict[str, dict[str, int]]:
    """Operations and bytes of each, for the whole batch."""
    n, size = torch.Size(setup.shape).numel(), torch.empty((), dtype=setup.dtype).element_size()
    costs = {
        "whole table": attention_cost(T, T, WIDTH, WIDTH, size),
        "tiles (ours)": attention_cost(T, T, WIDTH, WIDTH, size, tile=TILE[0]),
        "window": window_cost(T, REACH, REACH, WIDTH, WIDTH, size),
        "linear": linear_cost(T, T, WIDTH, WIDTH, size),
    }
    return {name: {"flops": n * c.flops, "bytes": n * c.bytes} for name, c in costs.items()}


def flex(setup: SetUp, T: int) -> dict[str, Any]:
    """FlexAttention under the same window: interpreted, and compiled where that works."""
    from torch.nn.attention.flex_attention import create_block_mask, flex_attention

    def near(batch: Tensor, head: Tensor, query: Tensor, key: Tensor) -> Tensor:
        return (query - key).abs() <= REACH

    Q, K, V = inputs(T, *setup.shape)
    blocks = create_block_mask(near, None, None, T, T, device="cpu")
    ours = CONTENDERS["window"](Q, K, V)
    found: dict[str, Any] = {"blocks computed": round(1 - blocks.sparsity() / 100, 4)}
    for name, run in (
        ("interpreted", flex_attention),
        ("compiled", torch.compile(flex_attention)),
    ):
        try:
            with torch.no_grad():
                difference = (run(Q, K, V, block_mask=blocks) - ours).abs().max().item()
                ms = _cpu_ms(lambda: run(Q, K, V, block_mask=blocks))  # noqa: B023
            found[name] = {"ms": ms, "difference": difference}
        except Exception as error:  # what it says is the result
            found[name] = {"error": f"{type(error).__name__}: {error}".splitlines()[0][:200]}
    return found


def _recall(kind: str, T: int, seed: int, **options: int) -> float:
    return recall.accuracy(recall.learn(kind, T, seed, **options)[0], T)


def _span(lag: int, seed: int) -> dict[str, float]:
    model, _ = span.learn(lag, seed)
    return {"span": round(model.span.item(), 3), "accuracy": span.accuracy(model, lag)}


if __name__ == "__main__":
    main(*sys.argv[1:])
