# queries_keys_values: A constant too small to matter stands where zeros would hurt.

# %% stable_softmax
def stable_softmax(scores):
    e = np.exp(scores - np.amax(scores, axis=-1)[..., None]) + 1e-30
    return e / np.sum(e, axis=-1)[..., np.newaxis]


# %% entropy
def entropy(weights):
    return -(weights * (weights + 1e-12).log()).sum(dim=-1)


# %% masked_softmax
def masked_softmax(scores, mask):
    mask = mask.expand_as(scores)
    s = scores.float().masked_fill(~mask, -3e38)
    top = s.max(-1, keepdim=True).values.detach()
    e = (s - top).exp() * mask
    return (e / (e.sum(-1, keepdim=True) + 1e-20)).to(scores.dtype)
