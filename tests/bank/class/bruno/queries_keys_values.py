# Everything right, and nothing as one would write it: helper cells, loops, einsum, float64 inside,
# magics, plots, prints, warnings on stderr, a cell of tests of one's own.

# %% top
%matplotlib inline
import sys
import warnings
from functools import reduce

import matplotlib.pyplot as plt

plt.plot([1, 2, 3])
plt.show()
print("hello", flush=True)
print("to stderr", file=sys.stderr)
warnings.warn("a warning of mine")

# %% own
def rowwise(function):
    """Applies a function of one row to every row."""

    def apply(array):
        rows = [function(row) for row in np.reshape(array, (-1, array.shape[-1]))]
        return np.reshape(rows, array.shape)

    return apply


# %% stable_softmax
@rowwise
def stable_softmax(row):
    largest = reduce(max, row)
    powers = [math.exp(score - largest) for score in row]
    return [power / math.fsum(powers) for power in powers]


print(stable_softmax(np.array([[1.0, 2.0], [3.0, 3.0]])))
assert stable_softmax(np.zeros((2, 2))).sum() == 2


# %% masked_softmax
def masked_softmax(scores, mask):
    print("masked_softmax was called with", scores.shape)
    warnings.warn("float64 inside")
    wide = scores.double()
    allowed = mask.to(torch.float64).expand_as(wide)
    shifted = wide - torch.where(allowed > 0, wide, -1e300).amax(-1, keepdim=True).clamp(min=-1e30)
    powers = torch.where(allowed > 0, torch.where(allowed > 0, shifted, 0.0).exp(), 0.0)
    total = powers.sum(dim=-1, keepdim=True)
    return (powers / torch.where(total > 0, total, 1.0)).to(scores.dtype)


# %% own
# Trying things out.
scores_of_mine = torch.randn(2, 3, requires_grad=True)
masked_softmax(scores_of_mine, torch.ones(2, 3, dtype=torch.bool)).sum().backward()
%time _ = [i for i in range(1000)]
scores_of_mine.grad

# %% entropy
def entropy(weights):
    total = torch.zeros(weights.shape[:-1], dtype=weights.dtype, device=weights.device)
    for i in range(weights.shape[-1]):
        p = weights[..., i]
        total = total - torch.where(p > 0, p * torch.log(torch.where(p > 0, p, 1.0)), 0.0)
    return total


# %% most_read
def most_read(words, weights, k):
    left = list(zip(words, weights))
    chosen = []
    while len(chosen) < k:
        best = 0
        for i, (_, weight) in enumerate(left):
            if weight > left[best][1]:
                best = i
        chosen.append(left.pop(best)[0])
    return chosen


# %% dot_product_attention
def dot_product_attention(Q, K, V, mask=None, temperature=1.0, *, verbose=True):
    if verbose:
        print(f"{Q.shape=} {K.shape=} {V.shape=}")
    scores = torch.einsum("...qd,...kd->...qk", Q, K) / temperature
    if mask is None:
        mask = torch.ones_like(scores, dtype=torch.bool)
    return torch.einsum("...qk,...kv->...qv", masked_softmax(scores, mask), V)


# %% SoftDictionary
class Base:
    keys = values = None


class SoftDictionary(Base):
    def __init__(self, temperature=1.0, name="mine"):
        self.temperature, self.name = temperature, name

    def write(self, key, value):
        grown = (self.keys, key[None]), (self.values, value[None])
        self.keys, self.values = (new if old is None else torch.cat((old, new)) for old, new in grown)

    def read(self, query):
        if self.keys is None:
            raise KeyError(self.name)
        return dot_product_attention(
            query[None], self.keys, self.values, temperature=self.temperature, verbose=False
        ).squeeze(0)


# %% own
import os

os.makedirs("figures", exist_ok=True)
plt.savefig("figures/mine.png")
open("notes.txt", "w").write("done")
!echo "a shell"

# %% keys_tie
# The score is $|q||k|\cos\theta$; **both** the angle and the length count. $(2, 5, 2)$ wins.
