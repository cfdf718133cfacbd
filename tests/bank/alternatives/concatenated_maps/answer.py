# bahdanau: State and annotation side by side, one matrix for both, in float64.

# %% additive_scores
def additive_scores(s, h, W_a, U_a, v_a):
    both = np.concatenate([np.tile(s, (len(h), 1)), h], axis=1)
    return np.tanh(both @ np.hstack([W_a, U_a]).T).dot(v_a)


# %% masked_context
def masked_context(scores, annotations, mask):
    largest = scores.masked_fill(~mask, -1e30).amax(-1, keepdim=True).detach()
    powers = torch.exp((scores - largest).clamp(max=0)) * mask
    total = powers.sum(-1, keepdim=True)
    weights = powers / torch.where(total == 0, torch.ones_like(total), total)
    return torch.bmm(weights.unsqueeze(1), annotations).squeeze(1)


# %% AdditiveAttention
class AdditiveAttention(nn.Module):
    def __init__(self, n, m, k):
        super().__init__()
        self.W_a, self.U_a = nn.Linear(n, k, bias=False), nn.Linear(m, k, bias=False)
        self.v_a = nn.Linear(k, 1, bias=False)

    def forward(self, state, annotations, mask):
        T = annotations.shape[1]
        both = torch.cat([state[:, None].expand(-1, T, -1), annotations], dim=2).double()
        maps = torch.cat([self.W_a.weight, self.U_a.weight], dim=1).double()
        scores = torch.tanh(both @ maps.T) @ self.v_a.weight[0].double()
        weights = torch.zeros_like(scores)
        some = mask.any(1)
        weights[some] = scores[some].masked_fill(~mask[some], float("-inf")).softmax(1)
        context = (weights.unsqueeze(-1) * annotations).sum(dim=1)
        return context.to(annotations.dtype), weights.to(annotations.dtype)


# %% decoder_step
def decoder_step(attend, cell, embedded, state, annotations, mask):
    def look():
        return attend(state, annotations, mask)

    def move(context):
        return cell(torch.column_stack([embedded, context]), state)

    context, weights = look()
    return move(context), context, weights


# %% sharpest_weight
def sharpest_weight(T):
    scores = -torch.ones(T, dtype=torch.float64)
    scores[0] = 1
    return scores.softmax(0)[0].item()


# %% alignment_error_rate
def alignment_error_rate(found, sure, possible):
    A = frozenset(map(tuple, found))
    S = frozenset(map(tuple, sure))
    P = S | frozenset(map(tuple, possible))
    return 1.0 - (len(A.intersection(S)) + len(A.intersection(P))) / (len(A) + len(S))
