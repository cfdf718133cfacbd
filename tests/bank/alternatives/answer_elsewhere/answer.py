# queries_keys_values: The answer cells are empty or gone; the functions stand in cells of the student's own.

# %% top
import numpy as np
import torch


def softmax_of_rows(scores):
    e = np.exp(scores - scores.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


def entropy(weights):
    return -torch.special.xlogy(weights, weights).sum(-1)


# %% stable_softmax
# It stands in the first cell.
stable_softmax = softmax_of_rows


# %% entropy [deleted]


# %% most_read
pass


# %% own
def most_read(words, weights, k):
    return [words[i] for i in sorted(range(len(words)), key=lambda i: -weights[i])[:k]]
