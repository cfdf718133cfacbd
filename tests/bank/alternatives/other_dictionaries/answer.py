# human_attention: Dictionaries of other kinds, and numbers of NumPy's and torch's.

# %% question_weights
from collections import ChainMap, OrderedDict, defaultdict


def question_weights(question, regions):
    scores = defaultdict(float)
    for name, region in regions.items():
        scores[name] = np.float64(0)
        for feature, strength in ChainMap({}, question).items():
            scores[name] += strength * defaultdict(float, region)[feature]
    values = np.array(list(scores.values()))
    powers = np.exp(values - values.max())
    return OrderedDict(zip(scores, powers / powers.sum()))


# %% kernel_regression
def kernel_regression(x, keys, values, width):
    scores = -((x - keys) ** 2) / (2 * width**2)
    powers = np.exp(scores - scores.max())
    return np.array((powers * values).sum() / powers.sum())


# %% train_kernel_width
def train_kernel_width(keys, values, steps=300):
    t = ((keys.max() - keys.min()) / 10).log().detach().requires_grad_()
    optimiser = torch.optim.RMSprop([t], lr=0.02)
    for _ in range(steps):
        optimiser.zero_grad()
        total = 0
        d2 = (keys[:, None] - keys[None]) ** 2
        powers = torch.exp(-d2 / (2 * (2 * t).exp())).clone()
        powers = powers * (1 - torch.eye(len(keys), device=keys.device))
        guess = (powers @ values) / (powers.sum(-1) + 1e-30)
        total = ((guess - values) ** 2).mean()
        total.backward()
        optimiser.step()
    return np.float64(t.exp().item())
