# self_attention: complex numbers turn, one matrix projects, swaps and one long cycle test.

# %% project_qkv
def project_qkv(X, W_q, W_k, W_v):
    together = X @ torch.cat([W_q, W_k, W_v], dim=1)
    d, dv = W_q.shape[1], W_v.shape[1]
    return together.split([d, d, dv], dim=-1)


# %% self_attention
def self_attention(X, W_q, W_k, W_v, causal=False):
    q, k, v = project_qkv(X, W_q, W_k, W_v)
    scores = torch.matmul(q / q.shape[-1] ** 0.5, k.transpose(-2, -1))
    t = torch.arange(X.shape[-2], device=X.device)
    if causal:
        scores = torch.where(t[:, None] >= t, scores, -torch.inf)
    return torch.exp(torch.log_softmax(scores, -1)).matmul(v)


# %% is_equivariant
def is_equivariant(layer, X):
    # Neighbouring swaps make every order, so they are enough, with some random ones to be sure.
    T = len(X)
    orders = [np.arange(T)[::-1], np.roll(np.arange(T), 1)]
    for i in range(T - 1):
        order = np.arange(T)
        order[[i, i + 1]] = order[[i + 1, i]]
        orders.append(order)
    orders += [np.random.permutation(T) for _ in range(40)]
    out = layer(X)
    return all(
        bool(np.allclose(layer(X[order])[np.argsort(order)], out, atol=1e-6)) for order in orders
    )


# %% sinusoidal_encoding
def sinusoidal_encoding(T, D):
    turns = np.exp(1j * np.outer(np.arange(T), 10000.0 ** (-np.arange(0, D, 2) / D)))
    encoding = np.zeros((T, D))
    encoding[:, ::2], encoding[:, 1::2] = turns.imag, turns.real
    return encoding


# %% rotary_embedding
def rotary_embedding(X):
    T, d = X.shape[-2:]
    angle = torch.outer(
        torch.arange(T, device=X.device, dtype=X.dtype),
        10000.0 ** (-torch.arange(0, d, 2, device=X.device, dtype=X.dtype) / d),
    )
    pairs = torch.view_as_complex(X.reshape(*X.shape[:-1], d // 2, 2).contiguous())
    return torch.view_as_real(pairs * torch.polar(torch.ones_like(angle), angle)).reshape(X.shape)


# %% add_alibi
def add_alibi(scores):
    *_, H, T, _ = scores.shape
    ratio = 2.0 ** (-8.0 / H)
    slopes = torch.tensor([ratio ** (h + 1) for h in range(H)], dtype=scores.dtype, device=scores.device)
    steps = torch.arange(T, dtype=scores.dtype, device=scores.device)
    distance = (steps.unsqueeze(0) - steps.unsqueeze(1)).abs()
    return torch.addcmul(scores, slopes.view(H, 1, 1), -distance.expand(H, T, T))
