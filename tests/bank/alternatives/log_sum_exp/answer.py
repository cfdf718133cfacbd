# queries_keys_values: Weights are exponentials of log-weights.

# %% stable_softmax
def stable_softmax(scores):
    return np.exp(scores - np.logaddexp.reduce(scores, axis=-1, keepdims=True))


# %% masked_softmax
def masked_softmax(scores, mask):
    some = mask.any(-1, keepdim=True)
    s = scores.masked_fill(~mask, -math.inf).masked_fill(~some, 0)
    return (s - s.logsumexp(-1, keepdim=True)).exp().masked_fill(~some, 0)


# %% entropy
def entropy(weights):
    logs = weights.log().clamp(min=-200)
    return -(logs.exp() * logs).sum(-1)


# %% dot_product_attention
def dot_product_attention(Q, K, V, mask=None, temperature=1.0):
    scores = Q @ K.transpose(-1, -2) / temperature
    if mask is not None:
        return masked_softmax(scores, mask) @ V
    return torch.log_softmax(scores, -1).exp() @ V


# %% SoftDictionary
class SoftDictionary:
    def __init__(self, temperature=1.0):
        self.temperature = temperature
        self.rows = []

    def write(self, key, value):
        self.rows.append(torch.cat([key, value]))
        self.d = len(key)

    def read(self, query):
        try:
            table = torch.stack(self.rows)
        except RuntimeError:
            raise KeyError("empty") from None
        scores = table[:, : self.d] @ query / self.temperature
        return (scores - torch.logsumexp(scores, 0)).exp() @ table[:, self.d :]
