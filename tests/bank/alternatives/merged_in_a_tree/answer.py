# efficient_attention: Parts are computed apart and merged two by two; masks by triangles; weights by einsum.

# %% attention_cost
def attention_cost(Tq, Tk, d, dv, itemsize, tile=None):
    matrix = lambda rows, inner, columns: 2 * rows * inner * columns
    flops = matrix(Tq, d, Tk) + matrix(Tq, Tk, dv)
    if tile is None:
        steps = [Tq * d, d * Tk, Tq * Tk, Tq * Tk, Tq * Tk, Tq * Tk, Tk * dv, Tq * dv]
    else:
        starts = range(0, Tq, tile)
        steps = [min(tile, Tq - i) * (d + dv) + Tk * (d + dv) for i in starts]
    return [flops, itemsize * sum(steps)]


# %% read_tile
def read_tile(m, l, o, scores, V):
    top = scores.max(-1).values
    top_safe = torch.where(torch.isinf(top), torch.zeros_like(top), top)
    p = torch.exp(scores - top_safe.unsqueeze(-1))
    return merge((m, l, o), (top, p.sum(dim=-1), torch.einsum("...qn,...nv->...qv", p, V)))


def merge(a, b):
    m = torch.where(a[0] > b[0], a[0], b[0])
    scale = [torch.where(torch.isinf(x[0]), torch.zeros_like(m), (x[0] - torch.where(torch.isinf(m), 0.0, m)).exp()) for x in (a, b)]
    l = scale[0] * a[1] + scale[1] * b[1]
    return m, l, scale[0].unsqueeze(-1) * a[2] + scale[1].unsqueeze(-1) * b[2]


# %% tiled_attention
def tiled_attention(Q, K, V, tile):
    def part(k, v):
        s = torch.einsum("...qd,...kd->...qk", Q, k) * Q.shape[-1] ** -0.5
        m = s.amax(-1)
        p = torch.exp(s - m[..., None])
        return m, p.sum(-1), torch.einsum("...qk,...kv->...qv", p, v)

    def both(a, b):
        m = torch.maximum(a[0], b[0])
        x, y = torch.exp(a[0] - m), torch.exp(b[0] - m)
        return m, x * a[1] + y * b[1], x[..., None] * a[2] + y[..., None] * b[2]

    parts = [part(K[..., j : j + tile, :], V[..., j : j + tile, :]) for j in range(0, K.size(-2), tile)]
    while len(parts) > 1:
        halves = [both(*parts[i : i + 2]) if i + 1 < len(parts) else parts[i] for i in range(0, len(parts), 2)]
        parts = halves
    return parts[0][2] / parts[0][1][..., None]


# %% sliding_window_mask
def sliding_window_mask(T, before, after):
    full = torch.ones((T, T), dtype=torch.bool)
    return torch.tril(full, after) & torch.triu(full, -before)


# %% global_token_mask
def global_token_mask(mask, is_global):
    out = mask.clone()
    out[is_global] = True
    out[:, is_global] = True
    return out


# %% linear_attention
def linear_attention(Q, K, V):
    phi = lambda x: torch.where(x > 0, x + 1, torch.exp(torch.clamp(x, max=0)))
    q, k = phi(Q), phi(K)
    with_one = torch.cat([V, torch.ones_like(V[..., :1])], -1)
    both = torch.einsum("...qd,...dv->...qv", q, torch.einsum("...kd,...kv->...dv", k, with_one))
    return both[..., :-1] / both[..., -1:]


# %% sparsemax
def sparsemax(scores):
    s = scores.detach().double()
    low, high = s.amax(-1, keepdim=True) - 1, s.amax(-1, keepdim=True)
    for _ in range(80):
        middle = (low + high) / 2
        too_much = (s - middle).clamp(min=0).sum(-1, keepdim=True) > 1
        low, high = torch.where(too_much, middle, low), torch.where(too_much, high, middle)
    kept = s > low
    tau = ((scores * kept).sum(-1, keepdim=True) - 1) / kept.sum(-1, keepdim=True)
    return torch.where(kept, scores - tau, torch.zeros_like(scores))
