# queries_keys_values: The dictionary is a module that keeps its entries as parameters.

# %% SoftDictionary
class SoftDictionary(torch.nn.Module):
    def __init__(self, temperature=1.0):
        super().__init__()
        self.temperature = temperature
        self.keys = torch.nn.ParameterList()
        self.values = torch.nn.ParameterList()

    def write(self, key, value):
        self.keys.append(torch.nn.Parameter(key.clone(), requires_grad=False))
        self.values.append(torch.nn.Parameter(value.clone()))

    def read(self, query):
        if len(self.keys) == 0:
            raise KeyError("nothing is written here yet")
        scores = torch.stack(list(self.keys)) @ query / self.temperature
        return torch.softmax(scores, 0) @ torch.stack(list(self.values))
