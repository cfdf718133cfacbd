# local_attention: Bounds by ceil and floor instead of distances, clamped to the sentence.

# %% predicted_position
def predicted_position(state, lengths, W_p, v_p):
    hidden = torch.tanh(torch.einsum("kn,...n->...k", W_p, state))
    return torch.sigmoid(torch.einsum("k,...k->...", v_p, hidden)).mul(lengths)


# %% window_mask
def window_mask(p, T, D):
    first, last = torch.ceil(p - D).clamp(min=0), torch.floor(p + D).clamp(max=T - 1)
    s = torch.arange(T, device=p.device)
    return (s >= first.unsqueeze(-1)) & (s <= last.unsqueeze(-1))


# %% local_m_weights
def local_m_weights(scores, t, D, mask):
    T = scores.shape[-1]
    inside = torch.zeros_like(mask)
    inside[..., max(0, t - D) : t + D + 1] = True
    inside = inside & mask
    weights = torch.softmax(torch.where(inside, scores, float("-inf")), dim=-1)
    some = inside.any(dim=-1, keepdim=True).expand_as(weights)
    safe = torch.softmax(torch.where(inside | ~some, scores, float("-inf")), dim=-1)
    return torch.where(some, safe, torch.zeros_like(weights))


# %% local_p_weights
def local_p_weights(scores, p, D, mask):
    T = scores.shape[-1]
    inside = window_mask(p, T, D) & mask
    align = torch.softmax(scores.masked_fill(inside.logical_not(), float("-inf")), dim=-1)
    z = (torch.arange(T, device=p.device) - p.unsqueeze(-1)) / (D / 2)
    return align * torch.exp(-0.5 * z.square())
