# human_attention: Index notation for averages.

# %% kernel_weights
def kernel_weights(x, keys, width):
    d = x - keys
    scores = np.einsum("j,j->j", d, d) / (-2 * width**2)
    powers = np.exp(scores - np.max(scores))
    return powers / np.einsum("j->", powers)


# %% kernel_regression
def kernel_regression(x, keys, values, width):
    return np.einsum("j,j->", kernel_weights(x, keys, width), values)


# %% KernelPooling
class KernelPooling(nn.Module):
    def __init__(self, width=1.0):
        super().__init__()
        self.log_width = nn.Parameter(torch.as_tensor(float(width)).log())

    def forward(self, queries, keys, values):
        d = queries.unsqueeze(-1) - keys.unsqueeze(-2)
        scores = -0.5 * torch.einsum("...ij,...ij->...ij", d, d) * torch.exp(-2 * self.log_width)
        return torch.einsum("...ij,...j->...i", scores.softmax(-1), values)
