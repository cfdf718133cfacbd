# queries_keys_values: Classes upon classes: abstract, mixed in, with properties and class methods.

# %% top
import abc


# %% SoftDictionary
class Memory(abc.ABC):
    instances = 0

    def __new__(cls, *args, **kwargs):
        Memory.instances += 1
        return super().__new__(cls)

    def __init__(self, *, temperature):
        self._temperature = temperature

    @property
    def temperature(self):
        return self._temperature

    @abc.abstractmethod
    def read(self, query): ...


class Shelved:
    def __init__(self, **options):
        super().__init__(**options)
        self.rows = {}

    def write(self, key, value):
        self.rows[len(self.rows)] = (key, value)

    def __bool__(self):
        return bool(self.rows)


class EmptyMemory(KeyError):
    pass


class SoftDictionary(Shelved, Memory):
    def __init__(self, temperature=1.0):
        super().__init__(temperature=temperature)

    def __getitem__(self, query):
        if not self:
            raise KeyError(EmptyMemory("empty"))
        K, V = (torch.stack(t) for t in zip(*self.rows.values()))
        return self.soft(K @ query / self.temperature) @ V

    read = __getitem__

    @staticmethod
    def soft(scores):
        return scores.softmax(-1)
