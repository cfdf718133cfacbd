# queries_keys_values: All leading axes become one batch, and bmm does the rest.

# %% masked_softmax
def masked_softmax(scores, mask):
    shape = scores.shape
    mask = torch.broadcast_to(mask, shape).reshape(-1, shape[-1])
    flat = scores.view(-1, shape[-1]) if scores.is_contiguous() else scores.reshape(-1, shape[-1])
    out = torch.zeros_like(flat)
    some = mask.any(1)
    hidden = torch.where(mask[some], flat[some], torch.tensor(-math.inf, dtype=flat.dtype, device=flat.device))
    out = out.index_put((some.nonzero().squeeze(1),), hidden.softmax(1))
    return out.view(shape)


# %% dot_product_attention
def dot_product_attention(Q, K, V, mask=None, temperature=1.0):
    batch, Tq, Tk = Q.shape[:-2], Q.size(-2), K.size(-2)
    B = math.prod(batch)
    q, k, v = (x.reshape(B, x.size(-2), x.size(-1)) for x in (Q, K, V))
    scores = torch.bmm(q, k.permute(0, 2, 1)) / temperature
    if mask is not None:
        mask = mask.expand(*batch, Tq, Tk).reshape(B, Tq, Tk)
        weights = masked_softmax(scores, mask)
    else:
        weights = torch.softmax(scores, dim=2)
    return torch.bmm(weights, v).reshape(*batch, Tq, -1)
