# decoding: Python lists and loops: one row, one hypothesis, one head at a time.

# %% greedy
def greedy(table, prompt, longest):
    rows = []
    for row in prompt.tolist():
        text, new = list(row), []
        while len(new) < longest and EOS not in new:
            scores = table[text[-2]][text[-1]].tolist()
            token = scores.index(max(scores))
            text.append(token)
            new.append(token)
        rows.append(new + [PAD] * (longest - len(new)))
    return torch.tensor(rows, device=prompt.device)


# %% beam_step
def beam_step(totals, logs, finished):
    K, V = logs.shape[1:]
    everything = []
    for b in range(len(totals)):
        kept = [(totals[b, k], k, PAD) for k in range(K) if finished[b, k]]
        others = [
            (totals[b, k] + logs[b, k, v], k, v) for k in range(K) if not finished[b, k] for v in range(V)
        ]
        others.sort(key=lambda one: float(one[0]), reverse=True)
        chosen = sorted(kept + others[: K - len(kept)], key=lambda one: (one[1], one[2]))
        everything.append(chosen)
    scores = torch.stack([torch.stack([one[0] for one in row]) for row in everything])
    parents = torch.tensor([[one[1] for one in row] for row in everything], device=totals.device)
    tokens = torch.tensor([[one[2] for one in row] for row in everything], device=totals.device)
    return scores, parents, tokens


# %% top_p
def top_p(probabilities, p):
    out = torch.zeros_like(probabilities)
    for b, row in enumerate(probabilities.tolist()):
        ranked, total = sorted(range(len(row)), key=lambda i: -row[i]), 0.0
        for i in ranked:
            if total >= p:
                break
            out[b, i] = row[i]
            total += row[i]
    return out / out.sum(dim=1)[:, None]


# %% CachedAttention
class CachedAttention:
    """A list of positions, and an output for each."""

    def __init__(self):
        self.keys, self.values = [], []

    def __call__(self, Q, K, V):
        outputs = []
        for t in range(Q.shape[2]):
            self.keys.append(K[:, :, t])
            self.values.append(V[:, :, t])
            keys, values = torch.stack(self.keys, 2), torch.stack(self.values, 2)
            scores = (keys * Q[:, :, t : t + 1]).sum(-1) / Q.shape[-1] ** 0.5
            weights = torch.softmax(scores, dim=-1)
            outputs.append((weights[..., None] * values).sum(2))
        return torch.stack(outputs, 2)


# %% grouped_query_attention
def grouped_query_attention(Q, K, V):
    H, share = Q.shape[1], Q.shape[1] // K.shape[1]
    heads = [attend(Q[:, h], K[:, h // share], V[:, h // share]) for h in range(H)]
    return torch.stack(heads, 1)
