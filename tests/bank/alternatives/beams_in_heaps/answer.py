# decoding: heapq, searchsorted, torch's own attention with a mask, and heads put in the batch.

# %% top
import heapq

from torch.nn import functional as F


# %% greedy
def greedy(table, prompt, longest):
    V = table.shape[-1]
    following = table.reshape(V * V, V).max(dim=1).indices
    following = following.view(V, V)
    text = prompt.clone()
    for _ in range(longest):
        text = torch.cat((text, following[text[:, -2], text[:, -1]].unsqueeze(1)), dim=1)
    new = text[:, prompt.size(1) :]
    ended = (new == EOS).int().cumsum(1) - (new == EOS).int()
    return torch.where(ended > 0, torch.full_like(new, PAD), new)


# %% beam_step
def beam_step(totals, logs, finished):
    K, V = logs.shape[1:]
    new, parents, tokens = totals.clone(), torch.zeros_like(finished).long(), torch.zeros_like(finished).long()
    for b in range(totals.shape[0]):
        done = [(k, PAD) for k in range(K) if bool(finished[b, k])]
        score = (totals[b][:, None] + logs[b]).tolist()
        ways = ((score[k][v], k, v) for k in range(K) if not bool(finished[b, k]) for v in range(V))
        best = heapq.nlargest(K - len(done), ways, key=lambda way: way[0])
        chosen = sorted(done + [(k, v) for _, k, v in best])
        for place, (k, v) in enumerate(chosen):
            parents[b, place], tokens[b, place] = k, v
            new[b, place] = totals[b, k] if bool(finished[b, k]) else score[k][v]
    return [new, parents, tokens]


# %% top_p
def top_p(probabilities, p):
    order = torch.argsort(-probabilities, dim=1)
    sums = torch.cumsum(torch.gather(probabilities.double(), 1, order), 1)
    level = torch.full((len(sums), 1), float(p), dtype=torch.float64, device=sums.device)
    many = torch.searchsorted(sums.contiguous(), level)  # how many sums lie below p
    rank = torch.argsort(order, dim=1)
    left = torch.where(rank <= many, probabilities, torch.zeros_like(probabilities))
    return torch.nn.functional.normalize(left, p=1, dim=1)


# %% CachedAttention
class CachedAttention:
    """Room for more than is held, doubled when it is full."""

    def __init__(self):
        self.length, self.room = 0, None

    def __call__(self, Q, K, V):
        B, H, T, _ = K.shape
        if self.room is None:
            self.room = [K.new_empty(B, H, 2, K.shape[-1]), V.new_empty(B, H, 2, V.shape[-1])]
        while self.room[0].shape[2] < self.length + T:
            self.room = [torch.cat([x, torch.empty_like(x)], 2) for x in self.room]
        for x, new in zip(self.room, (K, V)):
            x[:, :, self.length : self.length + T] = new
        self.length += T
        keys, values = (x[:, :, : self.length] for x in self.room)
        place = torch.arange(self.length, device=Q.device)
        mask = place[None, :] <= place[self.length - T :, None]
        return F.scaled_dot_product_attention(Q, keys, values, attn_mask=mask)


# %% grouped_query_attention
def grouped_query_attention(Q, K, V):
    (B, H, Tq, d), Hkv = Q.shape, K.shape[1]
    folded = Q.reshape(B * Hkv, (H // Hkv) * Tq, d)
    scores = torch.baddbmm(torch.zeros(1, device=Q.device), folded, K.flatten(0, 1).mT, alpha=d**-0.5)
    return (scores.softmax(-1) @ V.flatten(0, 1)).reshape(B, H, Tq, -1)
