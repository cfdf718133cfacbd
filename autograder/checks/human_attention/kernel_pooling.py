"""What every answer to ``KernelPooling`` must satisfy."""

import math

import torch

from attn import pooling
from autograder import sample
from autograder.compare import ensure
from autograder.spec import Answers, Case, Exercise, Rng
from autograder.subject import Call, Program


def pools(rng: Rng):
    yield _pool("as it is built", rng, width=2.0)
    yield _pool("with a learned width", rng, width=1.0, learned=0.5)
    yield _pool("a batch", rng, 2, width=1.0, learned=1.7)
    yield _pool("gradients", rng, width=1.0, learned=0.8).backward(sample.seed(rng))


def _pool(name: str, rng: Rng, *B: int, width: float, learned: float | None = None) -> Case:
    args = {
        "queries": sample.tensor(rng, *B, 2),
        "keys": sample.tensor(rng, *B, 3),
        "values": 2 + sample.tensor(rng, *B, 3),
    }
    state = None if learned is None else {"log_width": torch.tensor(learned).log()}
    return Case.of(name, Program((Call(args),), init={"width": width}, state=state))


KernelPooling = Exercise("KernelPooling", points=3, reference=pooling.KernelPooling, cases=pools)


@KernelPooling.fact
def averages_the_values(f: Answers, case: Case) -> None:
    """Every output lies between the smallest and the largest value."""
    low = case["values"].amin(-1, keepdim=True)
    high = case["values"].amax(-1, keepdim=True)
    inside = (f(case) >= low - 1e-4) & (f(case) <= high + 1e-4)
    ensure(inside.all(), "an output lies outside", f(case), f.expected(case))


@KernelPooling.mistake(
    "starts from the width instead of its logarithm",
    "The parameter is ln σ, so it must start at log(width).",
)
class StartsWrong(pooling.KernelPooling):
    def __init__(self, width=1.0):
        super().__init__(math.exp(width))


@KernelPooling.mistake(
    "uses the logarithm as the width",
    "The parameter is ln σ; the width itself is its exp.",
)
class NoExp(pooling.KernelPooling):
    def forward(self, queries, keys, values):
        return pooling.kernel_regression(queries, keys, values, self.log_width)


@KernelPooling.mistake(
    "the width is no parameter",
    "A plain tensor, or a float, is invisible to an optimiser: wrap it in nn.Parameter, and call "
    "it log_width.",
)
class PlainTensor(torch.nn.Module):
    def __init__(self, width=1.0):
        super().__init__()
        self.log_width = torch.tensor(float(width)).log()

    def forward(self, queries, keys, values):
        return pooling.kernel_regression(queries, keys, values, self.log_width.exp())


@KernelPooling.mistake(
    "the gradient is cut",
    "item(), float() and detach() take the number out of the graph, and nothing can be learned. "
    "Keep the width a tensor until the end.",
)
class Cut(pooling.KernelPooling):
    def forward(self, queries, keys, values):
        return pooling.kernel_regression(queries, keys, values, self.log_width.exp().item())


@KernelPooling.mistake(
    "the softmax runs over the queries",
    "Each query shares out its own attention over the keys: the last dimension.",
)
class OverQueries(pooling.KernelPooling):
    def forward(self, queries, keys, values):
        distances = queries[..., :, None] - keys[..., None, :]
        scores = -(distances**2) / (2 * self.log_width.exp() ** 2)
        return (scores.softmax(-2) @ values[..., None])[..., 0]


@KernelPooling.mistake(
    "the factor 2 is missing",
    "The Gaussian is exp(-(q - k)² / 2σ²).",
)
class NoHalf(pooling.KernelPooling):
    def forward(self, queries, keys, values):
        width = self.log_width.exp() / math.sqrt(2)
        return pooling.kernel_regression(queries, keys, values, width)
