# queries_keys_values: Written for one row, and lifted by torch.vmap.

# %% masked_softmax
def one_row(scores, mask):
    some = mask.any()
    scores = torch.where(mask, scores, -math.inf)
    return torch.where(some, torch.where(some, scores, 0.0).softmax(0), 0.0)


def masked_softmax(scores, mask):
    function = one_row
    for _ in range(scores.ndim - 1):
        function = torch.vmap(function)
    return function(scores, mask.expand_as(scores))


# %% entropy
def entropy(weights):
    n = weights.shape[-1]
    return torch.func.vmap(lambda p: -torch.special.xlogy(p, p).sum())(weights.reshape(-1, n)).reshape(weights.shape[:-1])


# %% dot_product_attention
def dot_product_attention(Q, K, V, mask=None, temperature=1.0):
    mask = torch.ones(Q.shape[-2], K.shape[-2], dtype=torch.bool, device=Q.device) if mask is None else mask

    def one_query(q, m, K, V):
        return one_row((K * q).sum(-1) / temperature, m) @ V

    attend = torch.vmap(one_query, in_dims=(0, 0, None, None))
    for _ in Q.shape[:-2]:
        attend = torch.vmap(attend)
    return attend(Q, mask.expand(*Q.shape[:-1], K.shape[-2]), K, V)
