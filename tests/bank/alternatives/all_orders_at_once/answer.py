# is_attention_explanation: No loop: all orders as one tensor, pairs by indices, a threshold that erases.

# %% total_variation
def total_variation(p, q):
    """One minus what the two have in common."""
    return torch.maximum(p, q).sum(-1) - (p.sum(-1) + q.sum(-1)) / 2


# %% permutation_test
def permutation_test(weights, annotations, W, orders):
    shuffled = weights[..., orders]  # (..., n, T)
    scores = torch.einsum("...nt,...tm,cm->...nc", shuffled, annotations, W)
    trained = torch.einsum("...t,...tm,cm->...c", weights, annotations, W)
    changes = total_variation(scores.softmax(-1), trained.softmax(-1).unsqueeze(-2))
    return changes.quantile(0.5, dim=-1)


# %% rank_agreement
def rank_agreement(a, b):
    i, j = torch.triu_indices(a.shape[-1], a.shape[-1], offset=1, device=a.device)
    x = torch.sign(a[..., i] - a[..., j])
    y = torch.sign(b[..., i] - b[..., j])
    return torch.nn.functional.cosine_similarity(x, y, dim=-1)


# %% erase
def erase(weights, ranking, k):
    place = (ranking.unsqueeze(-2) > ranking.unsqueeze(-1)).sum(-1)  # how many stand before it
    kept = weights * (place >= k)
    return kept / kept.sum(-1, keepdim=True).clamp_min(torch.finfo(weights.dtype).tiny)
