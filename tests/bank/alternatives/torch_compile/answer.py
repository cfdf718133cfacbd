# queries_keys_values: Functions are compiled by torch.compile, without a compiler of C.

# %% masked_softmax
@torch.compile(backend="eager")
def masked_softmax(scores, mask):
    blind = ~mask.any(-1, keepdim=True)
    scores = scores.masked_fill(~mask, -math.inf).masked_fill(blind, 0)
    return scores.softmax(-1).masked_fill(blind, 0)


# %% entropy
def _entropy(weights):
    return -torch.special.xlogy(weights, weights).sum(-1)


entropy = torch.compile(_entropy, backend="eager", dynamic=True)
entropy(torch.tensor([0.5, 0.5]))
