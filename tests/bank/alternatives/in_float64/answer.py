# queries_keys_values: Computes in double precision, and where no dtype is asked for, answers in it.

# %% masked_softmax
def masked_softmax(scores, mask):
    s = scores.to(torch.float64).masked_fill(~mask, float("-inf"))
    s = torch.where(mask.any(-1, keepdim=True), s, 0.0)
    return torch.where(mask, s.softmax(-1), 0.0).to(scores.dtype)


# %% entropy
def entropy(weights):
    p = weights.double()
    return torch.special.entr(p).sum(-1)


# %% dot_product_attention
def dot_product_attention(Q, K, V, mask=None, temperature=1.0):
    Q, K, V = (x.double() for x in (Q, K, V))
    scores = Q @ K.mT / temperature
    weights = scores.softmax(-1) if mask is None else masked_softmax(scores, mask)
    return weights @ V


# %% SoftDictionary
class SoftDictionary:
    def __init__(self, temperature=1.0):
        self.temperature = torch.tensor(temperature, dtype=torch.float64)
        self.keys, self.values = [], []

    def write(self, key, value):
        self.keys.append(key.double())
        self.values.append(value.double())

    def read(self, query):
        if not self.keys:
            raise KeyError("nothing written yet")
        scores = torch.stack(self.keys) @ query.double() / self.temperature.item()
        return scores.softmax(0) @ torch.stack(self.values)
