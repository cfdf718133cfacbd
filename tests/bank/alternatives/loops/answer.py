# queries_keys_values: Every sum is a loop over single numbers.

# %% stable_softmax
def stable_softmax(scores):
    out = np.empty_like(scores)
    for index in np.ndindex(scores.shape[:-1]):
        largest = scores[index][0]
        for score in scores[index]:
            if score > largest:
                largest = score
        total = 0.0
        for j in range(scores.shape[-1]):
            out[index][j] = math.exp(scores[index][j] - largest)
            total += out[index][j]
        for j in range(scores.shape[-1]):
            out[index][j] /= total
    return out


# %% masked_softmax
def masked_softmax(scores, mask):
    n = scores.shape[-1]
    mask = mask.broadcast_to(scores.shape).reshape(-1, n)
    rows = []
    for row, may in zip(scores.reshape(-1, n), mask):
        seen = [j for j in range(n) if may[j]]
        if not seen:
            rows.append(torch.zeros_like(row))
            continue
        largest = max(row[j] for j in seen)
        powers = {j: (row[j] - largest).exp() for j in seen}
        total = sum(powers.values())
        rows.append(torch.stack([powers[j] / total if j in powers else 0 * row[j] for j in range(n)]))
    return torch.stack(rows).reshape(scores.shape)


# %% entropy
def entropy(weights):
    rows = weights.reshape(-1, weights.shape[-1])
    out = weights.new_zeros(len(rows))
    for i in range(len(rows)):
        for p in rows[i]:
            if p > 0:
                out[i] -= p * torch.log(p)
    return out.reshape(weights.shape[:-1])


# %% most_read
def most_read(words, weights, k):
    left = list(range(len(words)))
    best = []
    while len(best) < k:
        top = left[0]
        for i in left:
            if weights[i] > weights[top]:
                top = i
        left.remove(top)
        best.append(words[top])
    return best


# %% dot_product_attention
def dot_product_attention(Q, K, V, mask=None, temperature=1.0):
    batch, (Tq, d), (Tk, dv) = Q.shape[:-2], Q.shape[-2:], V.shape[-2:]
    mask = torch.ones(Tq, Tk, dtype=torch.bool, device=Q.device) if mask is None else mask
    masks = mask.expand(*batch, Tq, Tk).reshape(-1, Tq, Tk)
    outs = []
    for q, k, v, m in zip(Q.reshape(-1, Tq, d), K.reshape(-1, Tk, d), V.reshape(-1, Tk, dv), masks):
        for i in range(Tq):
            scores = torch.stack([sum(q[i, a] * k[j, a] for a in range(d)) for j in range(Tk)])
            weights = masked_softmax(scores / temperature, m[i])
            outs.append(sum(weights[j] * v[j] for j in range(Tk)))
    return torch.stack(outs).reshape(*batch, Tq, dv)


# %% SoftDictionary
class SoftDictionary:
    def __init__(self, temperature=1.0):
        self.temperature = temperature
        self.entries = []

    def write(self, key, value):
        self.entries.append((key, value))

    def read(self, query):
        if len(self.entries) == 0:
            raise KeyError(query)
        scores = []
        for key, _ in self.entries:
            score = 0.0
            for a, b in zip(query, key):
                score = score + float(a) * float(b)
            scores.append(score / self.temperature)
        total = sum(math.exp(score - max(scores)) for score in scores)
        out = torch.zeros_like(self.entries[0][1])
        for score, (_, value) in zip(scores, self.entries):
            out = out + math.exp(score - max(scores)) / total * value
        return out
