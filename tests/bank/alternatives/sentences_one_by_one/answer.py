# attention_pooling: Loops over sentences and words, lists, and sums by hand.

# %% padding_mask
def padding_mask(lengths, T):
    rows = [[t < n for t in range(T)] for n in lengths.flatten().tolist()]
    return torch.tensor(rows, device=lengths.device).reshape(*lengths.shape, T)


# %% AttentionPooling
class AttentionPooling(nn.Module):
    def __init__(self, m, k):
        super().__init__()
        self.W = nn.Linear(m, k)
        self.q = nn.Parameter(torch.randn(k))

    def one(self, h, real):
        w = torch.zeros(len(h), dtype=h.dtype, device=h.device)
        if real.any():
            w[real] = (self.W(h[real]).tanh() @ self.q).softmax(0)
        return w

    def weights(self, annotations, mask):
        flat = annotations.reshape(-1, *annotations.shape[-2:])
        rows = mask.reshape(-1, mask.shape[-1])
        each = [self.one(h, real) for h, real in zip(flat, rows)]
        return torch.stack(each).reshape(mask.shape)

    def forward(self, annotations, mask):
        return torch.einsum("...t,...tm->...m", self.weights(annotations, mask), annotations)


# %% query_gradient
def query_gradient(query, keys, values, mask, slope):
    total = torch.zeros_like(query)
    words = [t for t in range(len(mask)) if mask[t]]
    if not words:
        return total
    e = torch.stack([keys[t] @ query for t in words])
    a = (e - e.max()).exp() / (e - e.max()).exp().sum()
    for i, t in enumerate(words):
        for j, r in enumerate(words):
            # the softmax's Jacobian, number by number
            total = total + a[i] * (float(i == j) - a[j]) * (values[t] @ slope) * keys[r]
    return total


# %% confidence_interval
def confidence_interval(values, t):
    n, total = 0, 0.0
    for x in values:
        n, total = n + 1, total + x
    mean = total / n
    square = 0.0
    for x in values:
        square += (x - mean) ** 2
    reach = t * (square / (n - 1) / n) ** 0.5
    return [mean, mean - reach, mean + reach]


# %% paired_comparison
def paired_comparison(a, b, t):
    return confidence_interval([x - y for x, y in zip(a, b, strict=True)], t)
