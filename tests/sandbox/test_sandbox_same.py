"""A fact cannot tell a subject in a sandbox from one of this process."""

import numpy as np
import pytest
import torch
from asking import ask

from autograder.subject import Call, Program
from autograder.values import Fixture, Foreign, Leaf, Raises, Seed


def test_a_function_of_tensors_and_its_gradients(subject_of):
    x = torch.tensor([1.0, 2.0])
    reply = subject_of("double").run(Program((Call({"x": x}, backward=3),)))
    cotangent = torch.randn(2, generator=torch.Generator().manual_seed(3), dtype=torch.float64)
    assert torch.equal(reply.value, 2 * x)
    assert torch.allclose(reply.results[0].gradients["x"], 2 * cotangent.float())
    assert reply.results[0].form == Leaf("tensor", (2,), "float32", "cpu")


def test_a_function_of_arrays(subject_of):
    reply = ask(subject_of("total"), np.array([[1.0, 2.0], [3.0, 4.0]]))
    assert isinstance(reply.value, np.ndarray)
    assert reply.value.tolist() == [3, 7]


def test_a_module_with_state_and_its_gradients(subject_of):
    program = Program(
        (Call({"x": torch.tensor([[1.0, 2.0]])}, backward=0),),
        init={"width": 2},
        state={"weight": torch.tensor([3.0, 4.0])},
    )
    reply = subject_of("Line").run(program)
    assert reply.value.tolist() == [11]
    assert reply.results[0].gradients.keys() == {"x", "weight"}


def test_steps_of_an_object(subject_of):
    calls = (Call({}, method="step"), Call({"by": 5}, method="step"))
    program = Program(calls, init={"start": 10})
    assert subject_of("Counter").run(program).value == [11, 16]
    assert subject_of("Counter").run(program).value == [11, 16]


def test_seeds_arrive_as_generators(subject_of):
    expected = torch.randn(3, generator=torch.Generator().manual_seed(7))
    assert torch.equal(ask(subject_of("draw"), Seed(7)).value, expected)
    expected = np.random.default_rng(7).normal(size=3)
    assert np.array_equal(ask(subject_of("draw_numpy"), Seed(7, "numpy")).value, expected)


def test_fixtures_arrive_as_functions(subject_of):
    assert ask(subject_of("apply"), Fixture("square"), torch.tensor(3.0)).value == 9


def test_a_fixture_brings_its_numbers_along(subject_of):
    one = np.ones((1, 1))
    layer = Fixture("toy_layer", {"W_q": 0 * one, "W_k": one, "W_v": one})
    assert ask(subject_of("apply"), layer, np.array([[1.0], [3.0]])).value.tolist() == [[2], [2]]


def test_strings_lists_and_dicts(subject_of):
    reply = ask(subject_of("describe"), ["é", "b"], {"k": 1})
    assert reply.value == {"first": "é", "keys": ["k"], "none": None, "nested": [[1, 2.5], [True]]}


def test_numbers_that_are_not_finite(subject_of):
    nan, inf, tensor, array = ask(subject_of("special")).value
    assert np.isnan(nan)
    assert inf == float("inf")
    assert tensor.tolist() == [-float("inf"), 0]
    assert np.isnan(array).all()


def test_every_dtype(subject_of):
    x = torch.tensor([0.0, 1.0, 2.0])
    values = ask(subject_of("of_every_dtype"), x).value
    names = "bool uint8 int8 int16 int32 int64 float16 bfloat16 float32 float64"
    assert [str(value.dtype) for value in values] == [f"torch.{name}" for name in names.split()]
    assert all(value.tolist() in ([0, 1, 2], [False, True, True]) for value in values)


def test_nothing_and_a_single_number(subject_of):
    empty, scalar, number, none = ask(subject_of("empty_and_scalar")).value
    assert empty.shape == (0, 3)
    assert scalar == 2
    assert number == 1.5
    assert none.shape == (2, 0)


def test_an_error_shows_the_students_line(subject_of):
    error = ask(subject_of("fails"), 1).error
    assert (error.type, error.where.split(": ")[1]) == ("AttributeError", "return y.nothing")


def test_a_caught_error_is_a_value(subject_of):
    program = Program((Call({"x": 1}, catch=True), Call({"x": 1})))
    reply = subject_of("is_empty").run(program)
    assert reply.results[0].value == Raises("KeyError")
    assert reply.error.type == "KeyError"


def test_changed_arguments_are_named_and_the_judges_stay(subject_of):
    x = torch.zeros(2)
    reply = subject_of("changes").run(Program((Call({"x": x}),)))
    assert reply.results[0].changed == ("x",)
    assert x.sum() == 0


def test_what_may_not_cross_is_foreign(subject_of):
    for name in ("foreign", "odd_tensors"):
        values = ask(subject_of(name)).value
        assert all(isinstance(value, Foreign) for value in values), values


@pytest.mark.parametrize("name", ["too_large", "too_many"])
def test_too_much_is_an_error_of_the_students(subject_of, name):
    error = ask(subject_of(name)).error
    assert error.type == "TooLarge"
    assert "more than" in error.message


@pytest.mark.parametrize("name", ["too_deep", "endless"])
def test_too_deep_ends_in_foreign(subject_of, name):
    assert "deep" in repr(ask(subject_of(name)).value)


def test_odd_texts_and_integers(subject_of):
    text, large, negative = ask(subject_of("odd_text")).value
    assert text == "? \x00 é 🙂"
    assert isinstance(large, Foreign)
    assert negative == -(10**299)


def test_printing_costs_nothing(subject_of):
    assert ask(subject_of("prints"), 4).value == 4


def test_leaving_is_an_error(subject_of):
    assert ask(subject_of("leaves")).error.type == "SystemExit"


def test_what_is_no_function_is_an_error(subject_of):
    assert ask(subject_of("not_callable"), 1).error.type == "TypeError"


def test_an_interrupt_in_a_sandbox_is_the_codes_own(answers):
    assert ask(answers.subject("interrupts")).error.type == "KeyboardInterrupt"


def test_every_subject_has_a_state_of_its_own(answers):
    subject = answers.subject("remembers")
    assert [ask(subject, 1).value, ask(subject, 1).value] == [1, 2]
    assert ask(answers.subject("remembers"), 1).value == 1


def test_unseeded_randomness_repeats(answers):
    """A verdict is the same again for the same seed, whatever the code draws by itself."""
    first, second = (ask(answers.subject("globally_random")).value for _ in range(2))
    assert torch.equal(first[0], second[0])
    assert np.array_equal(first[1], second[1])


def test_two_subjects_may_take_turns(answers):
    a, b = answers.subject("double"), answers.subject("total")
    for _ in range(2):
        assert ask(a, 2).value == 4
        assert ask(b, np.ones(3)).value == 3
