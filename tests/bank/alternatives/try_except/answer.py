# queries_keys_values: Asks for forgiveness: errors are raised and caught on the way to right answers.

# %% stable_softmax
def stable_softmax(scores):
    try:
        with np.errstate(all="raise"):
            return np.exp(scores) / np.exp(scores).sum(-1, keepdims=True)
    except FloatingPointError:
        e = np.exp(scores - scores.max(-1, keepdims=True))
        return e / e.sum(-1, keepdims=True)


# %% most_read
def most_read(words, weights, k):
    rest, out = dict(enumerate(weights)), []
    while True:
        try:
            if len(out) == k:
                raise StopIteration
            best = max(rest, key=rest.get)
            rest.pop(best)
            out.append(words[best])
        except StopIteration:
            return out
        finally:
            pass


# %% dot_product_attention
class NoMask(Exception):
    pass


def dot_product_attention(Q, K, V, mask=None, temperature=1.0):
    scores = Q @ K.transpose(-1, -2) / temperature
    try:
        if mask is None:
            raise NoMask("all may be read")
        rows = mask.any(-1, keepdim=True)
    except NoMask as reason:
        assert str(reason)
        return scores.softmax(-1) @ V
    else:
        return scores.masked_fill(~mask, -math.inf).masked_fill(~rows, 0).softmax(-1).masked_fill(~rows, 0) @ V


# %% SoftDictionary
class SoftDictionary:
    def __init__(self, temperature=1.0):
        self.temperature = temperature

    def write(self, key, value):
        try:
            self.keys.append(key)
        except AttributeError:
            self.keys, self.values = [key], []
        self.values.append(value)

    def read(self, query):
        try:
            keys = self.keys
        except AttributeError as error:
            raise KeyError("no entry") from error
        return (torch.stack(keys) @ query / self.temperature).softmax(-1) @ torch.stack(self.values)
