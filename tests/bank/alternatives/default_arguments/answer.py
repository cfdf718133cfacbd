# queries_keys_values: Helpers, modules and lists come in as default arguments.

# %% stable_softmax
def stable_softmax(scores, exp=np.exp, seen=[]):
    seen.append(scores.shape)
    e = exp(scores - scores.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


# %% most_read
def most_read(words, weights, k, cache={}, order=sorted):
    cache["calls"] = cache.get("calls", 0) + 1
    return [words[i] for i in order(range(len(words)), key=lambda i, weights=weights: -weights[i])[:k]]


# %% dot_product_attention
def dot_product_attention(Q, K, V, mask=None, temperature=1.0, softmax=torch.softmax, inf=math.inf):
    scores = Q @ K.transpose(-1, -2) / temperature
    if mask is None:
        return softmax(scores, -1) @ V
    empty = ~mask.any(-1, keepdim=True)
    return softmax(scores.masked_fill(~mask, -inf).masked_fill(empty, 0), -1).masked_fill(empty, 0) @ V
