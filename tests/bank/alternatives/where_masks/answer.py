# queries_keys_values: torch.where in place of masked_fill.

# %% masked_softmax
def masked_softmax(scores, mask):
    some = mask.any(-1, keepdim=True)
    filled = torch.where(mask, scores, torch.full_like(scores, -torch.inf))
    return torch.where(some, torch.where(some, filled, 0.0).softmax(-1), 0.0)


# %% entropy
def entropy(weights):
    safe = torch.where(weights == 0, 1.0, weights)
    return torch.where(weights == 0, 0.0, -weights * safe.log()).sum(dim=-1)


# %% dot_product_attention
def dot_product_attention(Q, K, V, mask=None, temperature=1.0):
    mask = torch.tensor(True, device=Q.device) if mask is None else mask
    scores = Q @ K.transpose(-1, -2) / temperature
    return masked_softmax(scores, torch.where(mask, mask, False).expand_as(scores)) @ V
