# beyond: Index notation, a matrix of taps, log-space weights, and W cut in three.

# %% top
import math


# %% location_scores
def location_scores(s, h, previous, W, V, U, F, b, w):
    T, width = previous.shape[-1], F.shape[-1]
    j = torch.arange(T, device=F.device)
    tap = j[None, :] - j[:, None] + width // 2  # which number of the filter j sees t through
    inside = (tap >= 0) & (tap < width)
    bands = F[:, tap.clamp(0, width - 1)] * inside  # (c, T, T)
    f = torch.einsum("cjt,bt->bjc", bands, previous)
    inner = torch.einsum("kn,bn->bk", W, s)[:, None] + torch.einsum("km,bjm->bjk", V, h)
    return torch.einsum("bjk,k->bj", (inner + torch.einsum("kc,bjc->bjk", U, f) + b).tanh(), w)


# %% attend_entities
def attend_entities(agent, entities, mask, W_q, W_k, W_v):
    bilinear = W_q.T @ W_k / math.sqrt(W_q.shape[0])
    scores = torch.einsum("bn,nm,bim->bi", agent, bilinear, entities)
    scores = torch.where(mask, scores, float("-inf"))
    total = torch.logsumexp(scores, -1, keepdim=True)
    weights = torch.where(mask, (scores - total).exp(), 0.0)
    return torch.einsum("bi,bim,em->be", weights, entities, W_v)


# %% attend_history
def attend_history(candidate, history, mask, W, b, v):
    item, asked, both = W.chunk(3, dim=1)
    inner = torch.einsum("kd,btd->btk", item, history) + (candidate @ asked.T + b)[:, None]
    inner = inner + torch.einsum("kd,bd,btd->btk", both, candidate, history)
    weights = torch.einsum("btk,k->bt", inner.clamp(min=0), v)
    return torch.einsum("bt,btd->bd", weights.masked_fill(~mask, 0), history)
