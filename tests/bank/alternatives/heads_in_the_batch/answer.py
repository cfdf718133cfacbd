# multi_head: Heads folded into the batch, as old code does; gates in W_o instead of in the heads.

# %% top
def fold(x, heads):
    """(B, T, D) to (B · heads, T, d)."""
    b, t, width = x.size()
    x = x.view(b, t, heads, width // heads).permute(0, 2, 1, 3).contiguous()
    return x.view(b * heads, t, width // heads)


def unfold(x, heads):
    bh, t, d = x.size()
    return x.view(bh // heads, heads, t, d).permute(0, 2, 1, 3).contiguous().view(-1, t, heads * d)


# %% split_heads
def split_heads(X, H):
    front = X.shape[:-2]
    flat = X.reshape(-1, *X.shape[-2:])
    return fold(flat, H).view(*front, H, X.shape[-2], X.shape[-1] // H)


# %% merge_heads
def merge_heads(X):
    *front, H, T, d = X.shape
    return unfold(X.reshape(-1, T, d), H).reshape(*front, T, H * d)


# %% MultiHeadAttention
class MultiHeadAttention(nn.Module):
    def __init__(self, D, H):
        super().__init__()
        self.n = H
        parts = {name: nn.Linear(D, D) for name in ["W_o", "W_v", "W_k", "W_q"]}
        for name, part in parts.items():
            self.add_module(name, part)

    def folded(self, asks, reads, hidden):
        q, k = fold(self.W_q(asks), self.n), fold(self.W_k(reads), self.n)
        scores = torch.baddbmm(torch.zeros(1, 1, 1).to(q), q, k.mT, alpha=1 / math.sqrt(q.size(-1)))
        return masked_softmax(scores, ~hidden.repeat_interleave(self.n, 0))

    def weights(self, X, mask=None):
        b, t, _ = X.size()
        if mask is None:
            hidden = torch.zeros(b, t, t, dtype=torch.bool, device=X.device)
        else:
            hidden = (~mask).expand(b, t, t)
        return self.folded(X, X, hidden).view(b, self.n, t, t)

    def forward(self, X, mask=None):
        table = self.weights(X, mask).flatten(0, 1)
        return self.W_o(unfold(table.bmm(fold(self.W_v(X), self.n)), self.n))


# %% CrossAttention
class CrossAttention(MultiHeadAttention):
    def __init__(self, D, Dm, H):
        super().__init__(D, H)
        self.W_k = nn.Linear(Dm, D)
        self.W_v = nn.Linear(Dm, D)

    def weights(self, X, memory, real):
        b, t, s = len(X), X.size(1), memory.size(1)
        hidden = (~real)[:, None].expand(b, t, s)
        return self.folded(X, memory, hidden).view(b, self.n, t, s)

    def forward(self, X, memory, real):
        table = self.weights(X, memory, real).flatten(0, 1)
        return self.W_o(unfold(table.bmm(fold(self.W_v(memory), self.n)), self.n))


# %% ablate_heads
def ablate_heads(read, W_o, b_o, off):
    d = read.shape[-1]
    columns = torch.tensor([c // d not in off for c in range(W_o.shape[1])], device=W_o.device)
    silenced = torch.where(columns, W_o, torch.zeros_like(W_o))
    return nn.functional.linear(merge_heads(read), silenced, b_o)
