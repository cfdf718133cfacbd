"""What a student may have written: run as cells in a sandbox, and by the tests themselves."""

import numpy as np
import torch

seen = []
factor = 2


def double(x):
    return factor * x


def total(numbers):
    return np.sum(numbers, axis=-1)


class Line(torch.nn.Module):
    def __init__(self, width):
        super().__init__()
        self.weight = torch.nn.Parameter(torch.zeros(width))

    def forward(self, x):
        return x @ self.weight


class Counter:
    def __init__(self, start):
        self.n = start

    def step(self, by=1):
        self.n += by
        return self.n


def draw(generator):
    return torch.randn(3, generator=generator)


def draw_numpy(rng):
    return rng.normal(size=3)


def globally_random():
    return torch.rand(2), np.random.rand(2)


def apply(function, x):
    return function(x)


def describe(words, table):
    return {"first": words[0], "keys": list(table), "none": None, "nested": [[1, 2.5], [True]]}


def special():
    return [float("nan"), float("inf"), torch.tensor([-float("inf"), 0.0]), np.array([np.nan])]


def of_every_dtype(x):
    kinds = (torch.bool, torch.uint8, torch.int8, torch.int16, torch.int32, torch.int64,
             torch.float16, torch.bfloat16, torch.float32, torch.float64)  # fmt: skip
    return [x.to(kind) for kind in kinds]


def empty_and_scalar():
    return [torch.zeros(0, 3), torch.tensor(2.0), np.float64(1.5), np.zeros((2, 0))]


def fails(x):
    y = x + 1
    return y.nothing


def is_empty(x):
    raise KeyError("empty")


def changes(x):
    x += 1
    return x


def remembers(x):
    seen.append(x)
    return len(seen)


class Shouting(torch.Tensor):
    pass


class Lazy:
    def __array__(self):
        return np.zeros(2)

    def __float__(self):
        return 1.0


def foreign():
    return [Lazy(), torch.zeros(2).as_subclass(Shouting), np.ma.zeros(2), 1j, {1: 2}, object]


def odd_tensors():
    return [
        torch.zeros(2, dtype=torch.complex64),
        torch.zeros(2, device="meta"),
        torch.eye(2).to_sparse(),
        np.zeros(2, np.longdouble),
        np.array(["a"]),
    ]


def too_large():
    return torch.zeros(5000, 5000)


def too_many():
    return list(range(100_000))


def too_deep():
    value = []
    for _ in range(5000):
        value = [value]
    return value


def endless():
    value = []
    value.append(value)
    return value


def odd_text():
    return "\ud800 \x00 é 🙂", 10**1000, -(10**299)


def prints(x):
    print("hello" * 10_000)
    return x


def leaves():
    raise SystemExit(0)


def interrupts():
    raise KeyboardInterrupt


not_callable = 5
