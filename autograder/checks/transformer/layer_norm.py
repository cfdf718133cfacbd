"""What every answer to ``LayerNorm`` must satisfy."""

import torch
from torch import nn

from attn import layer_norm
from autograder import sample
from autograder.compare import agree, ensure
from autograder.spec import Answers, Case, Exercise, Rng
from autograder.subject import Call, Program


def positions(rng: Rng):
    yield _normed("by hand", rng, torch.tensor([[1.0, 3.0]]), plain=True)
    yield _normed("one position", rng, sample.tensor(rng, 1, 4))
    yield _normed("a sentence", rng, 2 + 3 * sample.tensor(rng, 3, 4))
    yield _normed("a batch", rng, sample.tensor(rng, 2, 3, 6))
    yield _normed("as many positions as numbers", rng, sample.tensor(rng, 4, 4))
    yield _normed("numbers that hardly differ", rng, 0.002 * sample.tensor(rng, 2, 4))
    yield _normed("numbers that are all alike", rng, torch.full((2, 3), 5.0))
    yield _normed("large numbers", rng, 1000 * sample.tensor(rng, 2, 5))
    gradients = _normed("gradients", rng, sample.tensor(rng, 2, 3, 4))
    yield gradients.backward(sample.seed(rng))


def _normed(name: str, rng: Rng, X: torch.Tensor, plain: bool = False) -> Case:
    D = X.shape[-1]
    state = {
        "gain": torch.ones(D) if plain else sample.tensor(rng, D),
        "bias": torch.zeros(D) if plain else sample.tensor(rng, D),
    }
    return Case.of(name, Program((Call({"X": X}),), init={"D": D}, state=state))


LayerNorm = Exercise(
    "LayerNorm",
    points=3,
    reference=layer_norm.LayerNorm,
    cases=positions,
    forbids=("LayerNorm", "layer_norm"),
)


@LayerNorm.fact
def a_position_is_normalised_by_itself(f: Answers, case: Case) -> None:
    """What the other positions hold changes nothing: the first one alone gives the same."""
    alone = case.but(X=case["X"][..., :1, :])
    agree(f(alone), f(case)[..., :1, :], what="the first position")


@LayerNorm.fact
def a_shift_changes_nothing(f: Answers, case: Case) -> None:
    """Adding 2 to all numbers of a position changes nothing: the mean takes it away."""
    if case.name not in ("large numbers", "numbers that hardly differ"):  # rounding shows there
        agree(f(case.but(X=case["X"] + 2)), f(case), rtol=1e-3, atol=1e-4)


@LayerNorm.fact
def numbers_all_alike_give_the_bias(f: Answers, case: Case) -> None:
    """Numbers that are all alike give the bias: no nan, for the square root is never of 0."""
    X = torch.full_like(case["X"], 3.0)
    state = case.program.state or {}
    bias = state["bias"].expand_as(X)
    found = f(case.but(X=X))
    ensure(bool(found.isfinite().all()), "not every number is finite", found, bias)
    agree(found, bias)


class _Norm(nn.Module):
    """The parameters, for wrong forward passes."""

    def __init__(self, D):
        super().__init__()
        self.gain = nn.Parameter(torch.ones(D))
        self.bias = nn.Parameter(torch.zeros(D))


@LayerNorm.mistake(
    "ε outside the root",
    "You divide by √(σ²) + ε. It looks alike and is another function where the numbers of a "
    "position hardly differ, and the gradient of √ at 0 is infinite. ε belongs under the root.",
)
class EpsilonOutside(_Norm):
    def forward(self, X):
        centred = X - X.mean(-1, keepdim=True)
        spread = centred.square().mean(-1, keepdim=True).sqrt()
        return self.gain * centred / (spread + 1e-5) + self.bias


@LayerNorm.mistake(
    "the unbiased deviation",
    "torch.var and torch.std divide by D − 1 unless told otherwise. LayerNorm describes these D "
    "numbers and estimates nothing: it divides by D (unbiased=False, or the mean of squares).",
)
class Unbiased(_Norm):
    def forward(self, X):
        centred = X - X.mean(-1, keepdim=True)
        return self.gain * centred / torch.sqrt(X.var(-1, keepdim=True) + 1e-5) + self.bias


@LayerNorm.mistake(
    "normalises over the positions",
    "The mean runs over axis −2, so that every number is compared with the same number of the "
    "other positions. LayerNorm looks at one position: the last axis.",
)
class OverPositions(_Norm):
    def forward(self, X):
        centred = X - X.mean(-2, keepdim=True)
        variance = centred.square().mean(-2, keepdim=True)
        return self.gain * centred / torch.sqrt(variance + 1e-5) + self.bias


@LayerNorm.mistake(
    "one mean for everything",
    "mean() without an axis is one number for the whole batch. Each position has its own: "
    "mean(-1, keepdim=True).",
)
class OverEverything(_Norm):
    def forward(self, X):
        centred = X - X.mean()
        return self.gain * centred / torch.sqrt(centred.square().mean() + 1e-5) + self.bias


@LayerNorm.mistake(
    "divides by the variance",
    "Dividing by σ² leaves numbers whose deviation is 1/σ. The square root is missing.",
)
class ByVariance(_Norm):
    def forward(self, X):
        centred = X - X.mean(-1, keepdim=True)
        return self.gain * centred / (centred.square().mean(-1, keepdim=True) + 1e-5) + self.bias


@LayerNorm.mistake(
    "the mean is not taken away",
    "Dividing by the root mean square without subtracting the mean is RMSNorm, which some later "
    "models use. LayerNorm first makes the mean of each position 0.",
)
class RootMeanSquare(_Norm):
    def forward(self, X):
        return self.gain * X / torch.sqrt(X.square().mean(-1, keepdim=True) + 1e-5) + self.bias


@LayerNorm.mistake(
    "gain and bias are forgotten",
    "The normalised numbers are right. Then each is multiplied by its own gain, and its own bias "
    "is added, or every layer would be bound to mean 0 and deviation 1.",
)
class NoGain(_Norm):
    def forward(self, X):
        centred = X - X.mean(-1, keepdim=True)
        return centred / torch.sqrt(centred.square().mean(-1, keepdim=True) + 1e-5)
