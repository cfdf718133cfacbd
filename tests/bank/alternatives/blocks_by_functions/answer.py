# transformer: torch.nn.functional where it is allowed, gelu-free, and closures for the sublayers.

# %% top
import torch.nn.functional as F_


def add(X, norm, sublayer):
    return X + sublayer(norm(X))


# %% LayerNorm
class LayerNorm(nn.Module):
    def __init__(self, D):
        super().__init__()
        self.register_parameter("gain", nn.Parameter(torch.ones(D)))
        self.register_parameter("bias", nn.Parameter(torch.zeros(D)))

    def forward(self, X):
        variance, mean = torch.var_mean(X, dim=-1, correction=0, keepdim=True)
        return torch.addcmul(self.bias, (X - mean) * torch.rsqrt(variance + 1e-5), self.gain)


# %% FeedForward
class FeedForward(nn.Module):
    def __init__(self, D, F):
        super().__init__()
        self.W_1 = nn.Linear(D, F)
        self.W_2 = nn.Linear(F, D)

    def forward(self, X):
        return F_.linear(F_.relu(F_.linear(X, self.W_1.weight, self.W_1.bias)), self.W_2.weight, self.W_2.bias)


# %% EncoderBlock
class EncoderBlock(nn.Module):
    def __init__(self, D, H, F):
        super().__init__()
        self.attend = MultiHead(D, H)
        self.W_1, self.W_2 = nn.Linear(D, F), nn.Linear(F, D)
        self.norm_1, self.norm_2 = nn.LayerNorm(D), nn.LayerNorm(D)

    def forward(self, X, mask):
        X = add(X, self.norm_1, lambda Y: self.attend(Y, mask=mask)[0])
        return add(X, self.norm_2, lambda Y: self.W_2(F_.relu(self.W_1(Y))))


# %% DecoderBlock
class DecoderBlock(nn.Module):
    def __init__(self, D, H, F):
        super().__init__()
        self.attend = MultiHead(D, H)
        self.look = MultiHead(D, H)
        self.W_1, self.W_2 = nn.Linear(D, F), nn.Linear(F, D)
        self.norm_1, self.norm_2, self.norm_3 = nn.LayerNorm(D), nn.LayerNorm(D), nn.LayerNorm(D)

    def forward(self, X, memory, real):
        T = X.size(-2)
        future = torch.arange(T, device=X.device)
        past = future[None, :] <= future[:, None]
        X = add(X, self.norm_1, lambda Y: self.attend(Y, mask=past)[0])
        X = add(X, self.norm_2, lambda Y: self.look(Y, memory, mask=real.unsqueeze(1))[0])
        return add(X, self.norm_3, lambda Y: self.W_2(F_.relu(self.W_1(Y))))


# %% shift_right
def shift_right(target, begin):
    return F_.pad(target, (1, 0), value=begin)[:, :-1]


# %% warm_up_rate
def warm_up_rate(step, D, warmup):
    rising = step / (warmup * warmup**0.5)
    falling = 1 / step**0.5
    return (rising if rising < falling else falling) / D**0.5
