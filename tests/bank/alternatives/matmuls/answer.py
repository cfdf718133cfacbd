# queries_keys_values: Every way to write a matrix product.

# %% dot_product_attention
def dot_product_attention(Q, K, V, mask=None, temperature=1.0):
    scores = torch.matmul(Q, torch.adjoint(K)).div(temperature)
    if mask is not None:
        scores = scores.masked_fill(mask.logical_not(), -float("inf"))
        scores = scores.nan_to_num(neginf=-1e38)
    weights = torch.nn.functional.softmax(scores, dim=-1)
    if mask is not None:
        weights = weights * mask
    return weights.__matmul__(V)


# %% SoftDictionary
class SoftDictionary:
    def __init__(self, temperature=1.0):
        self.temperature = temperature
        self.K = self.V = None

    def write(self, key, value):
        self.K = key[None] if self.K is None else torch.cat([self.K, key.unsqueeze(0)])
        self.V = value[None] if self.V is None else torch.vstack([self.V, value])

    def read(self, query):
        if self.K is None:
            raise KeyError("no entries")
        scores = torch.mv(self.K, query) / self.temperature
        weights = torch.softmax(scores, dim=0)
        return torch.tensordot(weights, self.V, dims=1)
