# The Gaussian without its 2, a sum that is no average, and a width that should have been exp'd.

# %% question_weights
def question_weights(question, regions):
    scores = [sum(question[f] * r.get(f, 0) for f in question) for r in regions.values()]
    e = [math.exp(s) for s in scores]
    return {name: x / sum(e) for name, x in zip(regions, e)}


# %% fixations
def fixations(weights, n, generator=None):
    return torch.multinomial(weights, n, replacement=True, generator=generator)


# %% kernel_weights
def kernel_weights(x, keys, width):
    scores = -((x - keys) ** 2) / width**2
    e = np.exp(scores - scores.max())
    return e / e.sum()


# %% kernel_regression
def kernel_regression(x, keys, values, width):
    e = np.exp(-((x - keys) ** 2) / (2 * width**2))
    return (e * values).sum()


# %% KernelPooling
class KernelPooling(nn.Module):
    def __init__(self, width=1.0):
        super().__init__()
        self.log_width = nn.Parameter(torch.log(torch.tensor(width)))

    def forward(self, queries, keys, values):
        diff = queries.unsqueeze(-1) - keys.unsqueeze(-2)
        weights = torch.softmax(-diff.pow(2) / (2 * self.log_width.pow(2)), dim=-1)
        return torch.matmul(weights, values.unsqueeze(-1)).squeeze(-1)
