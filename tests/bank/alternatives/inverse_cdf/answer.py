# human_attention: Draws by the inverse of the distribution function.

# %% fixations
def fixations(weights, n, generator=None):
    u = torch.rand(n, generator=generator, device=weights.device, dtype=torch.float64)
    edges = weights.double().cumsum(0)
    return torch.searchsorted(edges / edges[-1], u, right=True)
