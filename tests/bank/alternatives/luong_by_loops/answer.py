# luong: One position at a time, with Python's own loops; lists are stacked at the end.

# %% dot_score
def dot_score(state, annotations):
    return torch.stack([(state * h_s).sum(-1) for h_s in annotations.unbind(-2)], -1)


# %% general_score
def general_score(state, annotations, W_a):
    columns = []
    for h_s in annotations.unbind(-2):
        turned = h_s @ W_a.T
        columns.append((state * turned).sum(dim=-1))
    return torch.stack(columns, dim=-1)


# %% concat_score
def concat_score(state, annotations, W_a, v_a):
    T = annotations.size(-2)
    found = [
        torch.tanh(torch.cat((state, annotations[..., s, :]), dim=-1) @ W_a.T) @ v_a for s in range(T)
    ]
    return torch.stack(found, dim=-1)


# %% attentional_vector
def attentional_vector(context, state, W_c):
    both = torch.cat((context, state), dim=-1)
    return torch.stack([torch.tanh((both * row).sum(-1)) for row in W_c], dim=-1)


# %% LuongStep
class LuongStep(nn.Module):
    def __init__(self, width, n, m):
        super(LuongStep, self).__init__()
        self.W_c = nn.Linear(n + m, n, bias=False)
        self.W_a = nn.Linear(m, n, bias=False)
        self.cell = nn.GRUCell(n + width, n)

    def forward(self, embedded, h, vector, annotations, mask):
        new = self.cell(torch.cat((embedded, vector), 1), h)
        vectors, weights = [], []
        for b in range(len(new)):
            scores = torch.stack([new[b] @ self.W_a(h_s) for h_s in annotations[b]])
            powers = torch.exp(scores - scores.max().detach()) * mask[b]
            a = powers / powers.sum()
            c = sum(a_s * h_s for a_s, h_s in zip(a, annotations[b]))
            weights.append(a)
            vectors.append(torch.tanh(self.W_c(torch.cat((c, new[b])))))
        return torch.stack(vectors), new, torch.stack(weights)


# %% copy_distribution
def copy_distribution(p_gen, vocabulary, weights, source, size):
    columns = []
    for w in range(size):
        copied = (weights * (source == w)).sum(-1)
        said = vocabulary[..., w] if w < vocabulary.shape[-1] else torch.zeros_like(copied)
        columns.append(p_gen * said + (1 - p_gen) * copied)
    return torch.stack(columns, -1)


# %% coverage_loss
def coverage_loss(weights):
    covered, costs = torch.zeros_like(weights[..., 0, :]), []
    for a in weights.unbind(-2):
        costs.append(torch.where(a < covered, a, covered).sum(-1))
        covered = covered + a
    return torch.stack(costs, -1)
