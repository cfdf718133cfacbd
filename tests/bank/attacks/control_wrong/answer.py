# %% entropy
def entropy(weights):
    return -torch.special.xlogy(weights, weights).sum(-1) / math.log(2)
