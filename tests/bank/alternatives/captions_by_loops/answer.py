# show_attend_tell: One picture, one word, one place at a time, in Python loops.

# %% gated_context
def gated_context(annotations, scores, h, w, b):
    out = []
    for a, e, state in zip(annotations, scores, h):
        top = e.max()
        powers = [(x - top).exp() for x in e]
        logit = sum(x * y for x, y in zip(state, w)) + b
        beta = 1 / (1 + (-logit).exp())
        out.append(beta * sum(p * v for p, v in zip(powers, a)) / sum(powers))
    return torch.stack(out)


# %% doubly_stochastic_penalty
def doubly_stochastic_penalty(weights, lengths):
    total = 0.0
    for rows, n in zip(weights, lengths.tolist()):
        for place in range(rows.shape[1]):
            seen = sum(rows[t, place] for t in range(n))
            total = total + (1 - seen) ** 2
    return total / len(weights)


# %% sentinel_context
def sentinel_context(scores, sentinel_score, annotations, sentinel):
    mixed, alphas, betas = [], [], []
    for e, e_s, a, s in zip(scores, sentinel_score, annotations, sentinel):
        top = torch.maximum(e.max(), e_s)
        powers, own = (e - top).exp(), (e_s - top).exp()
        beta = own / (own + powers.sum())
        alpha = (e - e.max()).exp()
        alpha = alpha / alpha.sum()
        mixed.append(beta * s + (1 - beta) * sum(x * v for x, v in zip(alpha, a)))
        alphas.append(alpha)
        betas.append(beta)
    return torch.stack(mixed), torch.stack(alphas), torch.stack(betas)


# %% pointing_accuracy
def pointing_accuracy(maps, boxes, classes):
    hits, counts = {}, {}
    for map_, (left, top, right, bottom), kind in zip(maps.tolist(), boxes.tolist(), classes):
        if kind == "":
            continue
        value, r, c = max((v, -r, -c) for r, row in enumerate(map_) for c, v in enumerate(row))
        y, x = 0.5 - r, 0.5 - c
        counts[kind] = counts.get(kind, 0) + 1
        hits[kind] = hits.get(kind, 0) + (left <= x <= right and top <= y <= bottom)
    return {kind: hits[kind] / counts[kind] for kind in counts}
