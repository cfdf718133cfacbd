# queries_keys_values: More arguments than asked for, all with defaults.

# %% stable_softmax
def stable_softmax(scores, axis=-1, *, shift=True, **unused):
    powers = np.exp(scores - scores.max(axis, keepdims=True) * shift)
    return powers / powers.sum(axis, keepdims=True)


# %% masked_softmax
def masked_softmax(scores, mask=None, dim=-1, fill=-math.inf, *args, **kwargs):
    if mask is None:
        mask = torch.ones_like(scores, dtype=torch.bool)
    blind = ~mask.any(dim, keepdim=True)
    return scores.masked_fill(~mask, fill).masked_fill(blind, 0).softmax(dim).masked_fill(blind, 0)


# %% entropy
def entropy(weights, dim=-1, base=math.e):
    return -torch.xlogy(weights, weights).sum(dim) / math.log(base)


# %% most_read
def most_read(words, weights, k=1, largest_first=True):
    return [w for _, _, w in sorted(zip([-x for x in weights], range(len(words)), words))][:k]


# %% dot_product_attention
def dot_product_attention(Q, K=None, V=None, mask=None, temperature=1.0, dropout=0.0, verbose=False):
    K = Q if K is None else K
    V = K if V is None else V
    weights = masked_softmax(Q @ K.transpose(-2, -1) / temperature, mask)
    return torch.dropout(weights, dropout, train=dropout > 0) @ V


# %% SoftDictionary
class SoftDictionary:
    def __init__(self, temperature=1.0, capacity=None, *, device=None, name="soft"):
        self.temperature, self.capacity, self.name = temperature, capacity, name
        self.keys, self.values = [], []

    def write(self, key, value, *, weight=1.0):
        self.keys.append(key)
        self.values.append(value)

    def read(self, query, default=None, return_weights=False):
        if not self.keys:
            if default is None:
                raise KeyError(f"{self.name} is empty")
            return default
        weights = torch.softmax(torch.stack(self.keys) @ query / self.temperature, -1)
        out = weights @ torch.stack(self.values)
        return (out, weights) if return_weights else out

    def __len__(self):
        return len(self.keys)

    def __repr__(self):
        return f"{type(self).__name__}({len(self)} entries)"
