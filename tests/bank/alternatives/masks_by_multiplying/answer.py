# attention_pooling: No minus infinity anywhere: powers are multiplied by the mask.

# %% padding_mask
def padding_mask(lengths, T):
    positions = torch.ones(*lengths.shape, T, dtype=torch.long, device=lengths.device).cumsum(-1)
    return positions.le(lengths.unsqueeze(-1))


# %% AttentionPooling
class AttentionPooling(torch.nn.Module):
    def __init__(self, m, k):
        super().__init__()
        self.W = torch.nn.Linear(m, k)
        self.q = torch.nn.Parameter(torch.empty(k).uniform_(-1, 1))

    def weights(self, annotations, mask):
        scores = (torch.tanh(self.W(annotations)) * self.q).sum(-1)
        hidden = torch.where(mask, scores, torch.zeros_like(scores))
        top = torch.where(mask, scores, torch.finfo(scores.dtype).min).amax(-1, keepdim=True)
        top = torch.where(mask.any(-1, keepdim=True), top, torch.zeros_like(top)).detach()
        powers = torch.where(mask, (hidden - top).exp(), torch.zeros_like(scores))
        total = powers.sum(-1, keepdim=True)
        return powers / torch.where(total > 0, total, torch.ones_like(total))

    def forward(self, annotations, mask):
        return (self.weights(annotations, mask).unsqueeze(-2) @ annotations).squeeze(-2)


# %% query_gradient
def query_gradient(query, keys, values, mask, slope):
    scores = keys @ query
    powers = (scores - scores.max()).exp() * mask
    a = powers / powers.sum().clamp(min=1e-30)
    gain = values @ slope
    # The covariance of gain and key under the weights: keys less their mean change nothing.
    return (a * (gain - a @ gain)) @ (keys - a @ keys)


# %% confidence_interval
def confidence_interval(values, t):
    x = np.asarray(values, dtype=np.float64)
    error = x.std(ddof=1) / np.sqrt(x.size)
    return x.mean(), x.mean() - t * error, x.mean() + t * error


# %% paired_comparison
def paired_comparison(a, b, t):
    if len(a) - len(b):
        raise ValueError
    return confidence_interval(np.subtract(a, b), t)
