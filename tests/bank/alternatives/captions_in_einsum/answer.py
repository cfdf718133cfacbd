# show_attend_tell: Einstein sums, masks by multiplying, and a sentinel that is one more place.

# %% gated_context
def gated_context(annotations, scores, h, w, b):
    beta = (torch.einsum("bn,n->b", h, w) + b).sigmoid()
    return torch.einsum("b,bl,bld->bd", beta, torch.softmax(scores, 1), annotations)


# %% doubly_stochastic_penalty
def doubly_stochastic_penalty(weights, lengths):
    steps = torch.arange(weights.size(1), device=weights.device)
    real = (steps.unsqueeze(0) < lengths.unsqueeze(1)).to(weights.dtype)
    seen = torch.einsum("btl,bt->bl", weights, real)
    return (seen - 1).pow(2).sum() / weights.size(0)


# %% sentinel_context
def sentinel_context(scores, sentinel_score, annotations, sentinel):
    """The sentinel as one more place; the weights of the others made whole again."""
    everything = torch.cat([annotations, sentinel.unsqueeze(1)], 1)
    weights = torch.cat([scores, sentinel_score.unsqueeze(1)], 1).softmax(1)
    return torch.einsum("bl,bld->bd", weights, everything), scores.softmax(1), weights[:, -1]


# %% pointing_accuracy
def pointing_accuracy(maps, boxes, classes):
    N, R, C = maps.shape
    ys, xs = torch.meshgrid(torch.arange(R) + 0.5, torch.arange(C) + 0.5, indexing="ij")
    ys, xs = ys.to(boxes), xs.to(boxes)
    best = torch.nn.functional.one_hot(maps.reshape(N, -1).argmax(1), R * C).reshape(N, R, C)
    x, y = (best * xs).sum((1, 2)), (best * ys).sum((1, 2))
    point = torch.stack([x, y], 1)
    hit = ((point >= boxes[:, :2]) & (point <= boxes[:, 2:])).all(1).double()
    return {
        kind: hit[torch.tensor([k == kind for k in classes], device=hit.device)].mean().item()
        for kind in set(classes) - {""}
    }
