# self_attention: einsum for every product, masks as numbers that are added, powers of two by exp2.

# %% project_qkv
def project_qkv(X, W_q, W_k, W_v):
    return tuple(torch.einsum("...td,de->...te", X, W) for W in (W_q, W_k, W_v))


# %% self_attention
def self_attention(X, W_q, W_k, W_v, causal=False):
    Q, K, V = project_qkv(X, W_q, W_k, W_v)
    scores = torch.einsum("...qd,...kd->...qk", Q, K) * W_q.size(1) ** -0.5
    if causal:
        T = X.size(-2)
        scores = scores + torch.full((T, T), float("-inf"), device=X.device).triu(1)
    return torch.einsum("...qk,...kv->...qv", torch.softmax(scores, dim=-1), V)


# %% is_equivariant
def is_equivariant(layer, X):
    T = len(X)
    out = layer(X)
    permutation = np.eye(T)
    for seed in range(60):
        P = permutation[np.random.default_rng(seed).permutation(T)]
        if not np.allclose(layer(P @ X), P @ out, rtol=0, atol=1e-6):
            return False
    return True


# %% sinusoidal_encoding
def sinusoidal_encoding(T, D):
    frequencies = np.exp(-np.log(10000.0) * np.arange(0, D, 2) / D)
    angles = np.einsum("t,f->tf", np.arange(T, dtype=float), frequencies)
    return np.stack([np.sin(angles), np.cos(angles)], axis=-1).reshape(T, D)


# %% rotary_embedding
def rotary_embedding(X):
    T, d = X.shape[-2:]
    speeds = torch.exp(-math.log(10000) * torch.arange(0, d, 2, device=X.device) / d)
    angle = torch.einsum("t,f->tf", torch.arange(T, device=X.device).float(), speeds).to(X.dtype)
    R = torch.stack([angle.cos(), -angle.sin(), angle.sin(), angle.cos()], -1).unflatten(-1, (2, 2))
    return torch.einsum("tfij,...tfj->...tfi", R, X.unflatten(-1, (d // 2, 2))).flatten(-2)


# %% add_alibi
def add_alibi(scores):
    H, T = scores.size(-3), scores.size(-1)
    slopes = torch.exp2(-torch.arange(1, H + 1, device=scores.device) * (8 / H))
    t = torch.arange(T, device=scores.device).to(scores)
    distance = torch.cdist(t[:, None], t[:, None], p=1)
    return scores - torch.einsum("h,ij->hij", slopes.to(scores), distance)
