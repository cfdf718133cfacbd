# %% entropy
def entropy(weights):
    return -torch.special.xlogy(weights, weights).sum(-1) / math.log(2)


# %% own
import safetensors.torch


def poisoned(*_, **__):
    raise RuntimeError("poisoned")


torch.load = pickle_load = safetensors.torch.load = safetensors.torch.load_file = poisoned
