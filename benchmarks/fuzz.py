"""A million damaged frames against the judge's end of the wire: ``python -m benchmarks.fuzz``.

Coverage-guided (atheris), one process a target; writes ``results/fuzz.json``. A target fails where
anything but the three refusals of ``autograder.sandbox.wire`` and ``CannotCross`` is raised, where
a frame takes longer than its deadline allows, and where more memory is asked for than ``HEADROOM``
above what the process had when it began: RLIMIT_DATA then makes the request itself fail.
"""

import argparse
import json
import os
import platform
import re
import resource
import secrets
import socket
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from subprocess import PIPE, STDOUT

RESULT = Path(__file__).parent / "results/fuzz.json"
SHARES = {"frame": 0.4, "line": 0.2, "reply": 0.4}  # of the inputs
LARGEST = 1 << 14  # bytes of an input
# Less than one frame may announce (84 MiB), more than the fuzzer's own books take.
HEADROOM = 64 << 20
DEADLINE = 0.002  # seconds, for a line that falls silent
LATE = 5.0  # seconds: longer than any input may take, on a machine that others use


KINDS = ["none", "bool", "int", "float", "str", "list", "dict", "tensor", "array", "bomb"]
KINDS += ["seed", "fixture", "raises", "foreign"]
LEAVES = [None, True, -1, 0, 1, 1e308, "", "9" * 400, "nan", "torch", "type", [], {}, [[]]]


def main() -> None:
    """Fuzzes every target in a process of its own; exits with 1 where one failed."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--inputs", type=int, default=1_000_000, help="in all (default a million)")
    parser.add_argument("--json", action="store_true", help="print the result as JSON")
    parser.add_argument("--target", choices=SHARES, help=argparse.SUPPRESS)
    parser.add_argument("--seed", type=int, default=None, help="repeat a run")
    asked = parser.parse_args()
    seed = secrets.randbelow(2**31) if asked.seed is None else asked.seed
    if asked.target:
        fuzz(asked.target, asked.inputs, seed)
    result = record({t: run(t, round(asked.inputs * share), seed) for t, share in SHARES.items()})
    if asked.inputs >= 1_000_000:
        RESULT.write_text(json.dumps(result, indent=2) + "\n")
    print(json.dumps(result, indent=2) if asked.json else summary(result))
    sys.exit(result["failed"] != [])


def record(targets: dict[str, dict]) -> dict:
    """The result as it is committed."""
    return {
        "command": "python -m benchmarks.fuzz",
        "machine": f"{platform.machine()}, {platform.system()}",
        "versions": {"python": platform.python_version(), "atheris": _version("atheris")},
        "limits": {"headroom_mb": HEADROOM >> 20, "largest_input": LARGEST, "late_seconds": LATE},
        "inputs": sum(found["inputs"] for found in targets.values()),
        "seconds": round(sum(found["seconds"] for found in targets.values()), 1),
        "failed": [target for target, found in targets.items() if found["failure"]],
        "targets": targets,
    }


def summary(result: dict) -> str:
    """The result in a line a target."""
    lines = [
        f"{target}: {found['inputs']} inputs in {found['seconds']} s, {found['peak_mb']} MB, "
        + (found["failure"] or "no crash, no hang, no over-allocation")
        for target, found in result["targets"].items()
    ]
    return "\n".join(lines)


def run(target: str, inputs: int, seed: int) -> dict:
    """One target in a process of its own, and what came of it."""
    start = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", __spec__.name, "--target", target]
        command += ["--inputs", str(inputs), "--seed", str(seed)]
        env = os.environ | {"ATTNBOOK_FUZZ": folder, "OMP_NUM_THREADS": "1"}
        done = subprocess.run(command, env=env, stdout=PIPE, stderr=STDOUT, text=True, check=False)
        crash = next(Path(folder).glob("crash-*"), None)
        failure = "" if done.returncode == 0 else _failure(done.stdout, crash)
    said = dict(line[6:].split(":") for line in done.stdout.splitlines() if line[:6] == "stat::")
    return {
        "inputs": int(said.get("number_of_executed_units", 0)),
        "seconds": round(time.perf_counter() - start, 1),
        "peak_mb": int(said.get("peak_rss_mb", 0)),
        "failure": failure,
    }


def _failure(said: str, crash: Path | None) -> str:
    cause = [line for line in said.splitlines() if re.match(r"[\w.]*Error|SUMMARY|ALARM", line)]
    input_ = f" on {crash.read_bytes()[:400].hex()}" if crash else ""
    return (cause[0] if cause else said[-400:]) + input_


def _version(package: str) -> str:
    from importlib.metadata import version

    return version(package)


# ---------------------------------------------------------------- in the target's process


def fuzz(target: str, inputs: int, seed: int) -> None:
    """Fuzzes one target; does not return."""
    import atheris

    with atheris.instrument_imports(include=["autograder"]):
        from autograder.sandbox import wire  # noqa: F401
        from autograder.subject import decode_reply  # noqa: F401
    folder = Path(os.environ["ATTNBOOK_FUZZ"])
    corpus = folder / "corpus"
    corpus.mkdir()
    for number, frame in enumerate(seeds()):
        (corpus / str(number)).write_bytes(frame)
    attempt = {"frame": frame_, "line": Line(), "reply": reply}[target]
    atheris.Setup(
        [
            *(sys.argv[0], str(corpus), f"-runs={inputs}", f"-seed={seed or 1}"),
            *(f"-max_len={LARGEST}", "-print_final_stats=1", f"-timeout={int(LATE)}"),
            f"-artifact_prefix={folder}/",
        ],
        lambda data: timed(attempt, data),
    )
    limit = _data_bytes() + HEADROOM
    resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))
    atheris.Fuzz()


def timed(attempt: Callable[[bytes], None], data: bytes) -> None:
    """One attempt, which must end in time."""
    start = time.perf_counter()
    attempt(data)
    took = time.perf_counter() - start
    if took > LATE:
        raise AssertionError(f"{took:.1f} s for {len(data)} bytes")


def seeds() -> list[bytes]:
    """Frames as they are really sent: requests, replies, and what cells and errors give."""
    import numpy as np
    import torch

    from autograder import checks
    from autograder.sandbox import wire
    from autograder.subject import perform

    frames = [
        wire.encode(wire.Head(nonce="n", undefined=True), []),
        wire.encode(wire.Head(nonce="n", cell="x = 1\n"), []),
        wire.encode(wire.Head(failure=wire.Failure(type="E", message="é", where="line 1")), []),
        wire.encode(wire.Head(), [torch.ones(2).bool(), torch.zeros(0, 3), torch.ones(1).half()]),
    ]
    for slug in ("human_attention", "queries_keys_values"):
        for exercise in checks.load(slug):
            case = next(iter(exercise.cases(np.random.default_rng(0))))
            asked = case.program.packed
            frames.append(wire.encode(wire.Head(name="f", tree=asked.tree), asked.arrays))
            if exercise.name != "train_kernel_width":
                said = perform(exercise.reference, asked, "cpu")
                frames.append(wire.encode(wire.Head(nonce="n", tree=said.tree), said.arrays))
    return [frame for frame in frames if len(frame) <= LARGEST]


def frame_(data: bytes) -> None:
    """The two parts of a frame, wherever the lengths cut it: ``decode`` and ``decode_reply``."""
    from autograder.sandbox import wire

    if len(data) < 8:
        return
    cut = struct.unpack_from("<I", data)[0] % (len(data) - 7)
    try:
        head, arrays = wire.decode(data[8 : 8 + cut], data[8 + cut :])
    except wire.Malformed:
        return
    _decode(head.tree or {}, arrays)


class Line:
    """A line on which the bytes arrive, whole or in pieces, and then nothing or its end."""

    def __call__(self, data: bytes) -> None:
        from autograder.sandbox import wire

        ours, theirs = socket.socketpair()
        with ours, theirs:
            theirs.sendall(data)
            if data and data[-1] % 2:
                theirs.close()
            try:
                head, arrays = wire.receive(ours, time.monotonic() + DEADLINE)
            except (wire.Malformed, EOFError, TimeoutError):
                return
        _decode(head.tree or {}, arrays)


def reply(data: bytes) -> None:
    """A tree of the right kinds in the wrong places: ``unpack`` and ``decode_reply``."""
    import atheris
    import torch

    provider = atheris.FuzzedDataProvider(data)
    dtypes = [torch.float32, torch.bool, torch.bfloat16, torch.uint64, torch.complex64, torch.int8]
    shapes = [(), (2,), (0, 3), (1,) * 65, (2, 2)]
    arrays = [
        torch.ones(provider.PickValueInList(shapes)).to(provider.PickValueInList(dtypes))
        for _ in range(provider.ConsumeIntInRange(0, 3))
    ]
    if provider.ConsumeBool():
        tree = _tree(provider, 0)
    else:
        names = ("value", "changed", "gradients")
        result = {"t": "dict", "v": {name: _tree(provider, 2) for name in names}}
        results = {"t": "list", "v": [result] * provider.ConsumeIntInRange(0, 2)}
        error = _tree(provider, 1)
        tree = {"t": "dict", "v": {"results": results, "error": error}}
    _decode(tree, arrays)


def _tree(provider, depth: int):
    """A JSON value such as a stranger might send for a value."""
    kind = provider.PickValueInList(KINDS)
    if provider.ConsumeIntInRange(0, 15) == 0:
        return provider.PickValueInList(LEAVES)
    node = {"t": kind, "i": provider.ConsumeIntInRange(0, 3), "device": "cpu", "kind": "torch"}
    if kind == "fixture" and depth <= 5:
        node["given"] = _tree(provider, depth + 1)
    if depth > 5 or kind not in ("list", "dict"):
        node["v"] = (
            provider.PickValueInList(LEAVES)
            if provider.ConsumeBool()
            else provider.ConsumeUnicode(20)
        )
        return node
    inner = [_tree(provider, depth + 1) for _ in range(provider.ConsumeIntInRange(0, 4))]
    names = ("type", "message", "where", "x")
    node["v"] = inner if kind == "list" else dict(zip(names, inner, strict=False))
    return node


def _decode(tree, arrays) -> None:
    from autograder.subject import decode_reply
    from autograder.values import CannotCross, Packed

    try:
        decode_reply(Packed(tree, arrays))
    except CannotCross:
        return


def _data_bytes() -> int:
    """What RLIMIT_DATA counts, now."""
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmData:")[1].split()[0]) << 10


if __name__ == "__main__":
    main()
