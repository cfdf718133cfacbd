# draw: Every product is an einsum, and the places come from linspace.

# %% filter_centres
def filter_centres(centre, stride, N):
    half = (N - 1) / 2
    steps = torch.linspace(-half, half, N, device=centre.device, dtype=centre.dtype)
    return torch.einsum("b,n->bn", stride, steps) + centre.unsqueeze(1)


# %% filter_bank
def filter_bank(centres, variance, size):
    a = torch.arange(size).to(centres)
    squared = (a.view(1, 1, -1) - centres.unsqueeze(-1)).square()
    logs = -squared / variance.view(-1, 1, 1) / 2
    return torch.exp(logs - torch.logsumexp(logs, dim=2, keepdim=True))


# %% draw_read
def draw_read(x, canvas, F_x, F_y, gamma):
    images = torch.stack((x, x - canvas.sigmoid()))
    return torch.einsum("b,bjy,pbyx,bix->bpji", gamma, F_y, images, F_x)


# %% draw_write
def draw_write(patch, F_x, F_y, gamma):
    return torch.einsum("bjy,bji,bix->byx", F_y, patch / gamma.view(-1, 1, 1), F_x)


# %% step_kl
def step_kl(mean, log_std):
    variance = log_std.exp().square()
    return torch.einsum("bz->b", 0.5 * (mean.square() + variance - variance.log() - 1))
