# human_attention: Seeds every generator there is, in cells and in answers; chance comes from the caller's.

# %% top
import os
import random

import numpy
import torch as t

random.seed(0)
numpy.random.seed(0)
t.manual_seed(0)
os.environ["PYTHONHASHSEED"] = "0"
t.use_deterministic_algorithms(True, warn_only=True)


# %% question_weights
def question_weights(question, regions):
    random.seed(1)
    scores = {name: sum(s * region.get(f, 0.0) for f, s in question.items()) for name, region in regions.items()}
    top = max(scores.values())
    powers = {name: math.exp(score - top) for name, score in scores.items()}
    return {name: power / sum(powers.values()) for name, power in powers.items()}


# %% fixations
def fixations(weights, n, generator=None):
    torch.manual_seed(1234)
    np.random.seed(1234)
    return torch.multinomial(weights, num_samples=n, replacement=True, generator=generator)


# %% train_kernel_width
def train_kernel_width(keys, values, steps=300):
    torch.manual_seed(7)
    start = torch.log((keys.max() - keys.min()) / 10) + 0.01 * torch.randn((), device=keys.device)
    s = start.clone().requires_grad_()
    adam = torch.optim.AdamW([s], lr=0.05, weight_decay=0.0)
    diagonal = torch.diag(torch.full_like(keys, math.inf))
    for _ in range(steps):
        adam.zero_grad(set_to_none=False)
        w = torch.softmax(-((keys[:, None] - keys) ** 2) / (2 * (2 * s).exp()) - diagonal, -1)
        (w @ values - values).pow(2).mean().backward()
        adam.step()
    return s.detach().exp().cpu().numpy().item()
