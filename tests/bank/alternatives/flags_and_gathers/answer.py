# model_families: flags multiplied with numbers, gathered log-probabilities, edges by cumsum, a table of buckets.

# %% masked_lm_batch
def masked_lm_batch(tokens, real, chance, fate, other, mask, rate):
    chosen = (chance < rate).long() * real.long()
    hide = chosen * (fate < 0.8).long()
    swap = chosen * (fate < 0.9).long() - hide
    inputs = hide * mask + swap * other + (1 - hide - swap) * tokens
    return inputs, chosen * tokens - 100 * (1 - chosen)


# %% causal_loss
def causal_loss(scores, tokens, real):
    log_p = scores.log_softmax(-1)[:, :-1]
    of_next = log_p.gather(-1, tokens[:, 1:].unsqueeze(-1)).squeeze(-1)
    return -of_next[real[:, 1:]].mean()


# %% span_corruption
def span_corruption(tokens, hidden, sentinels):
    n = len(tokens)
    starts = [i for i in range(n) if hidden[i] and (i == 0 or not hidden[i - 1])]
    number = {i: k for k, i in enumerate(starts)}
    inputs, targets = [], []
    for i in range(n):
        if i in number:
            inputs.append(sentinels[number[i]])
            targets.append(sentinels[number[i]])
        (targets if hidden[i] else inputs).append(tokens[i])
    return inputs, targets + sentinels[len(starts) : len(starts) + 1]


# %% RMSNorm
class RMSNorm(nn.Module):
    def __init__(self, D):
        super().__init__()
        self.register_parameter("gain", nn.Parameter(torch.full((D,), 1.0)))

    def forward(self, X):
        return X * torch.rsqrt(torch.mean(X * X, dim=-1, keepdim=True) + 1e-6) * self.gain


# %% relative_buckets
def relative_buckets(Tq, Tk, buckets, longest, both_ways):
    """A row of buckets by distance, looked up."""
    n = buckets // 2 if both_ways else buckets
    e = n // 2
    row = [d if d < e else min(n - 1, e + math.floor((n - e) * math.log(d / e, longest / e))) for d in range(Tk)]
    row = torch.tensor(row)
    i = torch.arange(Tq)[:, None] + (Tk - Tq)
    j = torch.arange(Tk)[None, :]
    before = row[(i - j).clamp(min=0)]
    if not both_ways:
        return before
    return torch.where(j > i, row[(j - i).clamp(min=0)] + n, before)
