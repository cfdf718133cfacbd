# queries_keys_values: One pass over the keys with a running maximum, as on a GPU.

# %% dot_product_attention
def dot_product_attention(Q, K, V, mask=None, temperature=1.0, block=2):
    shape = (*Q.shape[:-1], K.shape[-2])
    mask = torch.ones(shape, dtype=torch.bool, device=Q.device) if mask is None else mask.expand(shape)
    top = Q.new_full((*Q.shape[:-1], 1), -1e30)
    total = Q.new_zeros((*Q.shape[:-1], 1))
    out = Q.new_zeros((*Q.shape[:-1], V.shape[-1]))
    for j in range(0, K.shape[-2], block):
        here = slice(j, j + block)
        scores = Q @ K[..., here, :].transpose(-1, -2) / temperature
        scores = scores.masked_fill(~mask[..., here], -math.inf)
        new = torch.maximum(top, scores.amax(-1, keepdim=True)).detach()
        powers = (scores - new).exp()
        shrink = (top - new).exp()
        total = total * shrink + powers.sum(-1, keepdim=True)
        out = out * shrink + powers @ V[..., here, :]
        top = new
    return torch.where(total > 0, out / torch.where(total > 0, total, 1.0), 0.0)


# %% stable_softmax
def stable_softmax(scores):
    top = np.full(scores.shape[:-1], -np.inf)
    total = np.zeros(scores.shape[:-1])
    for j in range(scores.shape[-1]):
        new = np.maximum(top, scores[..., j])
        total = total * np.exp(top - new) + np.exp(scores[..., j] - new)
        top = new
    return np.exp(scores - top[..., None]) / total[..., None]
