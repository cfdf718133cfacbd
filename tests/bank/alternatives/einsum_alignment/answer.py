# bahdanau: Einsum, log-softmax, and logarithms of what is allowed.

# %% additive_scores
def additive_scores(s, h, W_a, U_a, v_a):
    hidden = np.einsum("kn,n->k", W_a, s) + np.einsum("km,tm->tk", U_a, h)
    return np.einsum("k,tk->t", v_a, np.tanh(hidden))


# %% own
def shares(scores, mask):
    """Zeros in rows without words; a finite floor keeps the gradient from nan."""
    floor = torch.finfo(scores.dtype).min
    logs = torch.log_softmax(torch.where(mask, scores, torch.full_like(scores, floor)), dim=-1)
    return torch.where(mask, logs.exp(), torch.zeros_like(logs))


# %% masked_context
def masked_context(scores, annotations, mask):
    return torch.einsum("bt,btm->bm", shares(scores, mask), annotations)


# %% AdditiveAttention
class AdditiveAttention(nn.Module):
    def __init__(self, n, m, k):
        super().__init__()
        self.v_a = nn.Linear(k, 1, bias=False)
        self.U_a = nn.Linear(m, k, bias=False)
        self.W_a = nn.Linear(n, k, bias=False)

    def forward(self, state, annotations, mask):
        asked = torch.einsum("kn,bn->bk", self.W_a.weight, state)
        offered = torch.einsum("km,btm->btk", self.U_a.weight, annotations)
        hidden = torch.tanh(asked.unsqueeze(1) + offered)
        weights = shares(torch.einsum("k,btk->bt", self.v_a.weight[0], hidden), mask)
        return torch.einsum("bt,btm->bm", weights, annotations), weights


# %% decoder_step
def decoder_step(attend, cell, embedded, state, annotations, mask):
    seen = attend(state, annotations, mask)
    inputs = embedded.new_empty(len(embedded), embedded.shape[1] + seen[0].shape[1])
    inputs[:, : embedded.shape[1]] = embedded
    inputs[:, embedded.shape[1] :] = seen[0]
    return cell(inputs, state), *seen


# %% sharpest_weight
def sharpest_weight(T):
    return 1 / (1 + (T - 1) * math.exp(-2))


# %% alignment_error_rate
def alignment_error_rate(found, sure, possible):
    number = {str(pair) for pair in found}
    must = {str(pair) for pair in sure}
    may = must.union(str(pair) for pair in possible)
    return (len(number - must) + len(number - may) + len(must) - len(number)) / (
        len(number) + len(must)
    )
