# scaled_dot_product: In float64, by log-sum-exp and comparisons of positions, and cast back.

# %% softmax_jacobian
def softmax_jacobian(weights):
    w = weights.double().unsqueeze(-1)
    outer = -(w @ w.mT)
    outer.diagonal(dim1=-2, dim2=-1).add_(w.squeeze(-1))
    return outer.to(weights.dtype)


# %% attention_backward
def attention_backward(Q, K, V, dout, mask=None):
    q, k, v, g = (x.double() for x in (Q, K, V, dout))
    q = q / math.sqrt(q.shape[-1])
    s = q @ k.mT
    if mask is not None:
        s = torch.where(mask, s, torch.full_like(s, -math.inf))
    total = torch.logsumexp(s, -1, keepdim=True)
    w = torch.where(total.isinf(), torch.zeros_like(s), torch.exp(s - total))
    # Dao et al. write Σ w g as dout · out.
    out = w @ v
    ds = w * (g @ v.mT - (g * out).sum(-1, keepdim=True))
    gradients = (ds @ k / math.sqrt(k.shape[-1]), ds.mT @ q, w.mT @ g)
    return tuple(x.to(Q.dtype) for x in gradients)


# %% causal_mask
def causal_mask(Tq, Tk):
    ages = torch.arange(Tq).flip(0)[:, None] + torch.arange(Tk)
    return ages < Tk


# %% combined_mask
def combined_mask(real, Tq):
    *batch, Tk = real.shape
    mask = real.unsqueeze(-2).repeat(*[1] * len(batch), Tq, 1)
    future = torch.ones(Tq, Tk, device=real.device).triu(Tk - Tq + 1).bool()
    return mask.masked_fill_(future, False)


# %% masked_attention
def masked_attention(Q, K, V, mask):
    s = Q.double() @ K.double().mT / math.sqrt(Q.shape[-1])
    s = s.masked_fill(mask.logical_not(), torch.finfo(s.dtype).min)
    w = s.softmax(-1) * mask
    return (w @ V.double()).to(Q.dtype)
