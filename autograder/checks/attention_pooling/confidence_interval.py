"""What every answer to ``confidence_interval`` must satisfy."""

from math import sqrt
from statistics import fmean, pstdev, stdev, variance

from attn import intervals
from autograder.compare import agree, ensure
from autograder.spec import Answers, Case, Exercise, Rng

# Student's t for a level of 95 %, by the number of runs.
T95 = {2: 12.706, 3: 4.303, 5: 2.776, 10: 2.262}


def runs(rng: Rng):
    yield Case("three numbers by hand", values=[1.0, 2.0, 3.0], t=T95[3])
    yield Case("two runs", values=[0.5, 0.75], t=T95[2])
    yield Case("five accuracies", values=_accuracies(rng, 5), t=T95[5])
    yield Case("ten accuracies", values=_accuracies(rng, 10), t=T95[10])
    yield Case("ten runs that agree", values=[0.8] * 10, t=T95[10])
    yield Case("another level", values=_accuracies(rng, 5), t=4.604)


def _accuracies(rng: Rng, n: int) -> list[float]:
    return (0.8 + 0.02 * rng.normal(size=n)).round(4).tolist()


def reference(values: list[float], t: float) -> tuple[float, float, float]:
    mean, low, high = intervals.confidence_interval(values, t)
    return mean, low, high


confidence_interval = Exercise(
    "confidence_interval", points=2, reference=reference, cases=runs, tensors=False
)


@confidence_interval.fact
def the_mean_is_in_the_middle(f: Answers, case: Case) -> None:
    """The mean comes first, halfway between the two ends, and the lower end before the upper."""
    mean, low, high = f(case)
    agree(mean, fmean(case["values"]), what="the mean")
    ensure(low <= high, f"the ends are {low:.4g} and {high:.4g}", f(case), f.expected(case))
    agree((low + high) / 2, mean, what="the middle of the ends")


@confidence_interval.fact(after=(the_mean_is_in_the_middle,))
def grows_with_the_spread(f: Answers, case: Case) -> None:
    """Ten times the spread gives an interval ten times as wide."""
    mean = fmean(case["values"])
    wider = f(case.but(values=[mean + 10 * (x - mean) for x in case["values"]]))
    _, low, high = f(case)
    agree(wider[2] - wider[1], 10 * (high - low), what="the width", rtol=1e-6)


@confidence_interval.fact(after=(the_mean_is_in_the_middle,))
def shrinks_with_more_runs(f: Answers, case: Case) -> None:
    """The same values four times over, with the same t, give a narrower interval."""
    _, low, high = f(case)
    more = f(case.but(values=case["values"] * 4))
    if high - low > 1e-9:
        ensure(more[2] - more[1] < high - low, "it is not narrower", more[2] - more[1], high - low)


def _with_half(half):
    """An interval with another half width, a function of the values and t."""

    def interval(values, t):
        mean, by = fmean(values), half(values, t)
        return mean, mean - by, mean + by

    return interval


confidence_interval.mistake(
    "divides by n instead of n - 1",
    "The deviations are taken from the mean of the same values, which sits too close to them. "
    "statistics.stdev divides by n - 1; np.std does with ddof=1.",
)(_with_half(lambda values, t: t * pstdev(values) / sqrt(len(values))))

confidence_interval.mistake(
    "the spread of the runs, not of their mean",
    "s says where one more run would fall. The mean of n runs is steadier by √n: use s / √n.",
)(_with_half(lambda values, t: t * stdev(values)))

confidence_interval.mistake(
    "the variance in place of the deviation",
    "The half width has the unit of the values, so it takes the root of the variance.",
)(_with_half(lambda values, t: t * variance(values) / sqrt(len(values))))

confidence_interval.mistake(
    "n instead of √n",
    "The variance of a mean falls with n, its deviation with √n.",
)(_with_half(lambda values, t: t * stdev(values) / len(values)))

confidence_interval.mistake(
    "1.96 for every number of runs",
    "1.96 is right when the spread is known or the runs are many. With few runs, t is larger: use "
    "the one you are given.",
)(_with_half(lambda values, t: 1.96 * stdev(values) / sqrt(len(values))))

confidence_interval.mistake(
    "half of t on each side",
    "The interval reaches t standard errors to each side of the mean, not t in all.",
)(_with_half(lambda values, t: t / 2 * stdev(values) / sqrt(len(values))))


@confidence_interval.mistake(
    "from the smallest to the largest",
    "The range grows with the number of runs, and an interval for the mean must shrink.",
)
def the_range(values, t):
    return fmean(values), min(values), max(values)
