"""Values in few words, for people: small arrays whole, large ones by their shape and corners."""

import re
from typing import Any

import numpy as np
import torch

from autograder.values import Fixture, Foreign, Raises, Seed

_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def clean(text: str, limit: int = 4000) -> str:
    """The text without terminal escapes and bidirectional controls, cut at ``limit`` characters.

    >>> clean("a\\x1b[31mb")
    'a[31mb'
    """
    text = _CONTROLS.sub("", text)
    return text if len(text) <= limit else text[:limit] + " …"


def brief(value: Any) -> str:
    """A value as a person would write it: three decimals, and the shape where there is one.

    >>> brief(np.array([[1.0, 0.25]]))
    '[[1.   0.25]]  shape (1, 2)'
    """
    if isinstance(value, torch.Tensor):
        value = value.detach().cpu()
        value = value.float().numpy() if value.is_floating_point() else value.numpy()
    if isinstance(value, np.ndarray | float) and not isinstance(value, bool):
        value = value + 0.0 if np.asarray(value).dtype.kind == "f" else value  # no minus zero
    if isinstance(value, np.ndarray):
        with np.printoptions(precision=4, suppress=_tame(value), threshold=40, edgeitems=3):
            text = str(value)
        return f"{text}  shape {value.shape}" if value.ndim else text
    if isinstance(value, bool) or value is None:
        return str(value)
    if isinstance(value, int | float | np.generic):
        return f"{value:.5g}" if isinstance(value, float | np.floating) else str(value)
    if isinstance(value, str):
        return clean(repr(value), 300)
    if isinstance(value, list | tuple):
        inside = ", ".join(brief(item) for item in value[:12])
        return f"[{inside}{', …' if len(value) > 12 else ''}]"
    if isinstance(value, dict):
        inside = ", ".join(f"{key!r}: {brief(item)}" for key, item in list(value.items())[:12])
        return clean("{" + inside + (", …" if len(value) > 12 else "") + "}", 1500)
    if isinstance(value, Seed):
        return f"a generator with seed {value.seed}"
    if isinstance(value, Fixture):
        given = f" with its own {', '.join(value.given)}" if value.given else ""
        return f"the fixture {value.name}{given}"
    if isinstance(value, Raises):
        return f"raises {clean(value.type, 200)}"
    if isinstance(value, Foreign):
        return f"an object of type {clean(value.type, 200)}"
    return type(value).__name__


def _tame(array: np.ndarray) -> bool:
    finite = np.abs(array[np.isfinite(array)]) if array.dtype.kind == "f" else np.array([])
    return bool(finite.size == 0 or finite.max() < 1e5)
