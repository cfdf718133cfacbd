# efficient_attention: One key at a time in Python loops, counting one by one, and sets that shrink.

# %% attention_cost
def attention_cost(Tq, Tk, d, dv, itemsize, tile=None):
    pairs = sum(Tk for _ in range(Tq))
    operations = pairs * (d + d) + pairs * (dv + dv)
    if tile is None:
        table = Tq * Tk
        moved = (Tq * d + Tk * d + table) + (table + table) + (table + Tk * dv + Tq * dv)
    else:
        moved, left = 0, Tq
        while left > 0:
            here = min(left, tile)
            moved += here * d + Tk * d + Tk * dv + here * dv
            left -= here
    return (operations, moved * itemsize)


# %% read_tile
def read_tile(m, l, o, scores, V):
    for j in range(scores.shape[-1]):
        s, v = scores[..., j], V[..., j, :]
        seen = s > -math.inf
        new = torch.where(seen, torch.maximum(m, s), m)
        base = torch.where(new > -math.inf, new, torch.zeros_like(new))
        keep = torch.exp(m - base)
        p = torch.exp(s - base)
        l = l * keep + p
        o = o * keep.unsqueeze(-1) + p.unsqueeze(-1) * v.unsqueeze(-2)
        m = new
    return [m, l, o]


# %% tiled_attention
def tiled_attention(Q, K, V, tile):
    m = torch.full_like(Q[..., 0], -math.inf)
    l = torch.zeros_like(m)
    o = torch.zeros(*m.shape, V.shape[-1], device=Q.device, dtype=Q.dtype)
    for j in range(K.shape[-2]):
        s = (Q * K[..., j : j + 1, :]).sum(-1) / math.sqrt(Q.shape[-1])
        new = torch.max(m, s)
        l = l * (m - new).exp() + (s - new).exp()
        o = o * (m - new).exp().unsqueeze(-1) + (s - new).exp().unsqueeze(-1) * V[..., j : j + 1, :]
        m = new
    return o / l.unsqueeze(-1)


# %% sliding_window_mask
def sliding_window_mask(T, before, after):
    return torch.tensor([[j in range(i - before, i + after + 1) for j in range(T)] for i in range(T)])


# %% global_token_mask
def global_token_mask(mask, is_global):
    T = len(is_global)
    rows = [[bool(mask[i, j]) or bool(is_global[i]) or bool(is_global[j]) for j in range(T)] for i in range(T)]
    return torch.tensor(rows, device=mask.device)


# %% linear_attention
def linear_attention(Q, K, V):
    S, z = 0, 0
    for k, v in zip(K.unbind(-2), V.unbind(-2)):
        phi = elu(k) + 1
        S = S + phi.unsqueeze(-1) * v.unsqueeze(-2)
        z = z + phi
    out = [((elu(q) + 1).unsqueeze(-1) * S).sum(-2) / ((elu(q) + 1) * z).sum(-1, keepdim=True) for q in Q.unbind(-2)]
    return torch.stack(out, -2)


# %% sparsemax
def sparsemax(scores):
    """Drops scores below the threshold until none is left below it."""
    flat, done = scores.reshape(-1, scores.shape[-1]), []
    for row in flat:
        kept = torch.ones_like(row, dtype=torch.bool)
        while True:
            tau = (row[kept].sum() - 1) / kept.sum()
            fewer = kept & (row > tau)
            if torch.equal(fewer, kept):
                break
            kept = fewer
        done.append((row - tau) * kept)
    return torch.stack(done).reshape(scores.shape)
