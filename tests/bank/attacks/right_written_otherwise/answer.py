# %% top
import sys
import warnings
import matplotlib.pyplot as plt
import numpy as np
import torch

warnings.warn("an honest warning", stacklevel=1)
print("to stderr, and right all the same", file=sys.stderr)
plt.plot([1, 2, 3])


# %% stable_softmax
def stable_softmax(scores):
    print("scores", scores.shape)
    out = np.array(scores, dtype=np.float64)
    for row in np.ndindex(out.shape[:-1]):
        out[row] -= max(out[row])
        out[row] = np.exp(out[row])
        out[row] /= sum(out[row])
    return out.astype(scores.dtype)


# %% entropy
def entropy(weights):
    def one(row):
        return sum((-p * p.log() for p in row if p > 0), row.new_zeros(()))

    rows = weights.reshape(-1, weights.shape[-1])
    return torch.stack([one(row) for row in rows]).reshape(weights.shape[:-1])


# %% dot_product_attention
def dot_product_attention(Q, K, V, mask=None, temperature=1.0):
    warnings.warn("another honest warning", stacklevel=1)
    scores = torch.einsum("...nd,...md->...nm", Q, K) / temperature
    weights = torch.softmax(scores, -1) if mask is None else masked_softmax(scores, mask)
    return torch.einsum("...nm,...mv->...nv", weights, V)
