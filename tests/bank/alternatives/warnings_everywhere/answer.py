# queries_keys_values: Warnings of Python, NumPy and torch, and lines on stderr.

# %% top
import os
import sys
import warnings

import numpy

warnings.simplefilter("always")
warnings.warn("an old idea", DeprecationWarning)
numpy.float64(1) / numpy.float64(0)
os.write(2, b"straight to the descriptor\n")


# %% stable_softmax
def stable_softmax(scores):
    warnings.warn("this function warns", RuntimeWarning, stacklevel=2)
    np.log(np.zeros(3)) * 0
    powers = np.exp(scores - scores.max(-1, keepdims=True))
    return powers / powers.sum(-1, keepdims=True)


# %% entropy
def entropy(weights):
    print("on stderr", file=sys.stderr)
    with np.errstate(all="warn"):
        p = weights.detach().cpu().numpy()
        h = np.where(p > 0, -p * np.log(p), 0).sum(-1)
    return torch.as_tensor(h, device=weights.device)


# %% most_read
def most_read(words, weights, k):
    warnings.warn_explicit("careful", UserWarning, "student.py", 3)
    order = np.argsort(-np.array(weights), kind="stable")
    return [words[i] for i in order[:k]]


# %% dot_product_attention
def dot_product_attention(Q, K, V, mask=None, temperature=1.0):
    torch.tensor(Q.detach())  # torch warns: use clone().detach()
    sys.stderr.write("attention " * 100 + "\n")
    scores = Q @ K.transpose(-1, -2) / temperature
    if mask is None:
        return scores.softmax(-1) @ V
    blind = ~mask.any(-1, keepdim=True)
    scores = scores.masked_fill(~mask, -torch.inf).masked_fill(blind, 0.0)
    return scores.softmax(-1).masked_fill(blind, 0.0) @ V
