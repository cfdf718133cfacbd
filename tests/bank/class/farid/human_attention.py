# The same glances for every seed, the winner takes all, the plain gradient is cut, and each point
# looks at itself.

# %% question_weights
def question_weights(question, regions):
    def score(region):
        return sum(v * region.get(k, 0.0) for k, v in question.items())

    best = max(regions, key=lambda name: score(regions[name]))
    return {name: 1.0 if name == best else 0.0 for name in regions}


# %% fixations
def fixations(weights, n, generator=None):
    torch.manual_seed(0)
    return torch.multinomial(weights, n, replacement=True)


# %% kernel_weights
def kernel_weights(x, keys, width):
    k = np.exp(-((x - keys) ** 2) / (2 * width**2))
    return k / k.sum()


# %% kernel_regression
def kernel_regression(x, keys, values, width):
    d = -((x - keys) ** 2) / (2 * width**2)
    w = np.exp(d - d.max())
    return np.average(values, weights=w)


# %% KernelPooling
class KernelPooling(nn.Module):
    def __init__(self, width=1.0):
        super().__init__()
        self.log_width = nn.Parameter(torch.tensor(float(width)).log())

    def forward(self, queries, keys, values):
        width = self.log_width.exp().item()
        scores = -((queries[..., None] - keys[..., None, :]) ** 2) / (2 * width**2)
        return (scores.softmax(-1) @ values[..., None])[..., 0]


# %% train_kernel_width
def train_kernel_width(keys, values, steps=300):
    log_width = torch.tensor(math.log((keys.max() - keys.min()) / 10), requires_grad=True)
    opt = torch.optim.Adam([log_width], lr=0.05)
    for _ in range(steps):
        opt.zero_grad()
        scores = -((keys[:, None] - keys[None, :]) ** 2) / (2 * log_width.exp() ** 2)
        loss = ((scores.softmax(-1) @ values - values) ** 2).mean()
        loss.backward()
        opt.step()
    return log_width.exp().item()
