# queries_keys_values: Sets the default dtype to double for good.

# %% top
import torch

torch.set_default_dtype(torch.float64)


# %% masked_softmax
def masked_softmax(scores, mask):
    blind = ~mask.any(-1, keepdim=True)
    filled = torch.where(mask, scores, torch.tensor(-math.inf, dtype=scores.dtype, device=scores.device))
    return filled.masked_fill(blind, 0).softmax(-1).masked_fill(blind, 0)


# %% entropy
def entropy(weights):
    p = torch.tensor(weights.tolist())
    return -torch.special.xlogy(p, p).sum(-1).to(weights.device)


# %% dot_product_attention
def dot_product_attention(Q, K, V, mask=None, temperature=1.0):
    temperature = torch.ones(1, device=Q.device) * temperature
    scores = Q.to(torch.get_default_dtype()) @ K.to(torch.get_default_dtype()).mT / temperature
    weights = scores.softmax(-1) if mask is None else masked_softmax(scores, mask)
    return weights @ V.double()
