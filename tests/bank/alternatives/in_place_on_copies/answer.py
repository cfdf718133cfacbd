# queries_keys_values: Works in place, on copies of what it was given.

# %% stable_softmax
def stable_softmax(scores):
    out = scores.copy()
    out -= out.max(-1, keepdims=True)
    np.exp(out, out=out)
    out /= out.sum(-1, keepdims=True)
    return out


# %% masked_softmax
def masked_softmax(scores, mask):
    out = scores.clone()
    mask = mask.expand(out.shape)
    blind = mask.logical_not().all(-1)
    out[~mask] = -math.inf
    out[blind] = 0
    out = out.softmax(-1)
    out = out.clone()
    out[blind] = 0
    return out


# %% entropy
def entropy(weights):
    p = weights.clone()
    logs = p.clone().clamp_(min=torch.finfo(p.dtype).tiny).log_()
    return p.mul_(logs).sum(-1).neg_()


# %% most_read
def most_read(words, weights, k):
    weights = list(weights)
    out = []
    for _ in range(k):
        i = weights.index(max(weights))
        out.append(words[i])
        weights[i] = -math.inf
    return out


# %% dot_product_attention
def dot_product_attention(Q, K, V, mask=None, temperature=1.0):
    scores = Q.clone().matmul(K.clone().transpose_(-1, -2))
    scores = scores.div_(temperature)
    if mask is None:
        weights = scores.softmax(-1)
    else:
        weights = masked_softmax(scores, mask.clone())
    out = torch.zeros(*Q.shape[:-1], V.shape[-1], dtype=V.dtype, device=V.device)
    out += weights @ V
    return out
