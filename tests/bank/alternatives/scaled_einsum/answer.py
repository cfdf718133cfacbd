# scaled_dot_product: Index notation, and a cumulative sum for the triangle.

# %% softmax_jacobian
def softmax_jacobian(weights):
    n = weights.shape[-1]
    identity = torch.eye(n, dtype=weights.dtype, device=weights.device)
    return torch.einsum("...i,ij->...ij", weights, identity) - torch.einsum(
        "...i,...j->...ij", weights, weights
    )


# %% attention_backward
def attention_backward(Q, K, V, dout, mask=None):
    root = Q.size(-1) ** 0.5
    S = torch.einsum("...id,...jd->...ij", Q, K) / root
    if mask is None:
        mask = torch.ones_like(S, dtype=torch.bool)
    P = torch.exp(S - S.amax(-1, keepdim=True)) * mask
    W = P / P.sum(-1, keepdim=True).clamp(min=1e-30)
    dW = torch.einsum("...ie,...je->...ij", dout, V)
    J = softmax_jacobian(W)
    dS = torch.einsum("...ik,...ikj->...ij", dW, J) / root
    return (
        torch.einsum("...ij,...jd->...id", dS, K),
        torch.einsum("...ij,...id->...jd", dS, Q),
        torch.einsum("...ij,...ie->...je", W, dout),
    )


# %% causal_mask
def causal_mask(Tq, Tk):
    square = torch.eye(Tk).flip(-1).cumsum(-1).flip(-1) > 0
    rows = [square[Tk - Tq + i] if Tk - Tq + i >= 0 else torch.zeros(Tk) > 0 for i in range(Tq)]
    return torch.stack(rows)


# %% combined_mask
def combined_mask(real, Tq):
    Tk = real.size(-1)
    lower = torch.tril(torch.ones(Tk, Tk, device=real.device))[-Tq:]
    return torch.einsum("...j,ij->...ij", real.float(), lower) == 1


# %% masked_attention
def masked_attention(Q, K, V, mask):
    quarter = Q.size(-1) ** -0.25  # half of the divisor for each side
    S = torch.einsum("...id,...jd->...ij", Q * quarter, K * quarter)
    bias = torch.zeros_like(S).masked_fill(~mask, float("-inf"))
    blind = (~mask).all(-1, keepdim=True)
    W = torch.where(blind, torch.zeros_like(S), S + bias).softmax(-1)
    W = torch.where(blind, torch.zeros_like(W), W)
    return torch.einsum("...ij,...je->...ie", W, V)
