# queries_keys_values: Calls itself until one row, or one number, is left.

# %% stable_softmax
def stable_softmax(scores):
    if scores.ndim > 1:
        return np.stack([stable_softmax(row) for row in scores])
    powers = np.exp(scores - max(scores))
    return powers / sum(powers)


# %% masked_softmax
def masked_softmax(scores, mask):
    mask = mask.expand_as(scores)
    if scores.ndim > 1:
        return torch.stack([masked_softmax(s, m) for s, m in zip(scores, mask)])
    if not mask.any():
        return scores * 0
    return scores.masked_fill(~mask, -math.inf).softmax(0)


# %% entropy
def entropy(weights):
    if weights.ndim == 0:
        return -weights * weights.log() if weights > 0 else weights * 0
    return sum(entropy(weights[..., i]) for i in range(weights.shape[-1])) if weights.ndim == 1 else (
        torch.stack([entropy(row) for row in weights])
    )


# %% most_read
def most_read(words, weights, k):
    if k == 0:
        return []
    i = weights.index(max(weights))
    return [words[i], *most_read(words[:i] + words[i + 1 :], weights[:i] + weights[i + 1 :], k - 1)]


# %% dot_product_attention
def dot_product_attention(Q, K, V, mask=None, temperature=1.0):
    if Q.ndim > 2:
        masks = [None] * len(Q) if mask is None else mask.expand(*Q.shape[:-1], K.shape[-2])
        return torch.stack(
            [dot_product_attention(q, k, v, m, temperature) for q, k, v, m in zip(Q, K, V, masks)]
        )
    scores = Q @ K.T / temperature
    return (scores.softmax(-1) if mask is None else masked_softmax(scores, mask)) @ V
