# local_attention: One sentence and one position at a time; math for single numbers, lists stacked at the end.

# %% top
import math

# %% predicted_position
def predicted_position(state, lengths, W_p, v_p):
    shape = lengths.shape
    flat = []
    for h, S in zip(state.reshape(-1, state.shape[-1]), lengths.reshape(-1)):
        total = sum(v * torch.tanh((row * h).sum()) for v, row in zip(v_p, W_p))
        flat.append(S / (1 + torch.exp(-total)))
    return torch.stack(flat).reshape(shape)


# %% window_mask
def window_mask(p, T, D):
    rows = [[p_i - D <= s <= p_i + D for s in range(T)] for p_i in p.reshape(-1).tolist()]
    return torch.tensor(rows, device=p.device).reshape(*p.shape, T)


# %% local_m_weights
def local_m_weights(scores, t, D, mask):
    T = scores.shape[-1]
    out = []
    for row, real in zip(scores.reshape(-1, T), mask.expand_as(scores).reshape(-1, T)):
        places = [s for s in range(max(0, t - D), min(T, t + D + 1)) if real[s]]
        weights = torch.zeros_like(row)
        if places:
            powers = (row[places] - row[places].max().detach()).exp()
            index = torch.tensor(places, device=row.device)
            weights = weights.index_put((index,), powers / powers.sum())
        out.append(weights)
    return torch.stack(out).reshape(scores.shape)


# %% local_p_weights
def local_p_weights(scores, p, D, mask):
    T = scores.shape[-1]
    out = []
    for row, centre, real in zip(scores.reshape(-1, T), p.reshape(-1), mask.reshape(-1, T)):
        inside = [s for s in range(T) if real[s] and math.fabs(s - centre.item()) <= D]
        largest = max((row[s].item() for s in inside), default=0.0)
        powers = {s: (row[s] - largest).exp() for s in inside}
        total = sum(powers.values())
        zero = row.sum() * 0
        out += [
            powers[s] / total * (-2 * ((s - centre) / D) ** 2).exp() if s in powers else zero
            for s in range(T)
        ]
    return torch.stack(out).reshape(scores.shape)
