"""What every answer to ``paired_comparison`` must satisfy."""

from math import sqrt
from statistics import fmean, pstdev, stdev, variance

from attn import intervals
from autograder.checks.attention_pooling.confidence_interval import T95
from autograder.compare import agree, ensure
from autograder.spec import Answers, Case, Exercise, Rng
from autograder.subject import Call, Program
from autograder.values import Raises


def pairs(rng: Rng):
    yield Case("three pairs by hand", a=[3.0, 5.0, 9.0], b=[2.0, 3.0, 6.0], t=T95[3])
    yield _pairs("five splits", rng, 5, gain=0.01)
    yield _pairs("ten splits", rng, 10, gain=0.01)
    yield _pairs("b is better", rng, 10, gain=-0.02)
    yield Case("the same gain everywhere", a=[0.5, 0.75, 0.25], b=[0.25, 0.5, 0.0], t=T95[3])
    uneven = Call({"a": [0.8, 0.9, 0.7], "b": [0.8, 0.9], "t": T95[3]}, catch=True)
    yield Case.of("runs that do not pair up", Program((uneven,)))


def _pairs(name: str, rng: Rng, n: int, gain: float) -> Case:
    """Splits differ much from one another, and the two models little on any one of them."""
    split = 0.8 + 0.03 * rng.normal(size=n)
    a = split + gain + 0.006 * rng.normal(size=n)
    b = split + 0.006 * rng.normal(size=n)
    return Case(name, a=a.round(4).tolist(), b=b.round(4).tolist(), t=T95[n])


def reference(a: list[float], b: list[float], t: float) -> tuple[float, float, float]:
    mean, low, high = intervals.paired_comparison(a, b, t)
    return mean, low, high


paired_comparison = Exercise(
    "paired_comparison", points=2, reference=reference, cases=pairs, tensors=False
)


def _pair_up(case: Case) -> bool:
    return len(case["a"]) == len(case["b"])


@paired_comparison.fact
def refuses_what_does_not_pair_up(f: Answers, case: Case) -> None:
    """Lists of different lengths raise a ValueError."""
    if not _pair_up(case):
        refused = isinstance(f(case), Raises) and f(case).type == "ValueError"
        ensure(refused, "there is an answer all the same", f(case), f.expected(case))


@paired_comparison.fact
def what_a_pair_shares_cancels(f: Answers, case: Case) -> None:
    """Adding the same number to both runs of a pair changes nothing."""
    if _pair_up(case):
        shift = [0.1 * (-1) ** i * i for i in range(len(case["a"]))]
        moved = {
            name: [x + s for x, s in zip(case[name], shift, strict=True)] for name in ("a", "b")
        }
        agree(f(case.but(**moved)), f(case), what="the answer after the change", atol=1e-7)


@paired_comparison.fact
def exchanging_them_turns_the_sign(f: Answers, case: Case) -> None:
    """Exchanging a and b turns the sign: the lower end becomes the upper one, negated."""
    if _pair_up(case):
        mean, low, high = f(case)
        agree(f(case.but(a=case["b"], b=case["a"])), [-mean, -high, -low], atol=1e-9,
              what="the answer after the exchange")  # fmt: skip


def _guarded(interval):
    """A wrong interval that at least refuses lists of different lengths."""

    def compare(a, b, t):
        if len(a) != len(b):
            raise ValueError("the runs do not pair up")
        return interval(a, b, t)

    return compare


def _around(mean, half):
    return mean, mean - half, mean + half


paired_comparison.mistake(
    "the pairs are torn apart",
    "√(s_a²/n + s_b²/n) is for runs that have nothing to do with each other. Here both models saw "
    "the same split: take the differences first, then their spread.",
)(
    _guarded(
        lambda a, b, t: _around(fmean(a) - fmean(b), t * sqrt((variance(a) + variance(b)) / len(a)))
    )
)

paired_comparison.mistake(
    "b minus a",
    "The task asks how much larger a is: a - b.",
)(_guarded(lambda a, b, t: tuple(intervals.paired_comparison(b, a, t))))

paired_comparison.mistake(
    "the size of the differences, without their sign",
    "Absolute differences can only be positive, so they would always find a gain. Keep the sign.",
)(
    _guarded(
        lambda a, b, t: tuple(
            intervals.confidence_interval([abs(x - y) for x, y in zip(a, b, strict=True)], t)
        )
    )
)

paired_comparison.mistake(
    "sorted before pairing",
    "Sorting pairs the best run of one with the best of the other: two different splits.",
)(_guarded(lambda a, b, t: tuple(intervals.paired_comparison(sorted(a), sorted(b), t))))

paired_comparison.mistake(
    "divides by n instead of n - 1",
    "The spread of the differences is a sample's: statistics.stdev, or np.std with ddof=1.",
)(
    _guarded(
        lambda a, b, t: _around(
            fmean(a) - fmean(b),
            t * pstdev([x - y for x, y in zip(a, b, strict=True)]) / sqrt(len(a)),
        )
    )
)

paired_comparison.mistake(
    "the spread of the differences, not of their mean",
    "The mean of n differences is steadier than one of them, by √n.",
)(
    _guarded(
        lambda a, b, t: _around(
            fmean(a) - fmean(b), t * stdev([x - y for x, y in zip(a, b, strict=True)])
        )
    )
)

paired_comparison.mistake(
    "counts every pair twice",
    "There are 2n runs but only n differences: divide by √n.",
)(
    _guarded(
        lambda a, b, t: _around(
            fmean(a) - fmean(b),
            t * stdev([x - y for x, y in zip(a, b, strict=True)]) / sqrt(2 * len(a)),
        )
    )
)


@paired_comparison.mistake(
    "drops what does not pair up",
    "zip stops at the shorter list without a word, and a run is lost. Compare the lengths first "
    "(zip has strict=True).",
)
def silent(a, b, t):
    n = min(len(a), len(b))
    return tuple(intervals.paired_comparison(a[:n], b[:n], t))
