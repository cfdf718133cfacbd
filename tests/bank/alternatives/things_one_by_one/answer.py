# beyond: Python loops: one frame, one thing, one item at a time.

# %% location_scores
def location_scores(s, h, previous, W, V, U, F, b, w):
    T, r = previous.shape[1], F.shape[1] // 2
    rows = []
    for x in range(len(s)):
        row = []
        for j in range(T):
            f = torch.zeros(len(F), dtype=F.dtype, device=F.device)
            for i in range(F.shape[1]):
                if 0 <= j + i - r < T:
                    f = f + F[:, i] * previous[x, j + i - r]
            row.append(w.dot(torch.tanh(W.mv(s[x]) + V.mv(h[x, j]) + U.mv(f) + b)))
        rows.append(torch.stack(row))
    return torch.stack(rows)


# %% attend_entities
def attend_entities(agent, entities, mask, W_q, W_k, W_v):
    rows = []
    for x, things, seen in zip(agent, entities, mask):
        there = [thing for thing, is_seen in zip(things, seen) if is_seen]
        read = torch.zeros(len(W_v), dtype=W_v.dtype, device=W_v.device)
        if there:
            scores = torch.stack([W_q.mv(x).dot(W_k.mv(one)) for one in there])
            for weight, one in zip((scores / len(W_q) ** 0.5).softmax(0), there):
                read = read + weight * W_v.mv(one)
        rows.append(read)
    return torch.stack(rows)


# %% attend_history
def attend_history(candidate, history, mask, W, b, v):
    rows = []
    for c, items, there in zip(candidate, history, mask):
        read = torch.zeros_like(c)
        for e in items[there]:
            read = read + v.dot(torch.relu(W.mv(torch.cat([e, c, e * c])) + b)) * e
        rows.append(read)
    return torch.stack(rows)
