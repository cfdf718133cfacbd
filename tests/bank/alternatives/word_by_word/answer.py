# model_families: Python loops over single words, logarithms by math.log.

# %% masked_lm_batch
def masked_lm_batch(tokens, real, chance, fate, other, mask, rate):
    inputs, targets = tokens.clone(), torch.empty_like(tokens)
    for b in range(tokens.shape[0]):
        for t in range(tokens.shape[1]):
            targets[b, t] = -100
            if real[b, t] and chance[b, t] < rate:
                targets[b, t] = tokens[b, t]
                if fate[b, t] < 0.8:
                    inputs[b, t] = mask
                elif fate[b, t] < 0.9:
                    inputs[b, t] = other[b, t]
    return inputs, targets


# %% causal_loss
def causal_loss(scores, tokens, real):
    said = []
    for s, x, r in zip(scores, tokens, real):
        for t in range(len(x) - 1):
            if r[t + 1]:
                said.append(s[t, x[t + 1]] - s[t].logsumexp(0))
    return -sum(said) / len(said)


# %% span_corruption
def span_corruption(tokens, hidden, sentinels):
    names = iter(sentinels)
    inputs, targets, i = [], [], 0
    while i < len(tokens):
        if not hidden[i]:
            inputs += [tokens[i]]
            i += 1
            continue
        name = next(names)
        inputs += [name]
        targets += [name]
        while i < len(tokens) and hidden[i]:
            targets += [tokens[i]]
            i += 1
    targets += [next(names)]
    return [inputs, targets]


# %% RMSNorm
class RMSNorm(nn.Module):
    def __init__(self, D):
        super().__init__()
        self.D = D
        self.gain = nn.Parameter(torch.ones(D))

    def forward(self, X):
        total = sum(X[..., d] ** 2 for d in range(self.D))
        root = (total / self.D + 1e-6) ** 0.5
        return torch.stack([self.gain[d] * X[..., d] / root for d in range(self.D)], -1)


# %% relative_buckets
def relative_buckets(Tq, Tk, buckets, longest, both_ways):
    def bucket(ahead):
        n, first = buckets, 0
        if both_ways:
            n = buckets // 2
            if ahead > 0:
                first = n
        elif ahead > 0:
            ahead = 0
        far, e = abs(ahead), n // 2
        if far < e:
            return first + far
        return first + min(n - 1, e + int(math.log(far / e) / math.log(longest / e) * (n - e)))

    return torch.tensor([[bucket(j - i) for j in range(Tk)] for i in range(Tk - Tq, Tk)])
