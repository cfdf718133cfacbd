"""The code under judgement, seen from outside: run a small program, get a reply.

A ``LocalSubject`` wraps an object of this process; the sandbox has a remote one. Both hand the same
packed ``Program`` to the same ``perform``, so a fact cannot tell them apart.
"""

import linecache
import sys
import traceback
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch

from autograder.values import CannotCross, Packed, Raises, form, pack, unpack

MAX_ERROR = 4000  # characters of an error's type, message and place


@dataclass(frozen=True)
class Call:
    """One call. ``args`` are named for display and passed by position.

    With ``backward``, a seed, the reply also has the gradients of Σ out · c, where c is drawn from
    that seed, with respect to every floating-point tensor argument and every parameter.
    With ``catch``, an error is the call's value, as ``Raises``, and not the program's end.
    """

    args: dict[str, Any]
    method: str = "__call__"
    backward: int | None = None
    catch: bool = False


@dataclass(frozen=True)
class Program:
    """What a subject is asked to do: build an object if ``init`` is given, load ``state``, call."""

    calls: tuple[Call, ...]
    init: dict[str, Any] | None = None
    state: dict[str, Any] | None = None

    @cached_property
    def packed(self) -> Packed:
        """The program as it crosses; made once, for a class is asked the same.

        Raises ``CannotCross`` where a case holds what may not.
        """
        calls = [vars(call) for call in self.calls]
        packed = pack({"calls": calls, "init": self.init, "state": self.state})
        if packed.tree["t"] != "dict":
            raise CannotCross(f"what is asked is {packed.tree['v']}")
        return packed


@dataclass(frozen=True)
class StudentError:
    """An exception of the student's code, at the student's line."""

    type: str
    message: str
    where: str = ""  # "line 3: return scores @ V"

    def __str__(self) -> str:
        text = f"{self.type}: {self.message}" if self.message else self.type
        return f"{text}\n{self.where}" if self.where else text


@dataclass(frozen=True)
class Result:
    """What one call returned: values on the CPU, their form, and which arguments it changed."""

    value: Any
    form: Any
    changed: tuple[str, ...] = ()
    gradients: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Reply:
    """The results of a program's calls, up to the error that ended it, if one did."""

    results: tuple[Result, ...]
    error: StudentError | None = None

    @property
    def value(self) -> Any:
        """The value of a single call; of several, their list."""
        values = [result.value for result in self.results]
        return values[0] if len(values) == 1 else values


class Lost(Exception):
    """The subject did not answer. ``fault``: "student" (it died, hung, grew) or "ours"."""

    def __init__(self, reason: str, fault: str) -> None:
        super().__init__(reason)
        self.reason, self.fault = reason, fault


class Subject(Protocol):
    """Something that runs programs; raises ``Lost`` when it cannot answer."""

    def run(self, program: Program, device: str = "cpu") -> Reply: ...


class LocalSubject:
    """A function or class of this process."""

    def __init__(self, target: Callable[..., Any]) -> None:
        self.target = target

    def run(self, program: Program, device: str = "cpu") -> Reply:
        packed = perform(self.target, program.packed, device)
        try:
            return decode_reply(packed)
        except CannotCross as error:
            raise Lost(f"the answer cannot be read: {error}", "student") from error


def decode_reply(packed: Packed) -> Reply:
    """The reply that a packed value stands for. Raises ``CannotCross`` where it is malformed."""
    plain = unpack(packed)
    try:
        results, error = _exactly(plain, "results", "error")
        trees = packed.tree["v"]["results"]["v"]
        found = tuple(
            _result(result, Packed(tree["v"]["value"], packed.arrays))
            for result, tree in zip(_all(dict, results), trees, strict=True)
        )
        return Reply(found, None if error is None else _error(error))
    except (KeyError, TypeError, ValueError, AttributeError) as malformed:
        raise CannotCross("malformed reply") from malformed


def _result(result: dict[str, Any], value: Packed) -> Result:
    answer, changed, gradients = _exactly(result, "value", "changed", "gradients")
    if not isinstance(gradients, dict):
        raise CannotCross("malformed reply")
    return Result(answer, form(value), tuple(_all(str, changed)), gradients)


def _error(error: Any) -> StudentError:
    parts = _all(str, list(_exactly(error, "type", "message", "where")))
    return StudentError(*(part[:MAX_ERROR] for part in parts))


def _exactly(value: Any, *names: str) -> Iterable[Any]:
    """The items of a dict that has these names and no other."""
    if not isinstance(value, dict) or value.keys() != set(names):
        raise CannotCross("malformed reply")
    return (value[name] for name in names)


def _all(kind: type, items: Any) -> list[Any]:
    """The items of what must be a list of one type: to walk through a tensor takes minutes."""
    if not isinstance(items, list) or not all(isinstance(item, kind) for item in items):
        raise CannotCross("malformed reply")
    return items


def perform(target: Callable[..., Any], packed: Packed, device: str) -> Packed:
    """Runs a packed program on ``target`` and packs the reply: all that runs student code."""
    results: list[dict[str, Any]] = []
    error: dict[str, str] | None = None
    program = unpack(packed, device)
    pristine = unpack(packed, device)
    try:
        callee = _build(target, program, device)
        for call, untouched in zip(program["calls"], pristine["calls"], strict=True):
            results.append(_call(callee, call, untouched["args"], device))
    except KeyboardInterrupt:
        raise
    except BaseException as raised:
        error = vars(describe(raised))
    try:
        reply = pack({"results": results, "error": error})
        if reply.tree["t"] == "dict":
            return reply
        error = vars(StudentError("TooLarge", f"the answer is {reply.tree['v']}"))
    except Exception as raised:  # an array that cannot be read
        error = vars(describe(raised))
    return pack({"results": [], "error": error})


def _build(target: Callable[..., Any], program: dict[str, Any], device: str) -> Any:
    if program["init"] is None:
        return target
    built = target(**program["init"])
    if program["state"] is not None:
        if not isinstance(built, torch.nn.Module):
            raise TypeError(f"{target.__name__} must be a torch.nn.Module")
        have, want = set(built.state_dict()), set(program["state"])
        if have != want:
            raise AttributeError(
                f"the parameters of {target.__name__} are called {sorted(have) or 'nothing'}; "
                f"the task asks for {sorted(want)}"
            )
        built = built.to(device)
        built.load_state_dict(program["state"])
    return built


def _call(callee: Any, call: dict[str, Any], untouched: Any, device: str) -> dict[str, Any]:
    args, seed = call["args"], call["backward"]
    leaves = {name: arg for name, arg in args.items() if _is_float(arg)} if seed is not None else {}
    for leaf in leaves.values():
        leaf.requires_grad_()
    if isinstance(callee, torch.nn.Module):
        leaves |= dict(callee.named_parameters()) if seed is not None else {}
    function = callee if call["method"] == "__call__" else getattr(callee, call["method"])
    try:
        out = function(*args.values())
    except Exception as error:
        if not call["catch"]:
            raise
        out = Raises(_kind_of_error(error))
    changed = [name for name in args if not _same(args[name], untouched[name])]
    gradients = _gradients(out, leaves, seed) if seed is not None else {}
    return {"value": out, "changed": changed, "gradients": gradients}


def _kind_of_error(error: Exception) -> str:
    """The nearest of Python's own errors: whoever derives one from KeyError raises a KeyError."""
    return next(kind.__name__ for kind in type(error).__mro__ if kind.__module__ == "builtins")


def _is_float(value: Any) -> bool:
    return isinstance(value, torch.Tensor) and value.is_floating_point()


def _gradients(out: Any, leaves: dict[str, torch.Tensor], seed: int) -> dict[str, Any]:
    if not _is_float(out) or not out.requires_grad:
        return dict.fromkeys(leaves)
    generator = torch.Generator("cpu").manual_seed(seed)
    cotangent = torch.randn(out.shape, generator=generator, dtype=torch.float64)
    loss = (out * cotangent.to(out.device, out.dtype)).sum()
    grads = torch.autograd.grad(loss, list(leaves.values()), allow_unused=True)
    return dict(zip(leaves, grads, strict=True))


def _same(a: Any, b: Any) -> bool:
    if isinstance(a, torch.Tensor):
        return (
            a.shape == b.shape
            and a.dtype == b.dtype
            and bool(torch.allclose(a.detach(), b, rtol=0, atol=0, equal_nan=True))
        )
    if isinstance(a, np.ndarray):
        return (
            a.shape == b.shape
            and a.dtype == b.dtype
            and bool(np.array_equal(a, b, equal_nan=a.dtype.kind == "f"))
        )
    if isinstance(a, list):
        return len(a) == len(b) and all(map(_same, a, b))
    if isinstance(a, dict):
        return list(a) == list(b) and all(_same(a[key], b[key]) for key in a)
    return isinstance(a, torch.Generator | np.random.Generator) or callable(a) or a == b


_PACKAGES = Path(__file__).parent.parent
_OURS = tuple(str(_PACKAGES / name) for name in ("attn", "autograder"))


def describe(error: BaseException) -> StudentError:
    """The error's type and message, and the deepest line that a student can have written."""
    lines = [
        (frame.f_code.co_filename, number)
        for frame, number in traceback.walk_tb(error.__traceback__)
        if not frame.f_code.co_filename.startswith((sys.prefix, sys.base_prefix, *_OURS, "<frozen"))
    ]
    where = ""
    if isinstance(error, SyntaxError) and error.lineno:
        where = f"line {error.lineno}: {(error.text or '').strip()[:200]}"
    elif lines:
        filename, number = lines[-1]
        source = linecache.getline(filename, number).strip()
        where = f"line {number}: {source[:200]}" if source else f"line {number}"
    try:
        message = error.msg if isinstance(error, SyntaxError) else str(error)
        message = message[:2000]
    except Exception:  # a student's exception may fail to print
        message = ""
    return StudentError(type(error).__name__, message, where)
