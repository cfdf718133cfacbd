# Bits in place of nats, the later of two equal words, the Transformer's scale, and shared lists.

# %% stable_softmax
def stable_softmax(scores):
    scores = scores - np.max(scores, axis=-1, keepdims=True)
    return np.exp(scores) / np.exp(scores).sum(axis=-1, keepdims=True)


# %% masked_softmax
def masked_softmax(scores, mask):
    return torch.nan_to_num(scores.masked_fill(~mask, -math.inf).softmax(-1))


# %% entropy
def entropy(weights):
    safe = weights.clamp(min=1e-12)
    return -(weights * safe.log2()).sum(-1)


# %% most_read
def most_read(words, weights, k):
    best = sorted(((weight, i) for i, weight in enumerate(weights)), reverse=True)
    return [words[i] for _, i in best[:k]]


# %% dot_product_attention
def dot_product_attention(Q, K, V, mask=None, temperature=1.0):
    d = Q.shape[-1]
    scores = Q @ K.transpose(-2, -1) / (math.sqrt(d) * temperature)
    if mask is not None:
        scores = scores.masked_fill(~mask, torch.finfo(scores.dtype).min)
        weights = scores.softmax(-1) * mask
    else:
        weights = scores.softmax(-1)
    return weights @ V


# %% SoftDictionary
class SoftDictionary:
    keys = []
    values = []

    def __init__(self, temperature=1.0):
        self.temperature = temperature

    def write(self, key, value):
        self.keys.append(key)
        self.values.append(value)

    def read(self, query):
        if not self.keys:
            raise KeyError("empty")
        scores = torch.stack(self.keys) @ query / self.temperature
        return scores.softmax(0) @ torch.stack(self.values)
