"""The judge on small exercises made for it: three outcomes, the evidence, the diagnosis."""

import numpy as np
import pytest
import torch

from autograder.compare import agree, ensure
from autograder.judge import judge
from autograder.spec import Case, Exercise
from autograder.subject import LocalSubject, Lost


def numbers(rng):
    yield Case("zero", x=torch.zeros(1))
    yield Case("two numbers", x=torch.from_numpy(rng.normal(size=2)).float())


def double(x):
    return 2 * x


def an_exercise(**options) -> Exercise:
    exercise = Exercise("double", points=2, reference=double, cases=numbers, **options)

    @exercise.fact
    def keeps_zero(f, case):
        """Twice zero is zero."""
        if case.name == "zero":
            ensure((f(case) == 0).all(), "zero became something else", f(case), f.expected(case))

    @exercise.fact(after=(keeps_zero,))
    def keeps_the_sign(f, case):
        """The sign stays."""
        agree(f(case).sign(), case["x"].sign(), what="the signs")

    exercise.mistake("squares", "Twice x is x + x.")(lambda x: x**2)
    exercise.mistake("adds one", "Only double.")(lambda x: 2 * x + 1)
    return exercise


def verdict_of(answer, **options):
    return judge(an_exercise(**options), LocalSubject(answer), seed=1)


def statuses(verdict):
    return {fact.name: fact.status for fact in verdict.facts}


def test_the_reference_passes_with_all_facts_held():
    verdict = verdict_of(double)
    assert (verdict.status, verdict.points) == ("passed", 2)
    assert set(statuses(verdict).values()) == {"held"}
    assert verdict.evidence is None
    assert verdict.misconception is None


def test_a_mistake_is_named_and_shown_on_the_smallest_case():
    verdict = verdict_of(lambda x: 2 * x + 1)
    assert (verdict.status, verdict.points) == ("failed", 0)
    assert verdict.misconception.name == "adds one"
    assert verdict.misconception.complete
    assert verdict.evidence.case == "zero"
    assert (verdict.evidence.yours, verdict.evidence.expected) == (
        "[1.]  shape (1,)",
        "[0.]  shape (1,)",
    )


def test_a_fact_waits_for_those_it_builds_on():
    found = statuses(verdict_of(lambda x: 2 * x + 1))
    assert found["keeps_zero"] == "failed"
    assert found["keeps_the_sign"] == "skipped"
    assert found["is_right"] == "failed"


def test_nothing_is_tried_after_an_error_and_the_error_is_at_the_students_line():
    def answer(x):
        return x.double_it()

    verdict = verdict_of(answer)
    assert statuses(verdict)["runs"] == "failed"
    assert set(statuses(verdict).values()) == {"failed", "skipped"}
    assert "return x.double_it()" in verdict.error


def test_two_mistakes_at_once_are_named_in_part():
    def answer(x):
        return x**2 if len(x) == 2 else 2 * x + 5

    verdict = verdict_of(answer)
    assert verdict.misconception.name == "squares"
    assert not verdict.misconception.complete


def test_an_unknown_mistake_has_no_name():
    assert verdict_of(lambda x: 7 * x - 3).misconception is None


@pytest.mark.parametrize(
    ("answer", "name"),
    [
        (lambda x: None, "nothing is returned"),
        (lambda x: (_ for _ in ()).throw(NotImplementedError), "not started yet"),
    ],
)
def test_common_mistakes_have_names_of_their_own(answer, name):
    assert verdict_of(answer).misconception.name == name


@pytest.mark.parametrize(
    ("answer", "because"),
    [
        (lambda x: (2 * x).numpy(), "NumPy array of shape (1,); the task asks for a torch tensor"),
        (lambda x: 2 * x[None], "the shape is (1, 1); it should be (1,)"),
        (lambda x: [2 * x], "this is a list; the task asks for a torch tensor"),
        (lambda x: object(), "this is an object of type builtins.object"),
    ],
)
def test_the_form_comes_before_the_numbers(answer, because):
    verdict = verdict_of(answer)
    failed = next(fact for fact in verdict.facts if fact.status == "failed")
    assert failed.name == "has_the_right_form"
    assert because in failed.because


def test_an_input_changed_in_place_is_seen():
    verdict = verdict_of(lambda x: x.mul_(2).clone())
    assert statuses(verdict)["leaves_inputs_alone"] == "failed"


def test_the_dtype_is_a_fact_where_the_task_states_it():
    def wide(x):
        return 2 * x.double()

    assert verdict_of(wide).status == "passed"
    assert statuses(verdict_of(wide, keeps_dtype=True))["keeps_the_dtype"] == "failed"


def test_a_number_from_float32_is_compared_as_such():
    """Adding in another order changes the last digits of float32, which a Python float keeps."""
    exercise = Exercise(
        "total",
        points=1,
        reference=lambda x: x.sum().item(),
        cases=lambda rng: [Case("many", x=torch.from_numpy(rng.normal(size=999)).float())],
    )
    verdict = judge(exercise, LocalSubject(lambda x: sum(x.tolist())), seed=1)
    assert verdict.status == "passed", verdict.facts
    wrong = judge(exercise, LocalSubject(lambda x: sum(x.tolist()) * 1.001), seed=1)
    assert wrong.status == "failed"


def test_a_case_knows_its_dtypes():
    case = Case(
        "mixed", x=torch.zeros(1).half(), y=[{"z": np.zeros(1)}], n=3, mask=torch.ones(1) > 0
    )
    assert case.dtypes == {"float16", "float64", "bool"}


def test_nan_is_no_wildcard():
    verdict = verdict_of(lambda x: x * torch.nan)
    assert verdict.status == "failed"


def test_an_object_that_is_equal_to_everything_is_foreign():
    class Always(torch.Tensor):
        def __eq__(self, other):
            return True

    assert verdict_of(lambda x: (2 * x + 1).as_subclass(Always)).status == "failed"


def test_an_exception_of_ours_is_never_a_zero():
    exercise = an_exercise()

    @exercise.fact
    def breaks(f, case):
        """This fact has a bug."""
        raise ZeroDivisionError("ours")

    verdict = judge(exercise, LocalSubject(double), seed=1)
    assert (verdict.status, verdict.points) == ("broke", None)
    assert "ZeroDivisionError: ours" in verdict.error


class Gone:
    def __init__(self, fault):
        self.fault = fault

    def run(self, program, device="cpu"):
        raise Lost("the process ended", self.fault)


def test_a_lost_subject_fails_or_breaks_by_whose_fault_it_is():
    student = judge(an_exercise(), Gone("student"), seed=1)
    assert (student.status, student.points) == ("failed", 0)
    assert "the process ended" in student.error
    ours = judge(an_exercise(), Gone("ours"), seed=1)
    assert (ours.status, ours.points) == ("broke", None)


class StaysOnTheCpu:
    """Runs on the CPU whatever device is asked for, as code does that forgets to say where."""

    def run(self, program, device="cpu"):
        return LocalSubject(double).run(program)


def test_a_tensor_on_the_wrong_device_is_a_named_mistake():
    verdict = judge(an_exercise(), StaysOnTheCpu(), seed=1, devices=("cpu", "cuda"))
    assert statuses(verdict)["stays_on_its_device"] == "failed"
    assert verdict.misconception.name == "a tensor made on the wrong device"
    assert verdict.device == "cuda"


@pytest.mark.skipif(not torch.cuda.is_available(), reason="this machine has no CUDA device")
def test_a_tensor_on_the_wrong_device_is_named_on_a_real_one():
    def answer(x):
        return x + torch.ones(len(x)) * x.cpu()

    verdict = judge(an_exercise(), LocalSubject(answer), seed=1, devices=("cuda",))
    assert verdict.misconception.name == "a tensor made on the wrong device"


def test_a_seed_repeats_its_inputs_and_another_draws_new_ones():
    def evidence(seed):
        return judge(an_exercise(), LocalSubject(lambda x: x + x**2), seed=seed).evidence

    assert evidence(1) == evidence(1)
    assert evidence(1) != evidence(2)


def test_a_fact_without_a_sentence_is_refused():
    exercise = an_exercise()
    with pytest.raises(TypeError, match="one whole sentence"):

        @exercise.fact
        def mute(f, case): ...


def test_numpy_exercises_run_on_the_cpu_alone():
    exercise = Exercise(
        "twice",
        points=1,
        reference=lambda x: 2 * x,
        cases=lambda rng: [Case("one", x=np.ones(1))],
        tensors=False,
    )
    assert (
        judge(exercise, LocalSubject(lambda x: x + x), seed=0, devices=("cpu", "cuda")).device
        == "cpu"
    )
