# transformer: Variance as mean of squares minus square of the mean, in float64; matrices by hand.

# %% LayerNorm
class LayerNorm(nn.Module):
    eps = 1e-5

    def __init__(self, D):
        super().__init__()
        self.gain = nn.Parameter(torch.ones(D))
        self.bias = nn.Parameter(torch.zeros(D))

    def forward(self, X):
        wide = X.to(torch.float64) if X.device.type != "mps" else X
        first = wide.mean(dim=-1, keepdim=True)
        second = (wide * wide).mean(dim=-1, keepdim=True)
        variance = (second - first**2).clamp_min(0)
        return (self.gain * ((wide - first) / (variance + self.eps).sqrt()) + self.bias).to(X.dtype)


# %% FeedForward
class FeedForward(nn.Module):
    def __init__(self, D, F):
        super().__init__()
        self.W_1 = nn.Linear(D, F)
        self.W_2 = nn.Linear(F, D)

    def forward(self, X):
        inside = X @ self.W_1.weight.T + self.W_1.bias
        inside = torch.where(inside > 0, inside, torch.zeros_like(inside))
        return inside @ self.W_2.weight.mT + self.W_2.bias


# %% EncoderBlock
class EncoderBlock(nn.Module):
    def __init__(self, D, H, F):
        super().__init__()
        self.D = D
        self.attend = MultiHead(D, H)
        self.W_1 = nn.Linear(D, F)
        self.W_2 = nn.Linear(F, D)
        self.norm_1 = nn.LayerNorm(D)
        self.norm_2 = nn.LayerNorm(D)

    def forward(self, X, mask):
        every = mask.expand(X.shape[0], X.shape[1], X.shape[1])
        out, weights = self.attend(self.norm_1(X), mask=every)
        del weights
        X = torch.add(X, out)
        thought = self.W_2(torch.maximum(self.W_1(self.norm_2(X)), torch.zeros((), device=X.device)))
        X = X + thought
        return X


# %% DecoderBlock
class DecoderBlock(nn.Module):
    def __init__(self, D, H, F):
        super().__init__()
        self.attend = MultiHead(D, H)
        self.look = MultiHead(D, H)
        self.W_1 = nn.Linear(D, F)
        self.W_2 = nn.Linear(F, D)
        self.norm_1 = nn.LayerNorm(D)
        self.norm_2 = nn.LayerNorm(D)
        self.norm_3 = nn.LayerNorm(D)

    def forward(self, X, memory, real):
        B, T, _ = X.shape
        later = torch.triu(torch.ones(B, T, T, device=X.device), diagonal=1) > 0
        padding = real[:, None, :].expand(B, T, real.shape[1])
        X = X + self.attend(self.norm_1(X), mask=~later)[0]
        X = X + self.look(self.norm_2(X), memory, mask=padding)[0]
        return X + self.W_2(torch.nn.ReLU()(self.W_1(self.norm_3(X))))


# %% shift_right
def shift_right(target, begin):
    shifted = torch.roll(target, shifts=1, dims=-1)
    shifted[:, 0] = begin
    return shifted


# %% warm_up_rate
def warm_up_rate(step, D, warmup):
    import math

    logs = [-0.5 * math.log(step), math.log(step) - 1.5 * math.log(warmup)]
    return math.exp(min(logs) - 0.5 * math.log(D))
