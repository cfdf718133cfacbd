# queries_keys_values: Dataclasses, named tuples and enums hold what is passed around.

# %% top
import enum
from collections import namedtuple
from dataclasses import dataclass, field, replace

Entry = namedtuple("Entry", "key value")


class Axis(enum.IntEnum):
    KEYS = -1


# %% stable_softmax
@dataclass
class Softmax:
    axis: int = Axis.KEYS

    def __call__(self, scores):
        e = np.exp(scores - scores.max(self.axis, keepdims=True))
        return e / e.sum(self.axis, keepdims=True)


stable_softmax = Softmax()


# %% SoftDictionary
@dataclass
class SoftDictionary:
    temperature: float = 1.0
    entries: list[Entry] = field(default_factory=list, repr=False)

    def write(self, key, value):
        self.entries.append(Entry(key=key, value=value))

    def read(self, query):
        if not self.entries:
            raise KeyError("empty")
        keys, values = zip(*self.entries)
        return torch.softmax(torch.stack(keys) @ query / self.temperature, Axis.KEYS) @ torch.stack(values)


# %% dot_product_attention
@dataclass(frozen=True)
class Shelf:
    Q: torch.Tensor
    K: torch.Tensor
    V: torch.Tensor
    mask: torch.Tensor = None
    weights: torch.Tensor = None


def weighed(shelf, temperature):
    scores = shelf.Q @ shelf.K.transpose(-1, -2) / temperature
    if shelf.mask is None:
        return replace(shelf, weights=scores.softmax(-1))
    empty = ~shelf.mask.any(-1, keepdim=True)
    scores = scores.masked_fill(~shelf.mask, -math.inf).masked_fill(empty, 0)
    return replace(shelf, weights=scores.softmax(-1).masked_fill(empty, 0))


def dot_product_attention(Q, K, V, mask=None, temperature=1.0):
    shelf = weighed(Shelf(Q, K, V, mask), temperature)
    return shelf.weights @ shelf.V
