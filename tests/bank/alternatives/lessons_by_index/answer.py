# model_families: assignment by index, a one-hot cross-entropy, strings in between, norms of vectors, searchsorted edges.

# %% masked_lm_batch
def masked_lm_batch(tokens, real, chance, fate, other, mask, rate):
    targets = torch.full_like(tokens, -100)
    chosen = torch.logical_and(real, chance.lt(rate))
    targets[chosen] = tokens[chosen]
    inputs = tokens.clone()
    third = torch.bucketize(fate, torch.tensor([0.8, 0.9], device=fate.device), right=True)
    inputs[chosen & (third == 0)] = mask
    inputs[chosen & (third == 1)] = other[chosen & (third == 1)]
    return [inputs, targets]


# %% causal_loss
def causal_loss(scores, tokens, real):
    V = scores.shape[-1]
    hot = nn.functional.one_hot(tokens[:, 1:], V).to(scores.dtype)
    each = -(hot * nn.functional.log_softmax(scores[:, :-1, :], dim=2)).sum(2)
    counted = real[:, 1:].to(scores.dtype)
    return (each * counted).sum() / counted.sum()


# %% span_corruption
def span_corruption(tokens, hidden, sentinels):
    from itertools import groupby

    inputs, targets, k = [], [], 0
    for flag, run in groupby(range(len(tokens)), key=lambda i: hidden[i]):
        words = [tokens[i] for i in run]
        if flag:
            inputs = inputs + [sentinels[k]]
            targets = targets + [sentinels[k]] + words
            k = k + 1
        else:
            inputs = inputs + words
    return (inputs, targets + [sentinels[k]])


# %% RMSNorm
class RMSNorm(nn.Module):
    def __init__(self, D):
        super().__init__()
        self.gain = nn.Parameter(torch.ones(D))

    def forward(self, X):
        D = X.shape[-1]
        mean_square = torch.einsum("...d,...d->...", X, X).div(D)
        return torch.einsum("...d,d,...->...d", X, self.gain, (mean_square + 1e-6).pow(-0.5))


# %% relative_buckets
def relative_buckets(Tq, Tk, buckets, longest, both_ways):
    """The far buckets' lower edges, and how many of them each distance has passed."""
    n = buckets // 2 if both_ways else buckets
    e = n - (n + 1) // 2
    edges = torch.tensor([e * (longest / e) ** (k / (n - e)) for k in range(1, n - e)])
    place = torch.arange(Tk)
    ahead = place.view(1, -1) - place[Tk - Tq :].view(-1, 1)
    distance = ahead.abs() if both_ways else torch.relu(-ahead)
    far = e + torch.bucketize(distance.float(), edges, right=True)
    found = torch.where(distance < e, distance, far)
    return found + n * (ahead > 0) if both_ways else found
