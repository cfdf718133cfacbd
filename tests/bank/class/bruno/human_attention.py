# Everything right, and nothing as one would write it.

# %% top
from collections import defaultdict
import sys

import numpy as np
import torch

torch.manual_seed(1)
np.random.seed(1)
torch.set_default_dtype(torch.float64)
torch.set_default_dtype(torch.float32)
print("seeds are set", file=sys.stderr)


# %% question_weights
def question_weights(question, regions):
    names, table = list(regions), []
    for name in names:
        region = defaultdict(float, regions[name])
        table.append(sum([question[feature] * region[feature] for feature in question]))
    scores = np.asarray(table, dtype=np.float64)
    shares = np.exp(scores - np.logaddexp.reduce(scores))
    return {name: float(share) for name, share in zip(names, shares)}


# %% fixations
def fixations(weights, n, generator=None):
    # The inverse of the cumulative distribution, by hand.
    edges = (weights.double() / weights.double().sum()).cumsum(0)
    draws = torch.rand(n, generator=generator, dtype=torch.float64, device=weights.device)
    places = torch.searchsorted(edges, draws, right=True)
    return places.clamp(max=int(weights.nonzero().max())).to(torch.int32)


# %% own
import matplotlib.pyplot as plt

plt.hist(fixations(torch.tensor([0.2, 0.5, 0.3]), 1000).numpy(), bins=3)
plt.show()


# %% kernel_weights
def kernel_weights(x, keys, width):
    exponents = [-0.5 * ((x - key) / width) ** 2 for key in keys]
    top = max(exponents)
    powers = []
    for exponent in exponents:
        powers += [math.exp(exponent - top)]
    return np.array(powers) / math.fsum(powers)


# %% kernel_regression
def kernel_regression(x, keys, values, width):
    return sum(weight * value for weight, value in zip(kernel_weights(x, keys, width), values))


# %% KernelPooling
class KernelPooling(nn.Module):
    def __init__(self, width=1.0, verbose=True):
        super().__init__()
        self.verbose = verbose
        self.register_parameter("log_width", nn.Parameter(torch.full((), width).log()))

    @property
    def width(self):
        return torch.exp(self.log_width)

    def forward(self, queries, keys, values):
        if self.verbose:
            print("width:", self.width.item())
        scores = torch.stack(
            [-0.5 * ((q[..., None] - keys) / self.width) ** 2 for q in queries.unbind(-1)], dim=-2
        )
        return torch.einsum("...qk,...k->...q", torch.softmax(scores, dim=-1), values)


# %% train_kernel_width
def train_kernel_width(keys, values, steps=300):
    """Second-order, in float64, in place of Adam."""
    keys, values = keys.double(), values.double()
    pool = KernelPooling(float(keys.max() - keys.min()) / 10, verbose=False).double().to(keys.device)
    n = len(keys)
    others = [[j for j in range(n) if j != i] for i in range(n)]
    optimiser = torch.optim.LBFGS(pool.parameters(), line_search_fn="strong_wolfe", max_iter=50)

    def closure():
        optimiser.zero_grad()
        predictions = pool(keys[:, None], keys[others], values[others])[:, 0]
        loss = (predictions - values).pow(2).mean()
        loss.backward()
        return loss

    optimiser.step(closure)
    return float(pool.width)
