# queries_keys_values: Functions within functions, closures with nonlocal state.

# %% stable_softmax
def stable_softmax(scores):
    def shifted():
        def largest():
            return scores.max(-1, keepdims=True)

        return scores - largest()

    def powers():
        return np.exp(shifted())

    return powers() / powers().sum(-1, keepdims=True)


# %% most_read
def most_read(words, weights, k):
    taken = set()
    last = None

    def best():
        nonlocal last
        last = max((i for i in range(len(words)) if i not in taken), key=lambda i: (weights[i], -i))
        taken.add(last)
        return words[last]

    return [best() for _ in range(k)]


# %% dot_product_attention
def dot_product_attention(Q, K, V, mask=None, temperature=1.0):
    def attend(may_read):
        def score():
            return Q @ K.transpose(-1, -2) / temperature

        def softmax(s):
            none = ~may_read.any(-1, keepdim=True)
            s = s.masked_fill(~may_read, -math.inf).masked_fill(none, 0)
            return s.softmax(-1).masked_fill(none, 0)

        return softmax(score()) @ V

    return attend(torch.ones(1, 1, dtype=torch.bool, device=Q.device) if mask is None else mask)


# %% SoftDictionary
def make():
    class Inner:
        def __init__(self, temperature=1.0):
            entries = []

            def write(key, value):
                entries.append((key, value))

            def read(query):
                if not entries:
                    raise KeyError("empty")
                K, V = map(torch.stack, zip(*entries))
                return (K @ query / temperature).softmax(0) @ V

            self.write, self.read = write, read

    return Inner


SoftDictionary = make()
