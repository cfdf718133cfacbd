# human_attention: Draws by Gumbel's trick: the largest of noisy log-weights.

# %% fixations
def fixations(weights, n, generator=None):
    u = torch.rand(n, len(weights), generator=generator, device=weights.device, dtype=torch.float64)
    noise = -torch.log(-torch.log(u.clamp(min=1e-300)))
    return (weights.double().log() + noise).argmax(-1).to(torch.int32)
