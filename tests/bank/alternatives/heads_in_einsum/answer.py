# multi_head: Einstein's sums over projections that are cut into heads, and no split or merge.

# %% split_heads
def split_heads(X, H):
    return torch.einsum("...thd->...htd", X.unflatten(-1, (H, X.shape[-1] // H)))


# %% merge_heads
def merge_heads(X):
    return torch.einsum("...htd->...thd", X).flatten(start_dim=-2)


# %% MultiHeadAttention
class MultiHeadAttention(nn.Module):
    def __init__(self, D, H):
        super().__init__()
        self.heads = H
        self.W_q = nn.Linear(D, D)
        self.W_k = nn.Linear(D, D)
        self.W_v = nn.Linear(D, D)
        self.W_o = nn.Linear(D, D)

    def project(self, layer, X):
        W = layer.weight.unflatten(0, (self.heads, -1))
        return torch.einsum("hcd,btd->bhtc", W, X) + layer.bias.view(self.heads, 1, -1)

    def weights(self, X, mask=None):
        Q, K = self.project(self.W_q, X), self.project(self.W_k, X)
        scores = torch.einsum("bhtc,bhsc->bhts", Q / Q.shape[-1] ** 0.5, K)
        if mask is None:
            return torch.exp(scores - scores.logsumexp(-1, keepdim=True))
        if mask.dim() == 3:
            mask = mask[:, None]
        hidden = scores.masked_fill(mask.logical_not(), float("-inf"))
        empty = ~mask.any(-1, keepdim=True)
        return hidden.masked_fill(empty, 0.0).softmax(-1).masked_fill(empty, 0.0)

    def forward(self, X, mask=None):
        read = torch.einsum("bhts,bhsc->bhtc", self.weights(X, mask), self.project(self.W_v, X))
        W = self.W_o.weight.unflatten(1, (self.heads, -1))
        return torch.einsum("bhtc,dhc->btd", read, W) + self.W_o.bias


# %% CrossAttention
class CrossAttention(MultiHeadAttention):
    def __init__(self, D, Dm, H):
        super().__init__(D, H)
        self.W_k, self.W_v = nn.Linear(Dm, D), nn.Linear(Dm, D)

    def weights(self, X, memory, real):
        Q, K = self.project(self.W_q, X), self.project(self.W_k, memory)
        scores = torch.einsum("bhtc,bhsc->bhts", Q, K) / math.sqrt(K.size(-1))
        return masked_softmax(scores, torch.einsum("bs->bs", real)[:, None, None])

    def forward(self, X, memory, real):
        V = self.project(self.W_v, memory)
        read = torch.einsum("bhts,bhsc->bthc", self.weights(X, memory, real), V)
        return self.W_o(read.reshape(*X.shape))


# %% ablate_heads
def ablate_heads(read, W_o, b_o, off):
    on = torch.tensor([float(h not in off) for h in range(read.shape[1])]).to(read)
    W = W_o.unflatten(1, (read.shape[1], -1))
    return torch.einsum("bhtc,h,dhc->btd", read, on, W) + b_o
