# queries_keys_values: Annotations of jaxtyping, checked as it runs, and everything new in the language.

# %% top
from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Protocol, TypeVar, overload, runtime_checkable

T = TypeVar("T")


# %% stable_softmax
import numpy.typing as npt
from beartype import beartype
from jaxtyping import Bool, Float, jaxtyped
from torch import Tensor


@jaxtyped(typechecker=beartype)
def stable_softmax(scores: Float[np.ndarray, "*B n"]) -> Float[np.ndarray, "*B n"]:
    e: npt.NDArray[np.float64] = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return e / (total := e.sum(axis=-1, keepdims=True))


# %% masked_softmax
@jaxtyped(typechecker=beartype)
def masked_softmax(scores: Float[Tensor, "*B n"], mask: Bool[Tensor, "..."]) -> Float[Tensor, "*B n"]:
    blind: Final = ~mask.any(-1, keepdim=True)
    return scores.masked_fill(~mask, -math.inf).masked_fill(blind, 0).softmax(-1).masked_fill(blind, 0)


# %% most_read
def most_read(words: Sequence[T], weights: Sequence[float], k: int, /) -> list[T]:
    match k:
        case 0:
            return []
        case _ if not words:
            raise ValueError
    order: list[int] = sorted(range(len(words)), key=weights.__getitem__, reverse=True)
    return [words[i] for i in order[:k]]


# %% SoftDictionary
@runtime_checkable
class Readable(Protocol):
    def read(self, query: Tensor) -> Tensor: ...


class SoftDictionary:
    __slots__ = ("entries", "temperature")

    def __init__(self, temperature: float = 1.0) -> None:
        self.temperature: float = temperature
        self.entries: list[tuple[Tensor, Tensor]] = []

    def write(self, key: Float[Tensor, " d"], value: Float[Tensor, " dv"]) -> None:
        self.entries.append((key, value))

    def read(self, query: Tensor) -> Tensor:
        if not (entries := self.entries):
            raise KeyError(f"{query.shape=}")
        K, V = (torch.stack(column) for column in zip(*entries, strict=True))
        return torch.softmax(K @ query / self.temperature, dim=0) @ V


assert isinstance(SoftDictionary(), Readable)
