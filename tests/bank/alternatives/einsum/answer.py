# queries_keys_values: Index notation for every product, also for sums and transposes.

# %% stable_softmax
def stable_softmax(scores):
    powers = np.exp(scores - scores.max(-1, keepdims=True))
    return np.einsum("...j,...->...j", powers, 1 / np.einsum("...j->...", powers))


# %% entropy
def entropy(weights):
    logs = torch.where(weights > 0, weights, torch.ones_like(weights)).log()
    return -torch.einsum("...j,...j->...", weights, logs)


# %% dot_product_attention
def dot_product_attention(Q, K, V, mask=None, temperature=1.0):
    scores = torch.einsum("...id,...jd->...ij", Q, K) / temperature
    if mask is None:
        mask = torch.ones_like(scores, dtype=torch.bool)
    mask = mask.expand_as(scores)
    some = mask.any(-1, keepdim=True)
    powers = scores.masked_fill(~mask, -torch.inf).where(some, torch.zeros_like(scores)).softmax(-1)
    return torch.einsum("...ij,...jv->...iv", powers * some, V)


# %% SoftDictionary
class SoftDictionary:
    def __init__(self, temperature=1.0):
        self.temperature, self.K, self.V = temperature, [], []

    def write(self, key, value):
        self.K += [key]
        self.V += [value]

    def read(self, query):
        if not self.K:
            raise KeyError
        scores = torch.einsum("d,jd->j", query, torch.stack(self.K)) / self.temperature
        return torch.einsum("j,jv->v", torch.softmax(scores, 0), torch.stack(self.V))
