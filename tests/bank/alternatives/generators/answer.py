# queries_keys_values: Generator expressions, map, zip and itertools in place of loops.

# %% top
import itertools
import operator


# %% stable_softmax
def stable_softmax(scores):
    def rows():
        for row in scores.reshape(-1, scores.shape[-1]):
            e = [math.exp(s - max(row)) for s in row]
            yield from (p / sum(e) for p in e)

    return np.fromiter(rows(), dtype=scores.dtype, count=scores.size).reshape(scores.shape)


# %% entropy
def entropy(weights):
    terms = (-p * torch.log(p) if p else p for p in weights.flatten())
    sums = map(sum, itertools.batched(terms, weights.shape[-1]) if hasattr(itertools, "batched") else zip(*[terms] * weights.shape[-1]))
    return torch.stack(list(sums)).view(weights.shape[:-1])


# %% most_read
def most_read(words, weights, k):
    ranked = sorted(zip(map(operator.neg, weights), itertools.count(), words))
    return list(itertools.islice((word for *_, word in ranked), k))


# %% SoftDictionary
class SoftDictionary:
    def __init__(self, temperature=1.0):
        self.temperature = temperature
        self.entries = iter(())

    def write(self, key, value):
        self.entries = itertools.chain(self.entries, [(key, value)])

    def read(self, query):
        self.entries, now = itertools.tee(self.entries)
        pairs = list(now)
        if not pairs:
            raise KeyError
        scores = [torch.dot(key, query) / self.temperature for key, _ in pairs]
        powers = [torch.exp(score - max(scores)) for score in scores]
        return sum(p * value for p, (_, value) in zip(powers, pairs)) / sum(powers)
