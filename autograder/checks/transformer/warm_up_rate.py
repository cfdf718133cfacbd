"""What every answer to ``warm_up_rate`` must satisfy."""

from attn import transformer
from autograder.compare import agree, ensure
from autograder.spec import Answers, Case, Exercise, Rng


def steps(rng: Rng):
    yield Case("by hand, the last step of warm-up", step=4, D=16, warmup=4)
    yield Case("the first step", step=1, D=16, warmup=4)
    yield Case("halfway up", step=2, D=16, warmup=4)
    yield Case("long after", step=64, D=16, warmup=4)
    yield Case("the paper's", step=4000, D=512, warmup=4000)
    yield Case("no warm-up to speak of", step=9, D=4, warmup=1)
    for number in range(3):
        step, warmup = (int(n) for n in rng.integers(1, 5000, size=2))
        yield Case(f"drawn ({number + 1})", step=step, D=int(rng.integers(8, 513)), warmup=warmup)


warm_up_rate = Exercise(
    "warm_up_rate", points=2, reference=transformer.warm_up_rate, cases=steps, tensors=False
)


@warm_up_rate.fact
def it_climbs_in_a_line(f: Answers, case: Case) -> None:
    """During warm-up, twice the step has twice the rate."""
    if 2 * case["step"] <= case["warmup"]:
        agree(f(case.but(step=2 * case["step"])), 2 * f(case), what="the rate at twice the step")


@warm_up_rate.fact
def nothing_is_higher_than_the_end_of_warm_up(f: Answers, case: Case) -> None:
    """No step has a higher rate than the last one of the warm-up."""
    top = f(case.but(step=case["warmup"]))
    ensure(f(case) <= top * 1.000001, f"step {case['step']} is above the top", f(case), top)


@warm_up_rate.fact
def four_times_as_late_is_half_as_fast(f: Answers, case: Case) -> None:
    """After warm-up, four times the step has half the rate."""
    if case["step"] >= case["warmup"]:
        agree(f(case.but(step=4 * case["step"])), f(case) / 2, what="the rate, four times as late")


@warm_up_rate.mistake(
    "max for min",
    "With max, the rate is enormous at the first step and grows again for ever after warm-up. The "
    "smaller of the two is the one that counts.",
)
def largest(step, D, warmup):
    return D**-0.5 * max(step**-0.5, step * warmup**-1.5)


@warm_up_rate.mistake(
    "D where its root belongs",
    "The factor is 1/√D: D ** -0.5.",
)
def by_D(step, D, warmup):
    return min(step**-0.5, step * warmup**-1.5) / D


@warm_up_rate.mistake(
    "√D multiplies",
    "The root of D divides: a wider model has a smaller rate.",
)
def times_root(step, D, warmup):
    return D**0.5 * min(step**-0.5, step * warmup**-1.5)


@warm_up_rate.mistake(
    "warm-up has the power −½",
    "At step = warmup the two branches must meet: step · warmup^(−3/2) is warmup^(−1/2) there.",
)
def other_power(step, D, warmup):
    return D**-0.5 * min(step**-0.5, step * warmup**-0.5)


@warm_up_rate.mistake(
    "never comes down",
    "After warm-up the rate falls with 1/√step. Yours stays where it was.",
)
def flat(step, D, warmup):
    return D**-0.5 * min(warmup**-0.5, step * warmup**-1.5)


@warm_up_rate.mistake(
    "no warm-up",
    "Only the falling branch is there, so the first step is the largest of all.",
)
def only_down(step, D, warmup):
    return D**-0.5 * step**-0.5
