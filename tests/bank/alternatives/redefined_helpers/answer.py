# queries_keys_values: Names of ours and helpers of its own are defined again and again.

# %% top
def softmax(x):
    return "not yet"


check = print
list_of_words = []


# %% stable_softmax
def stable_softmax(scores):
    return softmax(scores)


# %% own
def softmax(x):
    e = np.exp(x - x.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


# %% own
old_softmax = softmax


def softmax(x):
    return old_softmax(np.array(x))


# %% most_read
sum_of = sum
sum = lambda xs: sum_of(list(xs))


def most_read(words, weights, k):
    assert sum(weights) > 0
    return [w for w, _ in sorted(zip(words, weights), key=lambda pair: pair[1], reverse=True)][:k]


# %% own
check = lambda *args, **kwargs: None
Q = K = V = scores = mask = weights = "taken"


# %% entropy
def entropy(p):
    return -torch.special.xlogy(p, p).sum(-1)
