# queries_keys_values: Axes are split, moved and joined by hand before every product.

# %% stable_softmax
def stable_softmax(scores):
    columns = np.moveaxis(scores, -1, 0)
    e = np.exp(columns - columns.max(0))
    return np.moveaxis(e / e.sum(0), 0, -1)


# %% masked_softmax
def masked_softmax(scores, mask):
    columns = scores.movedim(-1, 0)
    seen = mask.expand_as(scores).movedim(-1, 0)
    some = seen.any(0)
    columns = columns.masked_fill(~seen, -math.inf).masked_fill(~some, 0)
    return (columns.softmax(0) * some).movedim(0, -1)


# %% dot_product_attention
def dot_product_attention(Q, K, V, mask=None, temperature=1.0):
    scores = (Q.unsqueeze(-2) * K.unsqueeze(-3)).sum(-1) / temperature
    mask = scores.new_ones(scores.shape, dtype=torch.bool) if mask is None else mask
    weights = masked_softmax(scores, mask)
    flat = weights.reshape(-1, *weights.shape[-2:]).flatten(0, 1).unflatten(0, (-1, weights.shape[-2]))
    values = V.reshape(-1, *V.shape[-2:])
    out = (flat.unsqueeze(-1) * values.unsqueeze(1)).sum(2)
    return out.reshape(*Q.shape[:-1], V.shape[-1])
