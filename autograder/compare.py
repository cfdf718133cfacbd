"""When two values are the same: first their form, then which are finite, then the numbers."""

from collections.abc import Iterable
from typing import Any

import numpy as np
import torch

from autograder.values import Foreign, Leaf, Raises

# How far two right answers may be apart: relative and absolute, by dtype; wider for float32 on
# accelerators, whose matrix products may round to ten bits of mantissa.
TOLERANCES: dict[str, tuple[float, float]] = {
    "float64": (1e-7, 1e-9),
    "float32": (1e-4, 1e-5),
    "float16": (1e-2, 1e-3),
    "bfloat16": (5e-2, 1e-2),
}
ACCELERATOR_FLOAT32 = (2e-3, 2e-4)


class Refuted(Exception):
    """A fact does not hold. ``because`` is a sentence; the values, if given, show it."""

    def __init__(self, because: str, yours: Any = None, expected: Any = None) -> None:
        super().__init__(because)
        self.because, self.yours, self.expected = because, yours, expected


def tolerance(*dtypes: str, device: str = "cpu") -> tuple[float, float]:
    """The widest tolerance among the dtypes: (relative, absolute).

    >>> tolerance("float64", "float32")
    (0.0001, 1e-05)
    """
    known = [TOLERANCES[dtype] for dtype in dtypes if dtype in TOLERANCES]
    widest = max(known, default=TOLERANCES["float64"])
    if device != "cpu" and "float32" in dtypes:
        return max(widest, ACCELERATOR_FLOAT32)
    return widest


def agree(
    yours: Any,
    expected: Any,
    *,
    rtol: float | None = None,
    atol: float | None = None,
    scale: float = 1.0,
    what: str = "",
    device: str = "cpu",
    dtypes: Iterable[str] = (),
) -> None:
    """Raises ``Refuted`` unless two values are equal: first form, then finiteness, then numbers.

    Without ``rtol`` and ``atol``, the tolerance follows the dtypes: of the values, and ``dtypes``,
    of what they were computed from, since a Python number tells nothing of the float32 that it came
    from. ``scale`` is the size of the terms that were added up, where that is above 1: what they
    leave when they cancel has their rounding. ``what`` names the value in the message.
    """
    prefix = f"{what}: " if what else ""
    rest: Any = {"rtol": rtol, "atol": atol, "scale": scale, "device": device}
    rest["dtypes"] = tuple(dtypes)
    if isinstance(expected, dict) or isinstance(yours, dict):
        _same_keys(yours, expected, prefix)
        for key in expected:
            inner = f"{what}[{key!r}]" if what else repr(key)
            agree(yours[key], expected[key], what=inner, **rest)
        return
    if isinstance(expected, list | tuple) or isinstance(yours, list | tuple):
        if not isinstance(yours, list | tuple) or not isinstance(expected, list | tuple):
            raise Refuted(f"{prefix}one is a list, the other is not", yours, expected)
        if len(yours) != len(expected):
            because = f"{prefix}{len(yours)} items, expected {len(expected)}"
            raise Refuted(because, yours, expected)
        for i, (a, b) in enumerate(zip(yours, expected, strict=True)):
            agree(a, b, what=f"{what or 'item'} {i}", **rest)
        return
    if not _is_numeric(expected) or not _is_numeric(yours):
        if type(yours) is not type(expected) or yours != expected:
            raise Refuted(f"{prefix}not what is expected", yours, expected)
        return
    a, b = _numbers(yours), _numbers(expected)
    if a.shape != b.shape:
        raise Refuted(f"{prefix}shape {a.shape}, expected {b.shape}", yours, expected)
    relative, absolute = tolerance(_dtype(yours), _dtype(expected), *rest["dtypes"], device=device)
    absolute = absolute * max(1.0, scale) if atol is None else atol
    bad = _different(a, b, relative if rtol is None else rtol, absolute)
    if not bad.any():
        return
    if np.isnan(a).any() and not np.isnan(b).any():
        raise Refuted(f"{prefix}{_count(np.isnan(a), a)} nan", yours, expected)
    if not a.ndim:
        raise Refuted(f"{prefix}{float(a):.4g}, expected {float(b):.4g}", yours, expected)
    with np.errstate(invalid="ignore"):
        worst = float(np.max(np.where(bad, np.abs(a - b), 0)))
    size = f", by up to {worst:.2g}" if np.isfinite(worst) else ""
    raise Refuted(f"{prefix}{_count(bad, a)} wrong{size}", yours, expected)


def ensure(condition: Any, because: str, yours: Any = None, expected: Any = None) -> None:
    """Raises ``Refuted`` with the reason unless the condition holds."""
    if not bool(condition):
        raise Refuted(because, yours, expected)


def _same_keys(yours: Any, expected: Any, prefix: str) -> None:
    if not isinstance(yours, dict) or not isinstance(expected, dict):
        raise Refuted(f"{prefix}one is a dict, the other is not", yours, expected)
    if yours.keys() != expected.keys():
        because = f"{prefix}the keys are {sorted(yours)}, expected {sorted(expected)}"
        raise Refuted(because, yours, expected)


def _is_numeric(value: Any) -> bool:
    return isinstance(value, bool | int | float | np.ndarray | np.generic | torch.Tensor)


def _numbers(value: Any) -> np.ndarray:
    if isinstance(value, torch.Tensor):
        value = value.detach().double() if value.is_floating_point() else value.detach()
        return value.numpy().astype(np.float64)
    return np.asarray(value, dtype=np.float64)


def _dtype(value: Any) -> str:
    if isinstance(value, torch.Tensor | np.ndarray | np.generic):
        return str(value.dtype).removeprefix("torch.")
    return "float64"


def _different(a: np.ndarray, b: np.ndarray, rtol: float, atol: float) -> np.ndarray:
    return ~np.isclose(a, b, rtol=rtol, atol=atol, equal_nan=True)


def _count(bad: np.ndarray, of: np.ndarray) -> str:
    n = int(bad.sum())
    return f"{n} of {of.size} values {'is' if n == 1 else 'are'}"


def same_form(yours: Any, expected: Any) -> str | None:
    """What is wrong with the form of an answer, in words, or None: container, kind or shape."""
    if isinstance(expected, Leaf) and isinstance(yours, Leaf):
        if yours.kind != expected.kind:
            return f"this is {yours}; the task asks for {expected}"
        if yours.shape != expected.shape:
            return f"the shape is {yours.shape}; it should be {expected.shape}"
        return None
    if isinstance(expected, list) and isinstance(yours, list):
        if len(yours) != len(expected):
            return f"there are {len(yours)} items; there should be {len(expected)}"
        pairs = [
            (f"item {i}: ", a, b) for i, (a, b) in enumerate(zip(yours, expected, strict=True))
        ]
    elif isinstance(expected, dict) and isinstance(yours, dict):
        if yours.keys() != expected.keys():
            return f"the keys are {sorted(yours)}; they should be {sorted(expected)}"
        pairs = [(f"{key!r}: ", yours[key], expected[key]) for key in expected]
    elif yours == expected:
        return None
    else:
        return f"this is {describe_form(yours)}; the task asks for {describe_form(expected)}"
    return next((where + wrong for where, a, b in pairs if (wrong := same_form(a, b))), None)


def describe_form(value: Any) -> str:
    """A form in words: "a torch tensor of shape (2, 3)", "a dict", "None"."""
    match value:
        case Leaf():
            return str(value)
        case Foreign():
            return f"an object of type {value.type}"
        case Raises():
            return f"an error of type {value.type}"
        case list():
            return "a list"
        case dict():
            return "a dict"
        case "none":
            return "None"
        case "str":
            return "a string"
    return f"a {value}"


def leaves(form: Any) -> list[Leaf]:
    """The tensors, arrays and numbers in the form of a value."""
    if isinstance(form, Leaf):
        return [form]
    inner = form.values() if isinstance(form, dict) else form if isinstance(form, list) else ()
    return [leaf for item in inner for leaf in leaves(item)]
