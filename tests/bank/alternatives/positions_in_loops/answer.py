# self_attention: one position at a time, with loops and lists, and no mask anywhere.

# %% project_qkv
def project_qkv(X, W_q, W_k, W_v):
    results = []
    for W in (W_q, W_k, W_v):
        rows = [x @ W for x in X.unbind(-2)]
        results.append(torch.stack(rows, dim=-2))
    return results


# %% self_attention
def self_attention(X, W_q, W_k, W_v, causal=False):
    Q, K, V = project_qkv(X, W_q, W_k, W_v)
    T = X.shape[-2]
    out = []
    for t in range(T):
        seen = t + 1 if causal else T
        s = (K[..., :seen, :] * Q[..., t : t + 1, :]).sum(-1) / math.sqrt(Q.shape[-1])
        w = torch.exp(s - s.max(-1, keepdim=True).values)
        w = w / w.sum(-1, keepdim=True)
        out.append((w[..., None] * V[..., :seen, :]).sum(-2))
    return torch.stack(out, -2)


# %% is_equivariant
def is_equivariant(layer, X):
    T = X.shape[0]

    def orders(rest):
        if not rest:
            yield []
        for first in rest:
            for others in orders([r for r in rest if r != first]):
                yield [first] + others

    before = layer(X)
    for order in orders(list(range(T))):
        after = layer(X[order])
        for place, old in enumerate(order):
            if abs(after[place] - before[old]).max() > 1e-6:
                return False
    return True


# %% sinusoidal_encoding
def sinusoidal_encoding(T, D):
    table = [[0.0] * D for _ in range(T)]
    for t in range(T):
        for column in range(D):
            pair = column // 2
            angle = t / 10000 ** (2 * pair / D)
            table[t][column] = math.cos(angle) if column % 2 else math.sin(angle)
    return np.array(table)


# %% rotary_embedding
def rotary_embedding(X):
    T, d = X.shape[-2:]
    rows = []
    for t in range(T):
        columns = []
        for i in range(d // 2):
            phi = t / 10000 ** (2 * i / d)
            a, b = X[..., t, 2 * i], X[..., t, 2 * i + 1]
            columns += [a * math.cos(phi) - b * math.sin(phi), a * math.sin(phi) + b * math.cos(phi)]
        rows.append(torch.stack(columns, -1))
    return torch.stack(rows, -2)


# %% add_alibi
def add_alibi(scores):
    out = scores.clone()
    H, T = scores.shape[-3], scores.shape[-1]
    for h in range(H):
        m = 2 ** (-8 * (h + 1) / H)
        for i in range(T):
            for j in range(T):
                out[..., h, i, j] = scores[..., h, i, j] - m * abs(i - j)
    return out
