"""What every answer to ``RMSNorm`` must satisfy."""

import torch
from torch import nn

from attn import rms_norm
from autograder import sample
from autograder.compare import agree
from autograder.spec import Answers, Case, Exercise, Rng
from autograder.subject import Call, Program


def positions(rng: Rng):
    yield _normed("by hand", rng, torch.tensor([[1.0, 7.0]]), plain=True)
    yield _normed("one position", rng, sample.tensor(rng, 1, 4))
    yield _normed("a sentence", rng, 2 + 3 * sample.tensor(rng, 3, 4))
    yield _normed("a batch", rng, sample.tensor(rng, 2, 3, 6))
    yield _normed("as many positions as numbers", rng, sample.tensor(rng, 4, 4))
    yield _normed("very small numbers", rng, 0.001 * sample.tensor(rng, 2, 4))
    yield _normed("zeros", rng, torch.zeros(2, 3))
    gradients = _normed("gradients", rng, sample.tensor(rng, 2, 3, 4))
    yield gradients.backward(sample.seed(rng))


def _normed(name: str, rng: Rng, X: torch.Tensor, plain: bool = False) -> Case:
    D = X.shape[-1]
    state = {"gain": torch.ones(D) if plain else sample.tensor(rng, D)}
    return Case.of(name, Program((Call({"X": X}),), init={"D": D}, state=state))


RMSNorm = Exercise(
    "RMSNorm",
    points=2,
    reference=rms_norm.RMSNorm,
    cases=positions,
    forbids=("RMSNorm", "rms_norm"),
)


@RMSNorm.fact
def a_position_is_normalised_by_itself(f: Answers, case: Case) -> None:
    """What the other positions hold changes nothing: the first one alone gives the same."""
    alone = case.but(X=case["X"][..., :1, :])
    agree(f(alone), f(case)[..., :1, :], what="the first position")


@RMSNorm.fact
def a_factor_changes_nothing(f: Answers, case: Case) -> None:
    """Multiplying all numbers of a position by 3 changes nothing."""
    if case.name not in ("very small numbers", "zeros"):  # ε shows there
        agree(f(case.but(X=3 * case["X"])), f(case), rtol=1e-3, atol=1e-4)


@RMSNorm.fact
def minus_x_gives_minus_the_answer(f: Answers, case: Case) -> None:
    """Turning the sign of all numbers turns the sign of the answer."""
    agree(f(case.but(X=-case["X"])), -f(case), what="the answer for −X")


class _Norm(nn.Module):
    """The parameters, for wrong forward passes."""

    def __init__(self, D):
        super().__init__()
        self.gain = nn.Parameter(torch.ones(D))


@RMSNorm.mistake(
    "the mean is taken away",
    "That is LayerNorm. RMSNorm leaves the mean where it is, and divides by the root of the mean "
    "square.",
)
class Centred(_Norm):
    def forward(self, X):
        centred = X - X.mean(-1, keepdim=True)
        return self.gain * centred / torch.sqrt(centred.square().mean(-1, keepdim=True) + 1e-6)


@RMSNorm.mistake(
    "divides by the deviation",
    "X.std() or X.var() take the mean away before they square. The root mean square does not.",
)
class ByDeviation(_Norm):
    def forward(self, X):
        return self.gain * X / torch.sqrt(X.var(-1, keepdim=True, unbiased=False) + 1e-6)


@RMSNorm.mistake(
    "ε outside the root",
    "You divide by √(mean square) + ε. For very small numbers that is another function, and at "
    "zero the root has no gradient. ε belongs under the root.",
)
class EpsilonOutside(_Norm):
    def forward(self, X):
        return self.gain * X / (X.square().mean(-1, keepdim=True).sqrt() + 1e-6)


@RMSNorm.mistake(
    "divides by the length",
    "norm() is the root of the *sum* of squares, √D times too large: the answer would have length "
    "1, whatever D is. Take the mean of the squares.",
)
class ByLength(_Norm):
    def forward(self, X):
        return self.gain * X / torch.sqrt(X.square().sum(-1, keepdim=True) + 1e-6)


@RMSNorm.mistake(
    "the root is missing",
    "Dividing by the mean square leaves numbers whose root mean square is 1/RMS. Take the root.",
)
class NoRoot(_Norm):
    def forward(self, X):
        return self.gain * X / (X.square().mean(-1, keepdim=True) + 1e-6)


@RMSNorm.mistake(
    "normalises over the positions",
    "The mean runs over axis −2. RMSNorm looks at one position: the last axis.",
)
class OverPositions(_Norm):
    def forward(self, X):
        return self.gain * X / torch.sqrt(X.square().mean(-2, keepdim=True) + 1e-6)


@RMSNorm.mistake(
    "one root for everything",
    "mean() without an axis is one number for the whole batch. Each position has its own: "
    "mean(-1, keepdim=True).",
)
class OverEverything(_Norm):
    def forward(self, X):
        return self.gain * X / torch.sqrt(X.square().mean() + 1e-6)


@RMSNorm.mistake(
    "the gain is forgotten",
    "The normalised numbers are right. Then each is multiplied by its own gain.",
)
class NoGain(_Norm):
    def forward(self, X):
        return X / torch.sqrt(X.square().mean(-1, keepdim=True) + 1e-6)
