# beyond: Windows by unfold, one more entity that is always there, history zeroed before it is read.

# %% own
def windows(row, width):
    r = width // 2
    return torch.nn.functional.pad(row, (r, r)).unfold(-1, width, 1)


# %% location_scores
def location_scores(s, h, previous, W, V, U, F, b, w):
    f = windows(previous, F.shape[-1]) @ F.transpose(0, 1)
    everything = torch.cat([s.unsqueeze(1).expand(-1, h.shape[1], -1), h, f], dim=-1)
    hidden = torch.nn.functional.linear(everything, torch.cat([W, V, U], dim=1), b)
    return (torch.tanh(hidden) * w).sum(-1)


# %% attend_entities
def attend_entities(agent, entities, mask, W_q, W_k, W_v):
    nothing = ~mask.any(-1, keepdim=True)
    # Where nothing is seen, a place that holds nothing is.
    entities = torch.cat([entities * mask.unsqueeze(-1), entities[:, :1] * 0], dim=1)
    mask = torch.cat([mask, nothing], dim=1)
    return torch.nn.functional.scaled_dot_product_attention(
        (agent @ W_q.T).unsqueeze(1), entities @ W_k.T, entities @ W_v.T, mask.unsqueeze(1)
    ).squeeze(1)


# %% attend_history
def attend_history(candidate, history, mask, W, b, v):
    history = history * mask.unsqueeze(-1)  # what weighs nothing may have any weight
    c = candidate.unsqueeze(1).repeat(1, history.shape[1], 1)
    hidden = torch.nn.functional.linear(torch.cat((history, c, history * c), dim=2), W, b)
    weights = torch.nn.functional.relu(hidden).matmul(v)
    return (weights.unsqueeze(-1) * history).sum(dim=1)
