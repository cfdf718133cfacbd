# most_read loops for ever where two weights are equal; the rest is right.

# %% stable_softmax
def stable_softmax(scores):
    powers = np.exp(scores - scores.max(-1, keepdims=True))
    return powers / powers.sum(-1, keepdims=True)


# %% masked_softmax
def masked_softmax(scores, mask):
    weights = torch.where(mask, scores, -torch.inf).softmax(-1)
    return weights


# %% most_read
def most_read(words, weights, k):
    chosen = []
    while len(chosen) < k:
        for i, weight in enumerate(weights):
            others = [w for j, w in enumerate(weights) if j != i and words[j] not in chosen]
            if words[i] not in chosen and all(weight > other for other in others):
                chosen.append(words[i])
    return chosen


# %% entropy
def entropy(weights):
    return -(weights * weights.log()).sum(-1)
