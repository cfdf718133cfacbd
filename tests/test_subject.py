"""A program, run on a subject of this process; tests/sandbox runs the same on a remote one."""

import time

import numpy as np
import pytest
import torch

from autograder.subject import Call, LocalSubject, Program, decode_reply
from autograder.values import CannotCross, Leaf, Packed, Raises


def reply_of(target, *calls, **program):
    return LocalSubject(target).run(Program(calls, **program))


def test_a_call_passes_its_arguments_by_position():
    reply = reply_of(lambda a, b: a - b, Call({"x": 5, "y": 3}))
    assert reply.value == 2
    assert reply.results[0].form == Leaf("number")


def test_an_error_ends_the_program_at_the_students_line():
    def broken(x):
        y = x + 1
        return y.nothing

    reply = reply_of(broken, Call({"x": 1}), Call({"x": 2}))
    assert reply.results == ()
    assert reply.error.type == "AttributeError"
    assert reply.error.where.endswith("return y.nothing")


def test_an_error_that_cannot_print_is_still_an_error():
    class Silent(Exception):
        def __str__(self):
            raise RuntimeError

    def raises():
        raise Silent

    assert reply_of(raises, Call({})).error.type == "Silent"


@pytest.mark.parametrize("error", [SystemExit, MemoryError, type("Own", (BaseException,), {})])
def test_no_exception_escapes(error):
    def raises():
        raise error

    assert reply_of(raises, Call({})).error.type == error.__name__


def test_an_interrupt_is_the_persons_not_the_codes():
    def raises():
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        reply_of(raises, Call({}))


def test_a_caught_error_is_a_value():
    def fails():
        raise KeyError("empty")

    assert reply_of(fails, Call({}, catch=True)).value == Raises("KeyError")


def test_an_error_derived_from_one_of_pythons_is_a_kind_of_it():
    class Empty(KeyError):
        pass

    def fails():
        raise Empty

    assert reply_of(fails, Call({}, catch=True)).value == Raises("KeyError")


def test_changed_arguments_are_named():
    def changes(a, b, c):
        a += 1
        b["x"] = 2
        return c

    args = {"a": torch.zeros(2), "b": {"x": 1}, "c": np.array([np.nan])}
    assert reply_of(changes, Call(args)).results[0].changed == ("a", "b")
    assert args["a"].sum() == 0, "the caller's own tensor must not change"


def test_gradients_reach_arguments_and_are_those_of_autograd():
    x, w = torch.randn(3, dtype=torch.float64), torch.randn(2, 3, dtype=torch.float64)
    reply = reply_of(lambda x, w: w @ x, Call({"x": x, "w": w}, backward=5))
    generator = torch.Generator().manual_seed(5)
    cotangent = torch.randn(2, generator=generator, dtype=torch.float64)
    assert torch.allclose(reply.results[0].gradients["x"], w.T @ cotangent)
    assert torch.allclose(reply.results[0].gradients["w"], torch.outer(cotangent, x))


def test_a_cut_graph_has_no_gradients():
    reply = reply_of(lambda x: x.detach() * 2, Call({"x": torch.ones(2)}, backward=1))
    assert reply.results[0].gradients == {"x": None}


def test_a_module_is_built_loaded_and_differentiated():
    program = {
        "init": {"in_features": 2, "out_features": 1},
        "state": {"weight": torch.tensor([[2.0, 3.0]]), "bias": torch.tensor([1.0])},
    }
    call = Call({"x": torch.tensor([1.0, 1.0])}, backward=0)
    reply = reply_of(torch.nn.Linear, call, **program)
    assert reply.value == 6
    assert reply.results[0].gradients.keys() == {"x", "weight", "bias"}


def test_parameters_with_other_names_are_an_error_that_names_them():
    reply = reply_of(
        torch.nn.Linear,
        Call({"x": torch.ones(2)}),
        init={"in_features": 2, "out_features": 1},
        state={"W": torch.ones(1, 2)},
    )
    assert "['bias', 'weight']" in reply.error.message
    assert "['W']" in reply.error.message


def test_an_object_keeps_its_state_between_the_calls_of_a_program_only():
    class Counter:
        def __init__(self, start):
            self.n = start

        def step(self):
            self.n += 1
            return self.n

    subject = LocalSubject(Counter)
    program = Program((Call({}, method="step"), Call({}, method="step")), init={"start": 5})
    assert subject.run(program).value == [6, 7]
    assert subject.run(program).value == [6, 7]


@pytest.mark.parametrize(
    "tree",
    [
        {"t": "none"},
        {"t": "dict", "v": {}},
        {"t": "dict", "v": {"results": {"t": "int", "v": "1"}, "error": {"t": "none"}}},
        {"t": "dict", "v": {"results": {"t": "list", "v": []}, "error": {"t": "str", "v": "x"}}},
    ],
)
def test_a_malformed_reply_raises_one_kind_of_error(tree):
    with pytest.raises(CannotCross):
        decode_reply(Packed(tree, []))


NONE = {"t": "none"}
MANY = {"t": "tensor", "i": 0, "device": "cpu"}
NO_CHANGE = {"t": "list", "v": []}


def a_dict(**items):
    return {"t": "dict", "v": items}


def a_reply(results=None, error=NONE, **result):
    result = {"value": NONE, "changed": NO_CHANGE, "gradients": a_dict()} | result
    return a_dict(results=results or {"t": "list", "v": [a_dict(**result)]}, error=error)


@pytest.mark.parametrize(
    "tree",
    [
        a_reply(changed=MANY),
        a_reply(gradients=MANY),
        a_reply(error=MANY),
        a_reply(error={"t": "array", "i": 0}),
        a_reply(error=a_dict(type={"t": "str", "v": "E"}, message=NONE, where=NONE)),
        a_reply(results=MANY),
        a_reply(results={"t": "list", "v": [MANY]}),
        a_reply(results={"t": "list", "v": [{"t": "array", "i": 0}]}),
        a_reply(surprise=NONE),
        a_reply(changed={"t": "list", "v": [NONE]}),
        a_dict(),
        MANY,
    ],
    ids=str,
)
def test_a_reply_of_another_form_is_refused_at_once(tree):
    """A tensor in the place of a list took the judge half an hour to walk through."""
    start = time.perf_counter()
    with pytest.raises(CannotCross):
        decode_reply(Packed(tree, [torch.zeros(1_000_000, 2)]))
    assert time.perf_counter() - start < 2


def test_a_reply_of_the_right_form_is_read():
    text = {"t": "str", "v": "x" * 100_000}
    error = a_dict(type=text, message=text, where=text)
    reply = decode_reply(Packed(a_reply(value=MANY, error=error), [torch.ones(2)]))
    assert reply.value.sum() == 2
    assert len(reply.error.message) == 4000
