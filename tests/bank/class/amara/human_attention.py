# Everything right, written as one would.

# %% question_weights
def question_weights(question, regions):
    scores = {
        name: sum(strength * region.get(feature, 0.0) for feature, strength in question.items())
        for name, region in regions.items()
    }
    largest = max(scores.values())
    powers = {name: math.exp(score - largest) for name, score in scores.items()}
    total = sum(powers.values())
    return {name: power / total for name, power in powers.items()}


# %% fixations
def fixations(weights, n, generator=None):
    return torch.multinomial(weights, n, replacement=True, generator=generator)


# %% kernel_weights
def kernel_weights(x, keys, width):
    scores = -((x - keys) ** 2) / (2 * width**2)
    powers = np.exp(scores - scores.max())
    return powers / powers.sum()


# %% kernel_regression
def kernel_regression(x, keys, values, width):
    return float(kernel_weights(x, keys, width) @ values)


# %% KernelPooling
class KernelPooling(nn.Module):
    def __init__(self, width=1.0):
        super().__init__()
        self.log_width = nn.Parameter(torch.tensor(math.log(width)))

    def forward(self, queries, keys, values):
        distances = queries[..., :, None] - keys[..., None, :]
        weights = (-(distances**2) / (2 * self.log_width.exp() ** 2)).softmax(-1)
        return (weights * values[..., None, :]).sum(-1)


# %% train_kernel_width
def train_kernel_width(keys, values, steps=300):
    log_width = ((keys.max() - keys.min()) / 10).log().requires_grad_()
    optimiser = torch.optim.Adam([log_width], lr=0.05)
    itself = torch.eye(len(keys), dtype=torch.bool, device=keys.device)
    distances = keys[:, None] - keys[None, :]
    for _ in range(steps):
        optimiser.zero_grad()
        scores = -(distances**2) / (2 * log_width.exp() ** 2)
        predictions = scores.masked_fill(itself, -math.inf).softmax(-1) @ values
        ((predictions - values) ** 2).mean().backward()
        optimiser.step()
    return log_width.exp().item()
