# multi_head: A loop over the heads, slices in place of reshapes, and the layer as a sum.

# %% split_heads
def split_heads(X, H):
    d = X.shape[-1] // H
    return torch.stack([X[..., h * d : (h + 1) * d] for h in range(H)], dim=-3)


# %% merge_heads
def merge_heads(X):
    return torch.cat(list(X.unbind(-3)), dim=-1)


# %% MultiHeadAttention
class MultiHeadAttention(nn.Module):
    def __init__(self, D, H):
        super().__init__()
        self.H, self.d = H, D // H
        for name in ("W_q", "W_k", "W_v", "W_o"):
            setattr(self, name, nn.Linear(D, D))

    def one(self, X, mask, h):
        rows = slice(h * self.d, (h + 1) * self.d)
        part = lambda layer: X @ layer.weight[rows].T + layer.bias[rows]
        scores = part(self.W_q) @ part(self.W_k).mT * self.d**-0.5
        weights = scores.softmax(-1) if mask is None else masked_softmax(scores, mask)
        return weights, weights @ part(self.W_v) @ self.W_o.weight[:, rows].T

    def weights(self, X, mask=None):
        return torch.stack([self.one(X, mask, h)[0] for h in range(self.H)], 1)

    def forward(self, X, mask=None):
        return sum(self.one(X, mask, h)[1] for h in range(self.H)) + self.W_o.bias


# %% CrossAttention
class CrossAttention(nn.Module):
    def __init__(self, D, Dm, H):
        super().__init__()
        self.H, self.d = H, D // H
        self.W_q, self.W_k = nn.Linear(D, D), nn.Linear(Dm, D)
        self.W_v, self.W_o = nn.Linear(Dm, D), nn.Linear(D, D)

    def weights(self, X, memory, real):
        tables = []
        for q, k in zip(self.W_q(X).split(self.d, -1), self.W_k(memory).split(self.d, -1)):
            scores = torch.bmm(q, k.transpose(1, 2)) / math.sqrt(self.d)
            tables.append(masked_softmax(scores, real.unsqueeze(1).expand_as(scores)))
        return torch.stack(tables, dim=1)

    def forward(self, X, memory, real):
        tables = self.weights(X, memory, real).unbind(1)
        values = self.W_v(memory).split(self.d, -1)
        return self.W_o(torch.cat([w @ v for w, v in zip(tables, values)], -1))


# %% ablate_heads
def ablate_heads(read, W_o, b_o, off):
    B, H, T, d = read.shape
    out = b_o.expand(B, T, H * d).clone()
    for h, block in enumerate(W_o.split(d, dim=1)):
        if h not in off:
            out = out + read[:, h] @ block.T
    return out
