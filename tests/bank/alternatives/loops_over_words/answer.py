# bahdanau: One word at a time, in plain loops.

# %% additive_scores
def additive_scores(s, h, W_a, U_a, v_a):
    scores = []
    for word in h:
        votes = [math.tanh(float(w @ s + u @ word)) for w, u in zip(W_a, U_a)]
        scores.append(sum(v * vote for v, vote in zip(v_a, votes)))
    return np.array(scores)


# %% masked_context
def masked_context(scores, annotations, mask):
    rows = []
    for row, words, seen in zip(scores, annotations, mask):
        if not seen.any():
            rows.append(torch.zeros_like(words[0]))
            continue
        rows.append(torch.softmax(row[seen], 0) @ words[seen])
    return torch.stack(rows)


# %% AdditiveAttention
class AdditiveAttention(nn.Module):
    def __init__(self, n, m, k):
        super().__init__()
        self.W_a = nn.Linear(n, k, bias=False)
        self.U_a = nn.Linear(m, k, bias=False)
        self.v_a = nn.Linear(k, 1, bias=False)

    def forward(self, state, annotations, mask):
        contexts, shares = [], []
        for s, words, seen in zip(state, annotations, mask):
            weights = torch.zeros(len(words), dtype=words.dtype, device=words.device)
            if seen.any():
                scores = self.v_a(torch.tanh(self.W_a(s) + self.U_a(words[seen]))).flatten()
                weights = weights.masked_scatter(seen, scores.softmax(0))
            contexts.append(weights @ words)
            shares.append(weights)
        return torch.stack(contexts), torch.stack(shares)


# %% decoder_step
def decoder_step(attend, cell, embedded, state, annotations, mask):
    c, a = attend(state, annotations, mask)
    inputs = torch.hstack((embedded, c))
    return [cell(inputs, state), c, a]


# %% sharpest_weight
def sharpest_weight(T):
    powers = [math.exp(1)] + [math.exp(-1)] * (T - 1)
    return max(powers) / sum(powers)


# %% alignment_error_rate
def alignment_error_rate(found, sure, possible):
    hits = sum((pair in sure) + (pair in sure or pair in possible) for pair in found)
    return 1 - hits / (len(found) + len(sure))
