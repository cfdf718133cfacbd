"""What every answer to ``train_kernel_width`` must satisfy."""

import math
from itertools import pairwise

import numpy as np
import torch

from attn import pooling
from autograder.compare import ensure
from autograder.spec import Answers, Case, Exercise, Rng
from autograder.subject import Call, Program

WIDTHS = torch.logspace(-2, 0.8, 60)


def noisy_curves(rng: Rng):
    yield _noisy("a noisy sine, 60 points", rng, points=60, waves=2.0)
    yield _noisy("a faster sine, 90 points", rng, points=90, waves=3.0)


def _noisy(name: str, rng: Rng, points: int, waves: float) -> Case:
    def draw(n: int) -> tuple[torch.Tensor, torch.Tensor]:
        x = np.sort(rng.uniform(0, 6, n))
        y = np.sin(waves * x) + 0.3 * rng.normal(size=n)
        return torch.from_numpy(x).float(), torch.from_numpy(y).float()

    keys, values = draw(points)
    while not _has_one_valley(keys, values):
        keys, values = draw(points)
    queries, targets = draw(400)
    call = Call({"keys": keys, "values": values, "steps": 150})
    return Case.of(name, Program((call,)), queries=queries, targets=targets)


def _has_one_valley(keys: torch.Tensor, values: torch.Tensor) -> bool:
    """Whether descent finds the best width from anywhere, and both wrong ends are clearly worse.

    About one draw in ten has a second valley; right code that ended there would be refuted.
    """
    losses = [float(pooling.leave_one_out_loss(keys, values, float(w))) for w in WIDTHS]
    best = int(np.argmin(losses))
    downhill = all(b <= 1.005 * a for a, b in pairwise(losses[: best + 1]))
    uphill = all(b >= a / 1.005 for a, b in pairwise(losses[best:]))
    start = pooling.leave_one_out_loss(keys, values, (keys.max() - keys.min()) / 10)
    clear = losses[0] > 1.3 * losses[best] and float(start) > 1.3 * losses[best]
    return downhill and uphill and clear


def _similar_width(case: Case, a: float, b: float) -> bool:
    return a > 0 and b > 0 and abs(math.log(a / b)) < 0.2


train_kernel_width = Exercise(
    "train_kernel_width",
    points=3,
    reference=pooling.train_kernel_width,
    cases=noisy_curves,
    matches=False,
    alike=lambda case, a, b: a == b or _similar_width(case, a, b),
)


@train_kernel_width.fact
def is_a_width(f: Answers, case: Case) -> None:
    """The answer is a width: a positive, finite number."""
    ensure(0 < f(case) < math.inf, f"it is {f(case):.4g}", f(case), f.expected(case))


@train_kernel_width.fact(after=(is_a_width,))
def predicts_points_left_out(f: Answers, case: Case) -> None:
    """Predicting each point from the others, it is within 10 % of the best width there is."""
    keys, values = case["keys"], case["values"]
    best = min(float(pooling.leave_one_out_loss(keys, values, float(w))) for w in WIDTHS)
    mine = float(pooling.leave_one_out_loss(keys, values, f(case)))
    ensure(
        mine <= 1.1 * best,
        f"its leave-one-out error is {mine:.4f}; the best width has {best:.4f}",
        f(case),
        f.expected(case),
    )


@train_kernel_width.fact(after=(predicts_points_left_out,))
def predicts_new_points(f: Answers, case: Case) -> None:
    """On 400 points it has never seen, it errs at most 1.25 times as much as the reference."""

    def error(width: float) -> float:
        points = (case.about["queries"], case["keys"], case["values"])
        predictions = pooling.kernel_regression(*points, width)
        return float(((predictions - case.about["targets"]) ** 2).mean())

    mine, reference = error(f(case)), error(f.expected(case))
    ensure(
        mine <= 1.25 * reference,
        f"its error is {mine:.4f}; the reference has {reference:.4f}",
        f(case),
        f.expected(case),
    )


def _trained(loss, steps_taken=None, sign=1.0):
    """Gradient descent on another loss."""

    def train(keys, values, steps=300):
        log_width = ((keys.max() - keys.min()) / 10).log().requires_grad_()
        optimiser = torch.optim.Adam([log_width], lr=0.05)
        for _ in range(steps if steps_taken is None else steps_taken):
            optimiser.zero_grad()
            (sign * loss(keys, values, log_width.exp())).backward()
            optimiser.step()
        return log_width.exp().item()

    return train


def _self_looking_loss(keys, values, width):
    return ((pooling.kernel_regression(keys, keys, values, width) - values) ** 2).mean()


train_kernel_width.mistake(
    "each point looks at itself",
    "A point predicts itself perfectly when the width goes to nothing, so training shrinks it. "
    "Leave each point out of its own prediction: give it the score -inf.",
)(_trained(_self_looking_loss))

train_kernel_width.mistake(
    "nothing is learned",
    "The width is still where it started. Does the loss depend on it, and does optimiser.step() "
    "run after backward()?",
)(_trained(pooling.leave_one_out_loss, steps_taken=0))

train_kernel_width.mistake(
    "climbs instead of descending",
    "The loss grows with every step. Optimisers minimise: do not negate the loss.",
)(_trained(pooling.leave_one_out_loss, sign=-1.0))


@train_kernel_width.mistake(
    "returns the logarithm",
    "The parameter is ln σ; the answer is its exp.",
)
def log_of_width(keys, values, steps=300):
    return math.log(pooling.train_kernel_width(keys, values, steps))


@train_kernel_width.mistake(
    "the plain mean",
    "A huge width makes every prediction the mean of all values. Start from a width that is small "
    "beside the range of the keys.",
)
def flat(keys, values, steps=300):
    return 100.0 * float(keys.max() - keys.min())
