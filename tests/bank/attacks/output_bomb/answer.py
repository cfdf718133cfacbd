# %% entropy
def entropy(weights):
    return -torch.special.xlogy(weights, weights).sum(-1) / math.log(2)


# %% own
for _ in range(200):
    print("x" * (1 << 20))
