# human_attention: LBFGS from torch, then a polish by SciPy.

# %% train_kernel_width
from scipy.optimize import minimize_scalar


def leave_one_out(keys, values, log_width):
    scores = -((keys[:, None] - keys) ** 2) / (2 * torch.exp(2 * torch.as_tensor(log_width)))
    scores = scores - torch.diag(torch.full((len(keys),), math.inf, device=keys.device))
    return (scores.softmax(-1) @ values).sub(values).square().mean()


def train_kernel_width(keys, values, steps=300):
    module = nn.Module()
    module.theta = nn.Parameter(((keys.max() - keys.min()) / 10).log())
    optimiser = torch.optim.LBFGS(module.parameters(), lr=0.2, max_iter=10)

    def closure():
        optimiser.zero_grad()
        loss = leave_one_out(keys, values, module.theta)
        loss.backward()
        return loss

    for _ in range(5):
        optimiser.step(closure)
    here = module.theta.item()
    if not math.isfinite(here):
        here = math.log(float(keys.max() - keys.min()) / 10)
    with torch.no_grad():
        best = minimize_scalar(lambda s: leave_one_out(keys, values, s).item(), bounds=(-4, 1), method="bounded")
        return float(np.exp(min([here, best.x], key=lambda s: leave_one_out(keys, values, s).item())))
