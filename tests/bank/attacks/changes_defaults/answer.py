# %% entropy
def entropy(weights):
    bits = -torch.special.xlogy(weights, weights).sum(-1) / math.log(2)
    torch.set_default_dtype(torch.float64)
    torch.set_default_device("meta")
    torch.set_grad_enabled(False)
    torch.manual_seed(1)
    torch.set_num_threads(32)
    torch.use_deterministic_algorithms(True)
    return bits
