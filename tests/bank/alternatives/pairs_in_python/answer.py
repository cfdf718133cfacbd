# is_attention_explanation: Numbers taken out of the tensors, counted in Python, and put back.

# %% total_variation
def total_variation(p, q):
    """Only what a class has gained: as much as the others have lost."""
    return torch.relu(p - q).sum(dim=-1)


# %% permutation_test
def permutation_test(weights, annotations, W, orders):
    flat_weights = weights.reshape(-1, weights.shape[-1])
    flat_annotations = annotations.reshape(-1, *annotations.shape[-2:])
    medians = []
    for w, h in zip(flat_weights, flat_annotations):
        before = torch.softmax(W @ (h * w.unsqueeze(-1)).sum(0), 0)
        changes = []
        for order in orders.tolist():
            mixed = sum(w[source] * h[t] for t, source in enumerate(order))
            changes.append(float(total_variation(torch.softmax(W @ mixed, 0), before)))
        medians.append(sorted(changes)[len(changes) // 2])
    return torch.tensor(medians, dtype=weights.dtype, device=weights.device).reshape(weights.shape[:-1])


# %% rank_agreement
def rank_agreement(a, b):
    n, found = a.shape[-1], []
    for x, y in zip(a.reshape(-1, n).tolist(), b.reshape(-1, n).tolist()):
        agree = against = in_x = in_y = 0
        for i in range(n):
            for j in range(i):
                agree += (x[i] > x[j] and y[i] > y[j]) or (x[i] < x[j] and y[i] < y[j])
                against += (x[i] > x[j] and y[i] < y[j]) or (x[i] < x[j] and y[i] > y[j])
                in_x += x[i] != x[j]
                in_y += y[i] != y[j]
        found.append((agree - against) / math.sqrt(in_x * in_y))
    return torch.tensor(found, dtype=a.dtype, device=a.device).reshape(a.shape[:-1])


# %% erase
def erase(weights, ranking, k):
    T = weights.shape[-1]
    rows = []
    for w, r in zip(weights.reshape(-1, T), ranking.reshape(-1, T).tolist()):
        gone = set(sorted(range(T), key=r.__getitem__)[T - k :])
        kept = [0.0 if t in gone else w[t].item() for t in range(T)]
        total = sum(kept)
        rows.append([x / total if total else 0.0 for x in kept])
    return torch.tensor(rows, dtype=weights.dtype, device=weights.device).reshape(weights.shape)
