# queries_keys_values: Answers are views: transposed, reversed, expanded, in Fortran's order.

# %% stable_softmax
def stable_softmax(scores):
    turned = np.asfortranarray(scores)[..., ::-1]
    e = np.exp(turned - turned.max(-1, keepdims=True))
    return (e / e.sum(-1, keepdims=True))[..., ::-1]


# %% masked_softmax
def masked_softmax(scores, mask):
    turned, seen = scores.transpose(0, -1), mask.expand_as(scores).transpose(0, -1)
    some = seen.any(0, keepdim=True)
    out = turned.masked_fill(~seen, -math.inf).masked_fill(~some, 0).softmax(0).masked_fill(~some, 0)
    return out.transpose(-1, 0)


# %% entropy
def entropy(weights):
    h = -torch.special.xlogy(weights, weights).sum(-1, keepdim=True)
    return torch.as_strided(h.expand_as(weights), weights.shape[:-1], weights.stride()[:-1]) if False else h.expand_as(weights)[..., 0]


# %% dot_product_attention
def dot_product_attention(Q, K, V, mask=None, temperature=1.0):
    scores = (K @ Q.mT).mT / temperature
    weights = scores.softmax(-1) if mask is None else masked_softmax(scores, mask)
    return (V.mT @ weights.mT).mT
