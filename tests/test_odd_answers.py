"""Whatever an answer is, it is right or wrong: nothing that students return breaks the judge."""

import inspect
import random

import numpy as np
import pytest
import torch

from autograder import checks
from autograder.compare import Refuted
from autograder.judge import judge
from autograder.spec import Case, Exercise
from autograder.subject import LocalSubject

EXERCISES = [exercise for slug in checks.slugs() for exercise in checks.load(slug)]
STRANGE = (
    *(10**299, 2**64, 1e308, float("nan"), -0.0, True, None, "", "x" * 30_000, 1j, object()),
    *([], {}, [[]], np.float16(1), np.array(2, dtype="uint64"), torch.tensor(True)),
)
OF_A_TENSOR = (
    lambda x: x.bool(),
    lambda x: x.bfloat16(),
    lambda x: x.to(torch.uint64),
    lambda x: x.to(torch.float8_e4m3fn),
    lambda x: x.to(torch.complex64),
    lambda x: x.to(torch.int8) - 3,
    lambda x: x.double() * 1e300,
    lambda x: x * torch.nan,
    lambda x: x.reshape((1,) * 40 + x.shape),
    lambda x: x.new_empty(*x.shape, 0),
    lambda x: x.detach().numpy(),
    lambda x: x.tolist(),
)
OF_AN_ARRAY = (
    lambda x: x.astype(bool),
    lambda x: x.astype("uint64"),
    lambda x: x.astype("float16"),
    lambda x: x.astype("complex64"),
    lambda x: x.astype("int8") - 3,
    lambda x: x * 1e308,
    lambda x: x * np.nan,
    lambda x: x.astype(object),
    lambda x: x.astype("U"),
    torch.from_numpy,
    lambda x: x.tolist(),
)


def twisted(value, draw):
    """Something like the value, but odd."""
    if isinstance(value, torch.Tensor):
        return draw.choice(OF_A_TENSOR)(value)
    if isinstance(value, np.ndarray):
        return draw.choice(OF_AN_ARRAY)(value)
    if isinstance(value, dict):
        return {key: twisted(item, draw) for key, item in value.items()}
    if isinstance(value, list):
        return [twisted(item, draw) for item in value]
    return draw.choice(STRANGE)


def twisting(reference, draw):
    """The reference, but that every method and result gives something odd."""

    def odd(function):
        def answer(*args, **kwargs):
            value = function(*args, **kwargs)
            return twisted(value, draw) if draw.random() < 0.8 else draw.choice(STRANGE)

        return answer

    if not inspect.isclass(reference):
        return odd(reference)
    own = {
        name: odd(method)
        for name, method in vars(reference).items()
        if inspect.isfunction(method) and not name.startswith("__")
    }
    return type(reference.__name__, (reference,), own)


@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda exercise: exercise.name)
@pytest.mark.filterwarnings("ignore")
def test_odd_answers_are_judged(exercise):
    for seed in range(8 if exercise.matches else 1):
        answer = twisting(exercise.reference, random.Random(seed))
        verdict = judge(exercise, LocalSubject(answer), seed=seed)
        assert verdict.status in ("passed", "failed"), (seed, verdict.error)


def exercise_whose_fact(holds):
    def doubled(x):
        return 2.0 * x

    made = Exercise("doubled", 1, doubled, lambda rng: [Case("two", x=2.0)], matches=False)
    holds.__doc__ = "Is as large as it should be."
    made.fact(holds)
    return made


def test_a_fact_that_cannot_read_an_answer_refuses_it():
    exercise = exercise_whose_fact(lambda f, case: [0] * int(f(case)))
    verdict = judge(exercise, LocalSubject(lambda x: float("inf")), seed=0)
    assert verdict.status == "failed"
    assert "cannot be tested (OverflowError)" in verdict.facts[-1].because
    assert verdict.evidence.yours == "inf"


def test_a_fact_that_cannot_read_the_reference_is_our_fault():
    exercise = exercise_whose_fact(lambda f, case: f(case).shape)
    assert judge(exercise, LocalSubject(lambda x: 4.0), seed=0).status == "broke"


def test_a_fact_that_does_not_hold_of_the_reference_either_is_our_fault():
    def holds(f, case):
        if f(case) == 4.0:
            raise Refuted("the reference is refused")
        raise ZeroDivisionError

    assert judge(exercise_whose_fact(holds), LocalSubject(lambda x: 3.0), seed=0).status == "broke"
