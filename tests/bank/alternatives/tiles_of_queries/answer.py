# efficient_attention: Sums kept in float64, queries in tiles too, gradients by hand, masks from strides.

# %% attention_cost
from fractions import Fraction


def attention_cost(Tq, Tk, d, dv, itemsize, tile=None):
    passes = 1 if tile is None else -(-Tq // tile)
    tables = 4 if tile is None else 0
    numbers = Fraction(Tq * (d + dv) + passes * Tk * (d + dv) + tables * Tq * Tk)
    return 2 * Tq * Tk * (d + dv), int(numbers * itemsize)


# %% read_tile
def read_tile(m, l, o, scores, V):
    kind = scores.dtype
    m64, l64, o64, s, v = (x.double() for x in (m, l, o, scores, V))
    everything = torch.cat([m64[..., None], s], -1)
    new = everything.max(-1, keepdim=True).values
    weights = (everything - new.nan_to_num(neginf=0.0)).exp()
    old, now = weights[..., :1], weights[..., 1:]
    l64 = (old[..., 0] * l64) + now.sum(-1)
    o64 = old * o64 + torch.matmul(now, v)
    return new[..., 0].to(kind), l64.to(kind), o64.to(kind)


# %% tiled_attention
def tiled_attention(Q, K, V, tile):
    out = []
    for q in Q.double().split(2, dim=-2):
        m, l, o = -math.inf, 0.0, 0.0
        for k, v in zip(K.double().split(tile, -2), V.double().split(tile, -2)):
            s = torch.matmul(q, k.mT) / k.shape[-1] ** 0.5
            top = s.amax(-1, keepdim=True)
            top = top if isinstance(m, float) else torch.maximum(m, top)
            shrink = torch.zeros_like(top) if isinstance(m, float) else torch.exp(m - top)
            p = torch.exp(s - top)
            l, o, m = shrink * l + p.sum(-1, keepdim=True), shrink * o + p @ v, top
        out.append(o / l)
    return torch.cat(out, dim=-2).to(V.dtype)


# %% sliding_window_mask
def sliding_window_mask(T, before, after):
    line = torch.zeros(2 * T - 1, dtype=torch.bool)
    line[max(0, T - 1 - before) : T + after] = True
    return torch.stack([line[T - 1 - i : 2 * T - 1 - i] for i in range(T)])


# %% global_token_mask
def global_token_mask(mask, is_global):
    ordinary = torch.logical_not(is_global)
    neither = torch.outer(ordinary, ordinary)
    return torch.where(neither, mask, torch.ones_like(mask))


# %% linear_attention
def linear_attention(Q, K, V):
    q, k = (torch.nn.functional.elu(x.double()) + 1 for x in (Q, K))
    memory = torch.matmul(k.mT, V.double())
    norm = torch.matmul(q, k.sum(-2, keepdim=True).mT)
    return (torch.matmul(q, memory) / norm).type_as(V)


# %% sparsemax
class Sparsemax(torch.autograd.Function):
    @staticmethod
    def forward(ctx, scores):
        z, _ = torch.sort(scores.detach(), dim=-1, descending=True)
        taus = (z.cumsum(-1) - 1) / torch.arange(1, z.shape[-1] + 1, device=z.device)
        tau = taus.amax(-1, keepdim=True)
        p = (scores - tau).clamp_min(0)
        ctx.save_for_backward(p > 0)
        return p

    @staticmethod
    def backward(ctx, grad):
        (kept,) = ctx.saved_tensors
        mean = (grad * kept).sum(-1, keepdim=True) / kept.sum(-1, keepdim=True)
        return (grad - mean) * kept


sparsemax = Sparsemax.apply
