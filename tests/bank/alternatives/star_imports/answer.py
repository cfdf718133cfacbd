# human_attention: Everything of math, NumPy and more, by their stars.

# %% top
from math import *
from numpy import *


# %% kernel_weights
from numpy import *


def kernel_weights(x, keys, width):
    scores = -square(x - keys) / (2 * width**2)
    powers = exp(scores - max(scores))
    return powers / sum(powers)


# %% kernel_regression
def kernel_regression(x, keys, values, width):
    return dot(kernel_weights(x, keys, width), values)


# %% fixations
from torch import multinomial as draw


def fixations(weights, n, generator=None):
    return draw(weights, n, True, generator=generator)


# %% train_kernel_width
from torch.nn.functional import *
from torch.optim import *


def train_kernel_width(keys, values, steps=300):
    s = nn.Parameter(((keys.max() - keys.min()) / 10).log())
    opt = Adam([s], 0.05)
    d2 = -0.5 * (keys[:, None] - keys) ** 2
    itself = torch.diag(torch.ones_like(keys)) > 0
    for _ in range(steps):
        opt.zero_grad()
        mse_loss(softmax((d2 * (-2 * s).exp()).masked_fill(itself, -inf), -1) @ values, values).backward()
        opt.step()
    return s.exp().item()
