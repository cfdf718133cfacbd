# queries_keys_values: A first try stands above the answer; the last definition counts.

# %% stable_softmax
def stable_softmax(scores):
    return np.exp(scores) / np.exp(scores).sum()


def stable_softmax(scores):
    e = np.exp(scores - scores.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


# %% entropy
def entropy(weights):
    return weights.sum(-1)


# %% entropy [copy]
def entropy(weights):
    return -torch.special.xlogy(weights, weights).sum(-1)


# %% SoftDictionary
class SoftDictionary:
    def __init__(self, temperature=1.0):
        self.temperature, self.keys, self.values = temperature, [], []

    def read(self, query):
        return None


first_try = SoftDictionary


# %% own
class SoftDictionary(first_try):
    def write(self, key, value):
        self.keys.append(key)
        self.values.append(value)

    def read(self, query):
        if not self.keys:
            raise KeyError
        return (torch.stack(self.keys) @ query / self.temperature).softmax(0) @ torch.stack(self.values)
