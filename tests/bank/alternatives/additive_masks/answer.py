# queries_keys_values: Adds a mask of 0 and -inf; multiplies after it.

# %% masked_softmax
def masked_softmax(scores, mask):
    bias = torch.zeros_like(mask, dtype=scores.dtype).masked_fill(~mask, -math.inf)
    bias = torch.where(mask.any(-1, keepdim=True), bias, torch.zeros_like(bias))
    return (scores + bias).softmax(-1) * mask.to(scores.dtype)


# %% dot_product_attention
def dot_product_attention(Q, K, V, mask=None, temperature=1.0):
    if mask is None:
        mask = Q.new_ones(Q.shape[-2], K.shape[-2]).bool()
    return masked_softmax(Q @ K.mT / temperature, mask) @ V
