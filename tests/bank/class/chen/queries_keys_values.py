# Two mistakes: exp overflows, and the mask is upside down (so attention is wrong as well).

# %% stable_softmax
def stable_softmax(scores):
    e = np.exp(scores)
    return e / e.sum(-1, keepdims=True)


# %% masked_softmax
def masked_softmax(scores, mask):
    nothing = mask.all(-1, keepdim=True)
    hidden = scores.masked_fill(mask, float("-inf")).masked_fill(nothing, 0)
    return torch.softmax(hidden, dim=-1).masked_fill(nothing, 0)


# %% entropy
def entropy(weights):
    return torch.special.entr(weights).sum(-1)


# %% most_read
def most_read(words, weights, k):
    pairs = sorted(zip(words, weights), key=lambda pair: pair[1], reverse=True)
    return [word for word, _ in pairs[:k]]


# %% dot_product_attention
def dot_product_attention(Q, K, V, mask=None, temperature=1.0):
    scores = torch.matmul(Q, K.mT) / temperature
    if mask is None:
        return scores.softmax(dim=-1) @ V
    return masked_softmax(scores, mask) @ V


# %% SoftDictionary
class SoftDictionary:
    def __init__(self, temperature=1.0):
        self.t = temperature
        self.keys = []
        self.values = []

    def write(self, key, value):
        self.keys.append(key)
        self.values.append(value)

    def read(self, query):
        if len(self.keys) == 0:
            raise KeyError
        return dot_product_attention(
            query.unsqueeze(0), torch.stack(self.keys), torch.stack(self.values), None, self.t
        ).squeeze(0)
