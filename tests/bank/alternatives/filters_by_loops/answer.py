# draw: One filter, one pixel, one number at a time.

# %% filter_centres
def filter_centres(centre, stride, N):
    rows = []
    for g, delta in zip(centre, stride):
        rows.append(torch.stack([g + (i - N / 2 - 0.5) * delta for i in range(1, N + 1)]))
    return torch.stack(rows)


# %% filter_bank
def filter_bank(centres, variance, size):
    out = []
    for row, v in zip(centres, variance):
        bank = []
        for mu in row:
            exponents = torch.stack([-((a - mu) ** 2) / (2 * v) for a in range(size)])
            powers = (exponents - exponents.max()).exp()
            bank.append(powers / powers.sum())
        out.append(torch.stack(bank))
    return torch.stack(out)


# %% draw_read
def draw_read(x, canvas, F_x, F_y, gamma):
    out = []
    for b in range(len(x)):
        missing = x[b] - 1 / (1 + (-canvas[b]).exp())
        both = []
        for image in (x[b], missing):
            rows = [torch.stack([(fy[:, None] * fx[None] * image).sum() for fx in F_x[b]]) for fy in F_y[b]]
            both.append(gamma[b] * torch.stack(rows))
        out.append(torch.stack(both))
    return torch.stack(out)


# %% draw_write
def draw_write(patch, F_x, F_y, gamma):
    canvas = 0
    N = patch.shape[-1]
    for j in range(N):
        for i in range(N):
            blot = F_y[:, j, :, None] * F_x[:, i, None, :]
            canvas = canvas + (patch[:, j, i] / gamma)[:, None, None] * blot
    return canvas


# %% step_kl
def step_kl(mean, log_std):
    total = torch.zeros_like(mean[:, 0])
    for m, s in zip(mean.unbind(1), log_std.unbind(1)):
        total = total + (m * m + torch.exp(s) ** 2 - 1) / 2 - s
    return total
