# human_attention: Trains with torch.func, by hand, and on a grid.

# %% train_kernel_width
def train_kernel_width(keys, values, steps=300):
    d2 = (keys[:, None] - keys) ** 2
    others = ~torch.eye(len(keys), dtype=torch.bool, device=keys.device)

    def loss(s):
        scores = torch.where(others, -d2 / (2 * torch.exp(2 * s)), -math.inf)
        return ((torch.softmax(scores, -1) @ values - values) ** 2).mean()

    slope = torch.func.grad(loss)
    s = torch.log((keys.max() - keys.min()) / 10)
    m = v = torch.zeros_like(s)
    for t in range(1, steps + 1):
        g = slope(s)
        m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g * g
        s = s - 0.05 * (m / (1 - 0.9**t)) / ((v / (1 - 0.999**t)).sqrt() + 1e-8)
    return math.exp(s)
