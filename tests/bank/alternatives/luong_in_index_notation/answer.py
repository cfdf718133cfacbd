# luong: einsum for every product, one-hot matrices for copying, a triangle for coverage.

# %% dot_score
def dot_score(state, annotations):
    return torch.einsum("...n,...tn->...t", state, annotations)


# %% general_score
def general_score(state, annotations, W_a):
    return torch.einsum("...n,nm,...tm->...t", state, W_a, annotations)


# %% concat_score
def concat_score(state, annotations, W_a, v_a):
    left, right = W_a.split([state.shape[-1], annotations.shape[-1]], dim=1)
    a = torch.einsum("kn,...n->...k", left, state)
    b = torch.einsum("km,...tm->...tk", right, annotations)
    return torch.einsum("k,...tk->...t", v_a, torch.tanh(a.unsqueeze(-2) + b))


# %% attentional_vector
def attentional_vector(context, state, W_c):
    m = context.shape[-1]
    read = torch.einsum("km,...m->...k", W_c[:, :m], context)
    known = torch.einsum("kn,...n->...k", W_c[:, m:], state)
    return torch.tanh(read + known)


# %% LuongStep
class LuongStep(nn.Module):
    def __init__(self, width, n, m):
        super().__init__()
        self.cell = nn.GRUCell(width + n, n)
        self.W_a, self.W_c = nn.Linear(m, n, bias=False), nn.Linear(m + n, n, bias=False)

    def forward(self, embedded, h, vector, annotations, mask):
        h = self.cell(torch.hstack([embedded, vector]), h)
        scores = torch.einsum("bn,btn->bt", h, self.W_a(annotations))
        weights = torch.where(mask, scores, float("-inf")).softmax(dim=1)
        context = torch.einsum("bt,btm->bm", weights, annotations)
        return self.W_c(torch.hstack([context, h])).tanh(), h, weights


# %% copy_distribution
def copy_distribution(p_gen, vocabulary, weights, source, size):
    which = nn.functional.one_hot(source, size).to(weights.dtype)
    copied = torch.einsum("...t,...tw->...w", weights, which)
    known = torch.cat([vocabulary, torch.zeros_like(copied[..., vocabulary.shape[-1]:])], -1)
    return p_gen.unsqueeze(-1) * known + (1 - p_gen).unsqueeze(-1) * copied


# %% coverage_loss
def coverage_loss(weights):
    Tq = weights.shape[-2]
    earlier = torch.ones(Tq, Tq, dtype=weights.dtype, device=weights.device).tril(-1)
    return torch.minimum(weights, torch.einsum("ij,...jt->...it", earlier, weights)).sum(-1)
