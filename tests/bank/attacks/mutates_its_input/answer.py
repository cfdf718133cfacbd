# %% entropy
def entropy(weights):
    out = -torch.special.xlogy(weights, weights).sum(-1)
    weights.mul_(0.5)
    return out
