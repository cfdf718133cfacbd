"""What every answer to ``SoftDictionary`` must satisfy."""

import torch

from attn import dot_product
from autograder import sample
from autograder.spec import Case, Exercise, Rng
from autograder.subject import Call, Program


def dictionaries(rng: Rng):
    yield _dictionary("one entry", rng, entries=1, reads=1)
    yield _dictionary("two entries", rng, entries=2, reads=1, temperature=1.0)
    yield _dictionary("a low temperature", rng, entries=3, reads=2, temperature=0.5)
    key, value = sample.tensor(rng, 2), sample.tensor(rng, 3)
    twice = (_write(key, value), _write(key, -2 * value), _read(sample.tensor(rng, 2)))
    yield Case.of("the same key, written twice", Program(twice, init={"temperature": 1.0}))
    between = (
        _write(sample.tensor(rng, 2), sample.tensor(rng, 2)),
        _read(sample.tensor(rng, 2)),
        _write(sample.tensor(rng, 2), sample.tensor(rng, 2)),
        _read(sample.tensor(rng, 2)),
    )
    yield Case.of("reading between two writes", Program(between, init={"temperature": 2.0}))
    empty = (Call({"query": sample.tensor(rng, 2)}, method="read", catch=True),)
    yield Case.of("reading while empty", Program(empty, init={"temperature": 1.0}))


def _write(key, value) -> Call:
    return Call({"key": key, "value": value}, method="write")


def _read(query) -> Call:
    return Call({"query": query}, method="read")


def _dictionary(name: str, rng: Rng, entries: int, reads: int, temperature: float = 1.0) -> Case:
    writes = [_write(sample.tensor(rng, 3), sample.tensor(rng, 2)) for _ in range(entries)]
    asked = [_read(sample.tensor(rng, 3)) for _ in range(reads)]
    return Case.of(name, Program((*writes, *asked), init={"temperature": temperature}))


SoftDictionary = Exercise(
    "SoftDictionary", points=3, reference=dot_product.SoftDictionary, cases=dictionaries
)


@SoftDictionary.mistake(
    "remembers the last entry only",
    "Each write must add an entry; the earlier ones stay. Keep them in a list.",
)
class LastEntry(dot_product.SoftDictionary):
    def write(self, key, value):
        self.keys, self.values = [key], [value]


@SoftDictionary.mistake(
    "all dictionaries share one list",
    "A list written in the class body belongs to the class, so every dictionary writes to it. "
    "Make the lists in __init__, as self.keys = [].",
    remembers=True,
)
def shared_lists():
    class Shared(dot_product.SoftDictionary):
        shelf_keys, shelf_values = [], []

        def __init__(self, temperature=1.0):
            self.temperature = temperature
            self.keys, self.values = Shared.shelf_keys, Shared.shelf_values

    return Shared


@SoftDictionary.mistake(
    "a hard look-up",
    "This returns the best entry's value. A soft dictionary mixes all values by their weights.",
)
class Hard(dot_product.SoftDictionary):
    def read(self, query):
        if not self.keys:
            raise KeyError("empty")
        return self.values[int(torch.argmax(torch.stack(self.keys) @ query))].clone()


@SoftDictionary.mistake(
    "the same key overwrites",
    "A Python dict keeps one value a key. Here both entries stay, and both are read.",
)
class Overwrites(dot_product.SoftDictionary):
    def write(self, key, value):
        for i, old in enumerate(self.keys):
            if torch.equal(old, key):
                self.values[i] = value
                return
        super().write(key, value)


@SoftDictionary.mistake(
    "the temperature is ignored",
    "Divide the scores by self.temperature before the softmax.",
)
class NoTemperature(dot_product.SoftDictionary):
    def __init__(self, temperature=1.0):
        super().__init__(1.0)


@SoftDictionary.mistake(
    "forgets what it has read",
    "Reading must not change the dictionary: the next read needs the same entries.",
)
class Consumes(dot_product.SoftDictionary):
    def read(self, query):
        answer = super().read(query)
        self.keys, self.values = [], []
        return answer


@SoftDictionary.mistake(
    "answers while empty",
    "With no entry there is nothing to average: raise a KeyError that says so.",
)
class SilentWhenEmpty(dot_product.SoftDictionary):
    def read(self, query):
        return super().read(query) if self.keys else torch.zeros_like(query)
