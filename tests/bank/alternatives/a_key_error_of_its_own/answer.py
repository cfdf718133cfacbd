# queries_keys_values: The error for an empty dictionary is a kind of KeyError.

# %% SoftDictionary
class Empty(KeyError):
    """There is nothing to read."""


class SoftDictionary:
    def __init__(self, temperature=1.0):
        self.temperature, self.keys, self.values = temperature, [], []

    def write(self, key, value):
        self.keys.append(key)
        self.values.append(value)

    def read(self, query):
        if not self.keys:
            raise Empty
        return torch.softmax(torch.stack(self.keys) @ query / self.temperature, 0) @ torch.stack(self.values)
