# transformer: Loops over sentences and positions, stacked again at the end; float64 inside.

# %% LayerNorm
class LayerNorm(nn.Module):
    def __init__(self, D):
        super().__init__()
        self.gain = nn.Parameter(torch.ones(D))
        self.bias = nn.Parameter(torch.zeros(D))

    def forward(self, X):
        rows = []
        for row in X.reshape(-1, X.shape[-1]):
            row = row.double()
            mean = sum(row) / len(row)
            variance = sum((x - mean) ** 2 for x in row) / len(row)
            rows.append((self.gain * (row - mean) / (variance + 1e-5) ** 0.5 + self.bias).to(X.dtype))
        return torch.stack(rows).reshape(X.shape)


# %% FeedForward
class FeedForward(nn.Module):
    def __init__(self, D, F):
        super().__init__()
        self.W_1, self.W_2 = nn.Linear(D, F), nn.Linear(F, D)

    def forward(self, X):
        rows = [self.W_2(self.W_1(row).clamp(min=0)) for row in X.reshape(-1, X.shape[-1])]
        return torch.stack(rows).view_as(X)


# %% EncoderBlock
class EncoderBlock(nn.Module):
    def __init__(self, D, H, F):
        super().__init__()
        self.attend = MultiHead(D, H)
        self.W_1, self.W_2 = nn.Linear(D, F), nn.Linear(F, D)
        self.norm_1, self.norm_2 = nn.LayerNorm(D), nn.LayerNorm(D)

    def one(self, X, mask):
        stream = X.clone()
        stream = stream + self.attend(self.norm_1(stream), mask=mask)[0]
        return stream + self.W_2(self.W_1(self.norm_2(stream)).clamp(min=0))

    def forward(self, X, mask):
        return torch.stack([self.one(x, m) for x, m in zip(X, mask)])


# %% DecoderBlock
class DecoderBlock(nn.Module):
    def __init__(self, D, H, F):
        super().__init__()
        self.attend, self.look = MultiHead(D, H), MultiHead(D, H)
        self.W_1, self.W_2 = nn.Linear(D, F), nn.Linear(F, D)
        self.norm_1, self.norm_2, self.norm_3 = (nn.LayerNorm(D) for _ in range(3))

    def one(self, X, memory, real):
        words = []
        for t in range(len(X)):  # what is written so far, and what the newest word makes of it
            Y = self.norm_1(X[: t + 1])
            x = X[t] + self.attend(Y)[0][t]
            kept = memory[real]
            x = x + self.look(self.norm_2(x)[None], kept)[0][0]
            words.append(x + self.W_2(self.W_1(self.norm_3(x)).clamp(min=0)))
        return torch.stack(words)

    def forward(self, X, memory, real):
        return torch.stack([self.one(x, m, r) for x, m, r in zip(X, memory, real)])


# %% shift_right
def shift_right(target, begin):
    rows = [[begin, *row[:-1]] for row in target.tolist()]
    return torch.tensor(rows, dtype=target.dtype, device=target.device)


# %% warm_up_rate
def warm_up_rate(step, D, warmup):
    return sorted([step**-0.5, step * warmup**-1.5])[0] * D**-0.5
