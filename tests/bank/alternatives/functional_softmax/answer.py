# queries_keys_values: torch.nn.functional, torch.special and the methods of tensors.

# %% top
import torch.nn.functional as F


# %% masked_softmax
def masked_softmax(scores, mask):
    scores = scores.masked_fill(mask.logical_not(), -math.inf)
    dead = mask.logical_not().all(dim=-1, keepdim=True).expand(scores.shape)
    return F.softmin(-scores.masked_fill(dead, 0.0), dim=-1).masked_fill(dead, 0.0)


# %% entropy
def entropy(weights):
    return torch.distributions.Categorical(probs=weights, validate_args=False).entropy()


# %% dot_product_attention
def dot_product_attention(Q, K, V, mask=None, temperature=1.0):
    scores = F.linear(Q, K) if Q.ndim == 2 else torch.inner(Q, K) if K.ndim == 2 else Q @ K.mT
    scores = torch.true_divide(scores, temperature)
    weights = torch.special.softmax(scores, dim=-1) if mask is None else masked_softmax(scores, mask)
    return torch.matmul(weights, V)
