# scaled_dot_product: Lets a row become nan, and mends it where that is still in time.

# %% masked_attention
def masked_attention(Q, K, V, mask):
    scores = (Q / Q.shape[-1] ** 0.5) @ K.mT
    # masked_fill stops the gradient at every hidden score, and in such a row all are hidden.
    return scores.masked_fill(~mask, -math.inf).softmax(-1).nan_to_num(0.0) @ V
