# human_attention: Throws darts one after another until n have hit.

# %% fixations
def fixations(weights, n, generator=None):
    seed = int(torch.randint(2**62, (1,), generator=generator, device=weights.device))
    rng = np.random.default_rng(seed)
    p = weights.cpu().numpy().astype(float)
    hits = np.empty(0, dtype=np.int64)
    while len(hits) < n:
        places = rng.integers(len(p), size=2 * n)
        heights = rng.uniform(0, p.max(), size=2 * n)
        hits = np.concatenate([hits, places[heights < p[places]]])
    return torch.from_numpy(hits[:n]).to(weights.device)
