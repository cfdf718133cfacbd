# decoding: recursion, one-hot products, einsum, log-space sums, and a cache of closures.

# %% greedy
def greedy(table, prompt, longest):
    def on(before, last, alive, left):
        if left == 0:
            return []
        V = table.shape[0]
        one, two = (torch.nn.functional.one_hot(x, V).to(table.dtype) for x in (before, last))
        newest = torch.einsum("ba,bc,acv->bv", one, two, table).max(-1).indices * alive
        return [newest, *on(last, newest, alive * (newest != EOS).long(), left - 1)]

    alive = torch.ones_like(prompt[:, 0])
    return torch.stack(on(*prompt[:, -2:].unbind(1), alive, longest), dim=-1)


# %% beam_step
def beam_step(totals, logs, finished):
    B, K, V = logs.shape
    grown = (totals.unsqueeze(-1) + logs).masked_fill(finished.unsqueeze(-1), float("-inf"))
    ranked, place = grown.view(B, K * V).sort(dim=1, descending=True)
    ended = finished.sum(1, keepdim=True)
    # The ended first, then the best of the others: a list of 2 K, of which K count.
    first = torch.argsort(~finished, dim=1, stable=True)
    slot = torch.arange(K, device=logs.device).expand(B, K)
    late = (slot - ended).clamp(min=0)
    mine = slot < ended
    totals = torch.where(mine, totals.gather(1, first), ranked.gather(1, late))
    parents = torch.where(mine, first, place.gather(1, late).div(V, rounding_mode="floor"))
    tokens = torch.where(mine, torch.full_like(slot, PAD), place.gather(1, late).remainder(V))
    order = torch.argsort(parents * V + tokens, 1)
    return totals.gather(1, order), parents.gather(1, order), tokens.gather(1, order)


# %% top_p
def top_p(probabilities, p):
    larger = probabilities.unsqueeze(1) > probabilities.unsqueeze(2)
    equal = probabilities.unsqueeze(1) == probabilities.unsqueeze(2)
    earlier = torch.ones_like(equal[0]).tril(-1)
    before = ((larger | (equal & earlier)) * probabilities.unsqueeze(1)).sum(-1)
    logs = probabilities.log().masked_fill(before >= p, float("-inf"))
    return (logs - logs.logsumexp(1, keepdim=True)).exp()


# %% CachedAttention
def CachedAttention():
    pieces = []

    def newest(Q, K, V):
        pieces.append((K, V))
        keys, values = (torch.cat(side, dim=-2) for side in zip(*pieces))
        T, held = Q.size(-2), keys.size(-2)
        later = torch.full((T, held), float("-inf"), device=Q.device).triu(held - T + 1)
        scores = torch.einsum("bhqd,bhkd->bhqk", Q, keys) / Q.size(-1) ** 0.5 + later
        return torch.einsum("bhqk,bhkv->bhqv", scores.softmax(-1), values)

    return newest


# %% grouped_query_attention
def grouped_query_attention(Q, K, V):
    grouped = Q.unflatten(1, (K.shape[1], -1))
    scores = torch.einsum("bgnqd,bgkd->bgnqk", grouped, K) / Q.shape[-1] ** 0.5
    return torch.einsum("bgnqk,bgkv->bgnqv", scores.softmax(-1), V).flatten(1, 2)
