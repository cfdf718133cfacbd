# show_attend_tell: Logarithms, batched products, counting with collections, NumPy for the boxes.

# %% top
import collections

import numpy as np

# %% gated_context
def gated_context(annotations, scores, h, w, b):
    log_weights = torch.log_softmax(scores, dim=-1) + torch.nn.functional.logsigmoid(h @ w + b)[:, None]
    return torch.bmm(log_weights.exp()[:, None, :], annotations).squeeze(1)


# %% doubly_stochastic_penalty
def doubly_stochastic_penalty(weights, lengths):
    """By cumulative sums, read off at the last word."""
    so_far = weights.cumsum(1)
    last = (lengths - 1).view(-1, 1, 1).expand(-1, 1, weights.shape[2])
    seen = so_far.gather(1, last).squeeze(1)
    return torch.nn.functional.mse_loss(seen, torch.ones_like(seen), reduction="sum") / len(seen)


# %% sentinel_context
def sentinel_context(scores, sentinel_score, annotations, sentinel):
    places = scores.logsumexp(-1)
    beta = torch.sigmoid(sentinel_score - places)  # a softmax over two: the sentinel, all places
    alpha = (scores - places[:, None]).exp()
    c = torch.bmm(alpha[:, None], annotations)[:, 0]
    return torch.lerp(c, sentinel, beta[:, None]), alpha, beta


# %% pointing_accuracy
def pointing_accuracy(maps, boxes, classes):
    maps, boxes = maps.cpu().numpy(), boxes.cpu().numpy()
    seen, hit = collections.Counter(), collections.Counter()
    for weights, box, kind in zip(maps, boxes, classes):
        row, column = np.unravel_index(weights.argmax(), weights.shape)
        x, y = column + 0.5, row + 0.5
        seen[kind] += 1
        hit[kind] += int(box[0] <= x <= box[2] and box[1] <= y <= box[3])
    del seen[""]
    return {kind: hit[kind] / n for kind, n in seen.items()}
