# queries_keys_values: Answers are functools.partial objects and methods of other objects.

# %% top
import functools
import operator


# %% stable_softmax
def softmax_along(axis, scores):
    e = np.exp(np.subtract(scores, scores.max(axis, keepdims=True)))
    return e / e.sum(axis, keepdims=True)


stable_softmax = functools.partial(softmax_along, -1)


# %% entropy
class Measures:
    def __init__(self, dim):
        self.dim = dim

    def entropy(self, p):
        return torch.special.entr(p).sum(self.dim)


entropy = Measures(-1).entropy


# %% most_read
def most_read(words, weights, k):
    import heapq

    best = heapq.nsmallest(k, enumerate(weights), key=lambda pair: (-pair[1], pair[0]))
    return list(operator.itemgetter(*[i for i, _ in best])(words)) if k > 1 else [words[best[0][0]]]


# %% dot_product_attention
def attend(softmax, Q, K, V, mask=None, temperature=1.0):
    scores = torch.einsum("...qd,...kd->...qk", Q, K) / temperature
    return softmax(scores, mask) @ V


def soft(scores, mask):
    if mask is None:
        return scores.softmax(-1)
    blind = ~mask.any(-1, keepdim=True)
    return scores.masked_fill(~mask, -math.inf).masked_fill(blind, 0.0).softmax(-1).masked_fill(blind, 0.0)


dot_product_attention = functools.partial(attend, soft)
