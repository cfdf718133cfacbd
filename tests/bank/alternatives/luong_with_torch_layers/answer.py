# luong: PyTorch's own functions where they fit: bilinear, linear, bmm, index_put, masked softmax by finfo.

# %% dot_score
def dot_score(state, annotations):
    return torch.matmul(annotations, state.unsqueeze(-1)).squeeze(-1)


# %% general_score
def general_score(state, annotations, W_a):
    keys = nn.functional.linear(annotations, W_a)
    return torch.matmul(keys, state.unsqueeze(-1)).squeeze(-1)


# %% concat_score
def concat_score(state, annotations, W_a, v_a):
    T = annotations.shape[-2]
    states = torch.stack([state] * T, dim=-2)
    hidden = nn.functional.linear(torch.cat([states, annotations], dim=-1), W_a)
    return nn.functional.linear(torch.tanh(hidden), v_a.unsqueeze(0)).squeeze(-1)


# %% attentional_vector
def attentional_vector(context, state, W_c):
    x = nn.functional.linear(torch.concat([context, state], dim=-1), W_c)
    return 2 * torch.sigmoid(2 * x) - 1


# %% LuongStep
class LuongStep(nn.Module):
    def __init__(self, width, n, m):
        super().__init__()
        self.cell = nn.GRUCell(input_size=width + n, hidden_size=n)
        self.W_a = nn.Linear(in_features=m, out_features=n, bias=False)
        self.W_c = nn.Linear(in_features=m + n, out_features=n, bias=False)

    def attend(self, query, annotations, mask):
        scores = torch.bmm(self.W_a(annotations), query[:, :, None])[:, :, 0]
        scores = scores.masked_fill(mask.logical_not(), torch.finfo(scores.dtype).min)
        weights = nn.functional.softmax(scores, dim=-1) * mask
        return torch.bmm(weights[:, None], annotations)[:, 0], weights

    def forward(self, embedded, h, vector, annotations, mask):
        state = self.cell(torch.cat([embedded, vector], dim=1), h)
        context, weights = self.attend(state, annotations, mask)
        return torch.tanh(self.W_c(torch.cat([context, state], dim=1))), state, weights


# %% copy_distribution
def copy_distribution(p_gen, vocabulary, weights, source, size):
    batch = vocabulary.shape[:-1]
    out = vocabulary.new_zeros(*batch, size)
    out = torch.cat([out[..., : vocabulary.shape[-1]] + vocabulary, out[..., vocabulary.shape[-1] :]], -1)
    copied = torch.zeros_like(out).scatter_add(-1, source, weights)
    return torch.lerp(copied, out, p_gen.unsqueeze(-1).expand_as(out))


# %% coverage_loss
def coverage_loss(weights):
    before = nn.functional.pad(weights.cumsum(-2), (0, 0, 1, 0))[..., :-1, :]
    return (weights - nn.functional.relu(weights - before)).sum(-1)
