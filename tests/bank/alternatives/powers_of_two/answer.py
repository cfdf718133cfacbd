# queries_keys_values: The softmax by powers of two.

# %% stable_softmax
def stable_softmax(scores):
    s = scores / np.log(2)
    e = np.exp2(s - s.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


# %% entropy
def entropy(weights):
    return -(weights * weights.clamp(min=1e-37).log2()).sum(-1) * math.log(2)
