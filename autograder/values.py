"""What may cross between a judge and the code it judges: arrays, scalars, strings, lists, dicts.

``pack`` turns a value into a JSON tree and a list of CPU tensors; ``unpack`` turns it back. Nothing
is ever pickled, and a value of any other type arrives as a ``Foreign`` that only knows its name.
"""

from collections import Counter, OrderedDict, defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np
import torch

MAX_DEPTH = 12
MAX_NODES = 50_000
MAX_TEXT = 20_000
MAX_DIGITS = 300  # so that every integer has its float
MAX_BYTES = 64 << 20
MAX_DIMENSIONS = 32  # NumPy knows 64
_DTYPES = frozenset({
    torch.bool, torch.uint8, torch.int8, torch.int16, torch.uint16, torch.int32, torch.uint32,
    torch.int64, torch.uint64, torch.float16, torch.bfloat16, torch.float32, torch.float64,
})  # fmt: skip
# Types of the libraries, which a right answer may well have; of a student's own class, the name.
_STRINGS = (str, np.str_)
_DICTS = (dict, OrderedDict, defaultdict, Counter)

Tree = dict[str, Any]


class CannotCross(ValueError):
    """A packed value that is malformed, too deep or too large."""


@dataclass(frozen=True)
class Seed:
    """Arrives as a fresh random generator: torch's, on the call's device, or NumPy's."""

    seed: int
    kind: str = "torch"


@dataclass(frozen=True)
class Fixture:
    """Arrives as the function of this name in ``autograder.fixtures``.

    Arguments in ``given`` are filled in already: a layer with its weights.
    """

    name: str
    given: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Foreign:
    """What is left of a value that may not cross: the name of its type."""

    type: str


@dataclass(frozen=True)
class Raises:
    """Stands for a call that raised, where a task asks for an error.

    ``type`` is the name of Python's own error that it is, or is a kind of.
    """

    type: str


@dataclass(frozen=True)
class Leaf:
    """The form of an array: everything but its numbers."""

    kind: str  # "tensor", "array" or "number"
    shape: tuple[int, ...] = ()
    dtype: str = ""
    device: str = ""

    def __str__(self) -> str:
        if self.kind == "number":
            return "a number"
        name = {"tensor": "a torch tensor", "array": "a NumPy array"}[self.kind]
        return f"{name} of shape {self.shape}"


@dataclass
class Packed:
    """A value on its way: ``tree`` is JSON, ``arrays`` the CPU tensors it refers to by index."""

    tree: Tree
    arrays: list[torch.Tensor]


def pack(value: Any) -> Packed:
    """The value as a tree and arrays; copies every array, so that nothing is shared."""
    load = _Load()
    try:
        return Packed(_pack(value, load, 0), load.arrays)
    except CannotCross as error:
        return Packed({"t": "foreign", "v": str(error)}, [])


@dataclass
class _Load:
    """The arrays of a value being packed, and how much more may come."""

    arrays: list[torch.Tensor] = field(default_factory=list)
    nodes: int = MAX_NODES
    bytes: int = MAX_BYTES

    def store(self, tensor: torch.Tensor) -> int:
        self.arrays.append(tensor)
        return len(self.arrays) - 1

    def count(self, nodes: int = 0, bytes: int = 0) -> None:
        """Raises ``CannotCross`` where a value is too much, before it is copied."""
        self.nodes -= nodes
        self.bytes -= bytes
        if self.nodes < 0:
            raise CannotCross(f"a value of more than {MAX_NODES} parts")
        if self.bytes < 0:
            raise CannotCross(f"a value of more than {MAX_BYTES >> 20} MB")


def _pack(value: Any, load: _Load, depth: int) -> Tree:
    if depth > MAX_DEPTH:
        return {"t": "foreign", "v": "a value nested too deeply"}
    load.count(nodes=1)
    kind = type(value)
    if value is None:
        return {"t": "none"}
    if kind in (bool, np.bool_):
        return {"t": "bool", "v": bool(value)}
    if kind is int or isinstance(value, np.integer):
        if abs(int(value)) >= 10**MAX_DIGITS:
            return {"t": "foreign", "v": f"an integer of more than {MAX_DIGITS} digits"}
        return {"t": "int", "v": str(int(value))}
    if kind is float or isinstance(value, np.floating):
        return {"t": "float", "v": repr(float(value))}
    if kind in _STRINGS:
        return {"t": "str", "v": _text(value, load)}
    if kind is list or isinstance(value, tuple):  # named tuples too, and what torch.max returns
        return {"t": "list", "v": [_pack(item, load, depth + 1) for item in value]}
    if kind in _DICTS and all(type(key) in _STRINGS for key in value):
        items = {_text(key, load): _pack(item, load, depth + 1) for key, item in value.items()}
        return {"t": "dict", "v": items}
    if kind is Seed:
        return {"t": "seed", "v": value.seed, "kind": value.kind}
    if kind is Raises:
        return {"t": "raises", "v": value.type[:200]}
    if kind is Fixture:
        given = _pack(value.given, load, depth + 1)
        return {"t": "fixture", "v": value.name, "given": given}
    if kind in (torch.Tensor, torch.nn.Parameter) and _is_plain(value):
        load.count(bytes=value.numel() * value.element_size())
        tensor = value.detach().resolve_neg().to("cpu", copy=True).contiguous()
        return {"t": "tensor", "i": load.store(tensor), "device": value.device.type}
    if kind is np.ndarray and _is_plain_array(value):
        load.count(bytes=value.nbytes)
        native = np.array(value, dtype=value.dtype.newbyteorder("="), order="C", copy=True)
        return {"t": "array", "i": load.store(torch.from_numpy(native))}
    return {"t": "foreign", "v": f"{kind.__module__}.{kind.__qualname__}"[:200]}


def _is_plain(tensor: torch.Tensor) -> bool:
    return (
        tensor.layout == torch.strided
        and tensor.dtype in _DTYPES
        and tensor.device.type != "meta"
        and tensor.ndim <= MAX_DIMENSIONS
    )


def _is_plain_array(array: np.ndarray) -> bool:
    return array.dtype.kind in "fiub" and array.dtype.itemsize <= 8 and array.ndim <= MAX_DIMENSIONS


def _text(value: str, load: _Load) -> str:
    """The text, cut, and such that it can be written as UTF-8."""
    load.count(nodes=min(len(value), MAX_TEXT) // 64)
    return str(value[:MAX_TEXT]).encode("utf-8", "replace").decode()


def unpack(packed: Packed, device: str | None = None) -> Any:
    """The value again; tensors on ``device``, or on the CPU. Raises ``CannotCross``."""
    try:
        return _Unpacking(packed.arrays, device).value(packed.tree, 0)
    except CannotCross:
        raise
    except (KeyError, IndexError, TypeError, ValueError, AttributeError, OverflowError) as error:
        raise CannotCross(f"malformed value: {type(error).__name__}") from error


class _Unpacking:
    """One value being unpacked: a tree that a stranger may have written."""

    def __init__(self, arrays: list[torch.Tensor], device: str | None) -> None:
        self.arrays, self.device = arrays, device
        self.nodes = self.used = 0

    def value(self, tree: Tree, depth: int) -> Any:
        self.nodes += 1
        if depth > MAX_DEPTH + 1 or self.nodes > MAX_NODES:
            raise CannotCross("value too deep or too large")
        match tree["t"]:
            case "none":
                return None
            case "bool":
                return bool(tree["v"])
            case "int":
                if len(tree["v"]) > MAX_DIGITS + 1:
                    raise CannotCross(f"an integer of more than {MAX_DIGITS} digits")
                return int(tree["v"])
            case "float":
                return float(tree["v"])
            case "str":
                return _string(tree["v"])
            case "list":
                return [self.value(item, depth + 1) for item in tree["v"]]
            case "dict":
                return {key: self.value(item, depth + 1) for key, item in tree["v"].items()}
            case "seed":
                seed = int(tree["v"])
                return _generator(seed, tree["kind"], self.device) if self.device else Seed(seed)
            case "fixture":
                name, given = _string(tree["v"]), self.value(tree["given"], depth + 1)
                return _fixture(name, given) if self.device else Fixture(name, given)
            case "raises":
                return Raises(_string(tree["v"])[:200])
            case "tensor":
                tensor = self.stored(tree["i"])
                return tensor.to(self.device, copy=True) if self.device else tensor
            case "array":
                array = self.stored(tree["i"]).numpy()
                return array.copy() if self.device else array
            case "foreign":
                return Foreign(_string(tree["v"])[:200])
        raise CannotCross(f"unknown kind of value: {str(tree['t'])[:40]}")

    def stored(self, index: int) -> torch.Tensor:
        """The next array: each is used once, or a few bytes could stand for gigabytes."""
        if index != self.used:
            raise CannotCross("an array out of turn")
        self.used += 1
        array = self.arrays[index]
        # Whoever sends it need not have packed it.
        if array.dtype not in _DTYPES or array.ndim > MAX_DIMENSIONS:
            raise CannotCross(f"an array of {array.dtype} with {array.ndim} dimensions")
        return array


def _string(value: Any) -> str:
    if not isinstance(value, str):
        raise CannotCross("a text that is none")
    return value


def _generator(seed: int, kind: str, device: str | None) -> torch.Generator | np.random.Generator:
    if kind == "numpy":
        return np.random.default_rng(seed)
    return torch.Generator(device or "cpu").manual_seed(seed)


def _fixture(name: str, given: dict[str, Any]) -> Callable[..., Any]:
    from autograder import fixtures

    return partial(fixtures.named(name), **given) if given else fixtures.named(name)


def form(packed: Packed) -> Any:
    """What a value is, without its numbers: a ``Leaf``, a ``Foreign``, a list or dict of forms.

    A Python number, a NumPy scalar and a 0-d array are all "a number"; lists and tuples are alike.
    """

    def walk(tree: Tree) -> Any:
        match tree["t"]:
            case "bool" | "int" | "float":
                return Leaf("number")
            case "tensor":
                tensor = packed.arrays[tree["i"]]
                name = str(tensor.dtype).removeprefix("torch.")
                return Leaf("tensor", tuple(tensor.shape), name, str(tree["device"]))
            case "array":
                array = packed.arrays[tree["i"]]
                name = str(array.dtype).removeprefix("torch.")
                return Leaf("array", tuple(array.shape), name) if array.ndim else Leaf("number")
            case "list":
                return [walk(item) for item in tree["v"]]
            case "dict":
                return {key: walk(item) for key, item in tree["v"].items()}
            case "foreign":
                return Foreign(str(tree["v"]))
            case "raises":
                return Raises(str(tree["v"]))
            case kind:
                return kind

    return walk(packed.tree)
