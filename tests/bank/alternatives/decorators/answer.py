# queries_keys_values: Every function is wrapped: timed, counted, logged.

# %% top
import functools
import time
from collections import Counter

times = Counter()


def timed(function):
    @functools.wraps(function)
    def wrapper(*args, **kwargs):
        start = time.perf_counter()
        try:
            return function(*args, **kwargs)
        finally:
            times[function.__name__] += time.perf_counter() - start

    return wrapper


def without_name(function):
    return lambda *args, **kwargs: function(*args, **kwargs)


class Counted:
    def __init__(self, function):
        functools.update_wrapper(self, function)
        self.function, self.calls = function, 0

    def __call__(self, *args, **kwargs):
        self.calls += 1
        return self.function(*args, **kwargs)


# %% stable_softmax
@timed
@Counted
def stable_softmax(scores):
    e = np.exp(scores - scores.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


# %% entropy
@without_name
@torch.no_grad()
def entropy(weights):
    return -torch.special.xlogy(weights, weights).sum(-1)


# %% most_read
@functools.singledispatch
def most_read(words, weights, k):
    raise TypeError


@most_read.register
def _(words: list, weights, k):
    return [words[i] for i in sorted(range(len(words)), key=lambda i: -weights[i])[:k]]


# %% dot_product_attention
@Counted
@timed
@torch.enable_grad()
def dot_product_attention(Q, K, V, mask=None, temperature=1.0):
    scores = Q @ K.transpose(-1, -2) / temperature
    if mask is not None:
        blind = ~mask.any(-1, keepdim=True)
        scores = scores.masked_fill(~mask & ~blind, -math.inf)
        return (scores.softmax(-1) * ~blind) @ V
    return scores.softmax(-1) @ V
