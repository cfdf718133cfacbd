# draw: Gaussians from torch.distributions, N² long filters in place of two banks, and running sums.

# %% filter_centres
def filter_centres(centre, stride, N):
    first = centre - stride * (N - 1) / 2
    return torch.cumsum(torch.cat([first[:, None], stride[:, None].expand(-1, N - 1)], 1), 1)


# %% filter_bank
def filter_bank(centres, variance, size):
    a = torch.arange(size, device=centres.device, dtype=centres.dtype)
    normal = torch.distributions.Normal(centres[..., None], variance[:, None, None].sqrt())
    return torch.nn.functional.softmax(normal.log_prob(a), dim=-1)


# %% draw_read
def draw_read(x, canvas, F_x, F_y, gamma):
    B, N = F_x.shape[:2]
    # One long filter for each number of the patch, as if nobody had noticed that they separate.
    filters = (F_y[:, :, None, :, None] * F_x[:, None, :, None, :]).reshape(B, N * N, -1)
    both = torch.stack([x.flatten(1), x.flatten(1) - torch.sigmoid(canvas.flatten(1))], 2)
    patches = (filters @ both).transpose(1, 2).reshape(B, 2, N, N)
    return patches * gamma.reshape(-1, 1, 1, 1)


# %% draw_write
def draw_write(patch, F_x, F_y, gamma):
    rows = torch.bmm(patch, F_x)
    return torch.bmm(F_y.permute(0, 2, 1), rows).div(gamma.reshape(-1, 1, 1))


# %% step_kl
def step_kl(mean, log_std):
    divergence = torch.tensor(0.0).to(mean) + (mean**2 - 1) / 2 + torch.exp(2 * log_std) / 2 - log_std
    return torch.sum(divergence, dim=1)
