# scaled_dot_product: One query at a time, and Python's own lists where it goes.

# %% softmax_jacobian
def softmax_jacobian(weights):
    n = weights.shape[-1]
    columns = []
    for j in range(n):
        step = torch.zeros_like(weights)
        step[..., j] = 1
        columns.append(weights * (step - weights[..., j : j + 1]))
    return torch.stack(columns, dim=-1)


# %% attention_backward
def attention_backward(Q, K, V, dout, mask=None):
    if Q.ndim > 2:
        shared = mask is not None and mask.ndim == 2
        parts = [
            attention_backward(
                Q[b], K[b], V[b], dout[b], mask if mask is None or shared else mask[b]
            )
            for b in range(len(Q))
        ]
        return [torch.stack(part) for part in zip(*parts)]
    dQ, dK, dV = torch.zeros_like(Q), torch.zeros_like(K), torch.zeros_like(V)
    root = math.sqrt(Q.shape[1])
    for i, q in enumerate(Q):
        seen = list(range(len(K)))
        if mask is not None:
            row = mask.expand(len(Q), len(K))[i]
            seen = [j for j in seen if row[j]]
        if not seen:
            continue
        w = torch.softmax(K[seen] @ q / root, 0)
        dV[seen] += w[:, None] * dout[i]
        dw = V[seen] @ dout[i]
        ds = w * (dw - w @ dw) / root
        dQ[i] = ds @ K[seen]
        dK[seen] += ds[:, None] * q
    return dQ, dK, dV


# %% causal_mask
def causal_mask(Tq, Tk):
    past = Tk - Tq
    return torch.tensor([[j - i <= past for j in range(Tk)] for i in range(Tq)])


# %% combined_mask
def combined_mask(real, Tq):
    Tk = real.shape[-1]
    rows = []
    for i in range(Tq):
        row = real.clone()
        row[..., Tk - Tq + i + 1 :] = False
        rows.append(row)
    return torch.stack(rows, dim=-2)


# %% masked_attention
def masked_attention(Q, K, V, mask):
    mask = mask.expand(*Q.shape[:-1], K.shape[-2])
    if Q.ndim > 2:
        return torch.stack([masked_attention(*row) for row in zip(Q, K, V, mask)])
    rows = []
    for q, seen in zip(Q, mask):
        if not seen.any():
            rows.append(V.new_zeros(V.shape[-1]))
            continue
        s = K[seen] @ (q / math.sqrt(len(q)))
        rows.append(s.softmax(0) @ V[seen])
    return torch.stack(rows)
