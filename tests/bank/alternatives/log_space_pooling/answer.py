# human_attention: Log-weights and log-sums.

# %% question_weights
def question_weights(question, regions):
    scores = {r: math.fsum(s * f.get(k, 0) for k, s in question.items()) for r, f in regions.items()}
    log_total = float(np.logaddexp.reduce(list(scores.values())))
    return {r: math.exp(s - log_total) for r, s in scores.items()}


# %% kernel_weights
def kernel_weights(x, keys, width):
    logs = np.array([-0.5 * ((x - k) / width) ** 2 for k in keys])
    return np.exp(logs - np.logaddexp.reduce(logs))


# %% kernel_regression
def kernel_regression(x, keys, values, width):
    return math.fsum(w * v for w, v in zip(kernel_weights(x, keys, width), values))


# %% KernelPooling
class KernelPooling(nn.Module):
    def __init__(self, width=1.0):
        super().__init__()
        self.log_width = nn.Parameter(torch.log(torch.tensor(width)))

    def forward(self, queries, keys, values):
        d2 = torch.cdist(queries[..., None], keys[..., None], compute_mode="donot_use_mm_for_euclid_dist") ** 2
        logits = -torch.exp(math.log(0.5) - 2 * self.log_width) * d2
        weights = torch.exp(logits - torch.logsumexp(logits, dim=-1, keepdim=True))
        return torch.matmul(weights, values.unsqueeze(-1)).squeeze(-1)
