# Everything right, written as one would.

# %% stable_softmax
def stable_softmax(scores):
    powers = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return powers / powers.sum(axis=-1, keepdims=True)


# %% masked_softmax
def masked_softmax(scores, mask):
    mask = mask.expand_as(scores)
    nothing = ~mask.any(-1, keepdim=True)
    hidden = scores.masked_fill(~mask, -math.inf).masked_fill(nothing, 0.0)
    return hidden.softmax(-1).masked_fill(nothing, 0.0)


# %% entropy
def entropy(weights):
    return -torch.special.xlogy(weights, weights).sum(-1)


# %% most_read
def most_read(words, weights, k):
    order = sorted(range(len(words)), key=lambda i: -weights[i])
    return [words[i] for i in order[:k]]


# %% dot_product_attention
def dot_product_attention(Q, K, V, mask=None, temperature=1.0):
    scores = Q @ K.transpose(-1, -2) / temperature
    weights = scores.softmax(-1) if mask is None else masked_softmax(scores, mask)
    return weights @ V


# %% SoftDictionary
class SoftDictionary:
    def __init__(self, temperature=1.0):
        self.temperature = temperature
        self.entries = []

    def write(self, key, value):
        self.entries.append((key, value))

    def read(self, query):
        if not self.entries:
            raise KeyError("nothing was written yet")
        keys, values = zip(*self.entries)
        weights = torch.softmax(torch.stack(keys) @ query / self.temperature, 0)
        return weights @ torch.stack(values)


# %% keys_tie
# The dot product grows with the length of the key as well as with the angle.
# The third key is longer than the first, and that makes up for pointing elsewhere.
#
# The key (2, 5, 2) has the score 4 and wins although it points along the second axis.
#
# Divide each key by its length.
# Then a key can no longer say "read me" by being long.
