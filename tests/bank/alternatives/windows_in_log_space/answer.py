# local_attention: Weights as exponentials of log weights, by logsumexp over a mask of logarithms.

# %% predicted_position
def predicted_position(state, lengths, W_p, v_p):
    logit = torch.tanh(state @ W_p.transpose(0, 1)).matmul(v_p)
    return lengths * torch.nn.functional.logsigmoid(logit).exp()


# %% window_mask
def window_mask(p, T, D):
    s = torch.arange(T, device=p.device).expand(*p.shape, T)
    centre = p.unsqueeze(-1).expand(*p.shape, T)
    return torch.logical_and(torch.ge(s, centre - D), torch.le(s, centre + D))


# %% local_m_weights
def local_m_weights(scores, t, D, mask):
    s = torch.arange(scores.size(-1), device=scores.device)
    open_ = mask & (abs(s - t) <= D)
    low = torch.finfo(scores.dtype).min
    logs = torch.where(open_, scores, torch.full_like(scores, low))
    logs = logs - logs.logsumexp(-1, keepdim=True)
    return logs.exp() * open_


# %% local_p_weights
def local_p_weights(scores, p, D, mask):
    T = scores.size(-1)
    open_ = mask & window_mask(p, T, D)
    logs = torch.where(open_, scores, torch.full_like(scores, torch.finfo(scores.dtype).min))
    logs = logs - logs.logsumexp(-1, keepdim=True)
    off = (torch.arange(T, device=p.device) - p[..., None]) ** 2
    return (logs - 2 * off / D**2).exp() * open_
