"""The vocabulary of a check: an exercise, its cases, the facts it must satisfy, its mistakes.

``checks/<slug>/<exercise>.py`` says in these words what every answer must satisfy; ``judge.py``
applies it.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import torch

from autograder.subject import Call, LocalSubject, Lost, Program, Reply, StudentError, Subject

Rng = np.random.Generator


@dataclass(frozen=True)
class Case:
    """One input on which an answer is tried: ``name`` says what is special about it.

    ``Case("two keys", Q=Q, K=K, V=V)`` is a call with these arguments; ``Case.of`` takes a whole
    program. ``case["Q"]`` is an argument of its first call. ``about`` holds what only facts know.
    """

    name: str
    program: Program
    about: dict[str, Any] = field(default_factory=dict)

    def __init__(self, name: str, /, **args: Any) -> None:
        Case._set(self, name, Program((Call(args),)), {})

    @staticmethod
    def of(name: str, program: Program, **about: Any) -> "Case":
        case = Case.__new__(Case)
        Case._set(case, name, program, about)
        return case

    def _set(self, name: str, program: Program, about: dict[str, Any]) -> None:
        for key, value in (("name", name), ("program", program), ("about", about)):
            object.__setattr__(self, key, value)

    def __getitem__(self, argument: str) -> Any:
        return self.program.calls[0].args[argument]

    def get(self, argument: str, default: Any = None) -> Any:
        """An argument of the first call, or ``default`` where the case leaves it out."""
        return self.program.calls[0].args.get(argument, default)

    @property
    def dtypes(self) -> frozenset[str]:
        """The dtypes of its tensors and arrays: an answer can be no more exact than they are."""
        program = self.program
        found: set[str] = set()
        waiting: list[Any] = [program.init, program.state, *(call.args for call in program.calls)]
        while waiting:
            match waiting.pop():
                case dict() as items:
                    waiting += items.values()
                case list() | tuple() as items:
                    waiting += items
                case torch.Tensor() | np.ndarray() as array:
                    found.add(str(array.dtype).removeprefix("torch."))
        return frozenset(found)

    def but(self, **args: Any) -> "Case":
        """The same case with some arguments of its first call replaced."""
        first, *rest = self.program.calls
        call = replace(first, args=first.args | args)
        return Case.of(self.name, replace(self.program, calls=(call, *rest)), **self.about)

    def backward(self, seed: int) -> "Case":
        """The same case, with gradients asked of its last call."""
        *rest, last = self.program.calls
        call = replace(last, backward=seed)
        return Case.of(self.name, replace(self.program, calls=(*rest, call)), **self.about)


class Answers:
    """What a fact sees of an answer: ``f(case)`` is what it returns there, on the CPU.

    Every case runs once; a fact that asks again is given the same reply. ``expected`` holds what
    the reference is known to reply, by the id of the case.
    """

    def __init__(
        self,
        exercise: "Exercise",
        subject: Subject,
        device: str = "cpu",
        expected: "dict[int, tuple[Case, Reply]] | None" = None,
    ) -> None:
        self.exercise, self.subject, self.device = exercise, subject, device
        # The cases are kept beside the replies, so that their ids are not given out again.
        self._replies: dict[int, tuple[Case, Reply]] = {}
        self._expected = dict(expected or {})

    def reply(self, case: Case) -> Reply:
        """The whole reply: value, form, gradients, changed arguments, error."""
        if id(case) not in self._replies:
            reply = self.subject.run(case.program, self.device)
            if reply.error is None and len(reply.results) != len(case.program.calls):
                raise Lost("the code answered another number of calls than it was asked", "student")
            self._replies[id(case)] = (case, reply)
        return self._replies[id(case)][1]

    def __call__(self, case: Case) -> Any:
        reply = self.reply(case)
        if reply.error is not None:
            raise Raised(reply.error, case)
        return reply.value

    def gradients(self, case: Case) -> dict[str, Any]:
        """The gradients of the last call, by argument or parameter name."""
        self(case)
        return self.reply(case).results[-1].gradients

    def expected(self, case: Case) -> Any:
        """What the reference returns on the case."""
        return self.expected_reply(case).value

    def expected_reply(self, case: Case) -> Reply:
        """The reference's whole reply; an error of the reference is ours."""
        if id(case) not in self._expected:
            failed = f"the reference of {self.exercise.name} fails on {case.name}"
            try:
                reply = LocalSubject(self.exercise.reference).run(case.program)
            except Lost as lost:  # which a judge would take for the student's
                raise RuntimeError(f"{failed}: {lost.reason}") from lost
            if reply.error is not None:
                raise RuntimeError(f"{failed}: {reply.error}")
            self._expected[id(case)] = (case, reply)
        return self._expected[id(case)][1]

    def known(self) -> Iterable[tuple[Case, Reply]]:
        """The cases to which the reference has replied, and its replies."""
        return self._expected.values()


class Raised(Exception):
    """The student's code raised an error where a fact needed an answer."""

    def __init__(self, error: StudentError, case: Case) -> None:
        super().__init__(str(error))
        self.error, self.case = error, case


FactFunction = Callable[[Answers, Case], None]


@dataclass(frozen=True)
class Fact:
    """A sentence that must hold on every case, and the function that raises ``Refuted`` if not."""

    name: str
    says: str
    holds: FactFunction
    after: tuple[str, ...] = ()


@dataclass(frozen=True)
class Misconception:
    """A mistake that people make: its name, a hint, and the wrong implementation itself."""

    name: str
    hint: str
    wrong: Callable[..., Any]
    remembers: bool = False

    def implementation(self) -> Callable[..., Any]:
        """The wrong implementation; a new one each time where ``remembers`` says it keeps state."""
        return self.wrong() if self.remembers else self.wrong


@dataclass
class Exercise:
    """A function or class that a student writes, and all that its judge needs to know.

    ``cases(rng)`` gives the inputs, smallest first. ``matches`` says whether equality with the
    reference is itself a fact: not for random or trained answers, which their own facts judge.
    ``alike(case, a, b)`` compares two answers when a mistake is looked for; by default, equality
    within the tolerance. ``forbids`` names calls that the task rules out: they raise a flag for the
    instructor and never change a mark. ``tensors`` is False for exercises in NumPy or plain Python,
    which run on the CPU alone.
    """

    name: str
    points: float
    reference: Callable[..., Any]
    cases: Callable[[Rng], Iterable[Case]]
    tensors: bool = True
    matches: bool = True
    keeps_dtype: bool = False
    alike: Callable[[Case, Any, Any], bool] | None = None
    forbids: tuple[str, ...] = ()
    facts: list[Fact] = field(default_factory=list)
    misconceptions: list[Misconception] = field(default_factory=list)

    def fact(
        self, function: FactFunction | None = None, *, after: tuple[FactFunction, ...] = ()
    ) -> Any:
        """Adds a fact. Its name is the function's, its sentence the docstring; see ``Fact``."""

        def add(holds: FactFunction) -> FactFunction:
            says = " ".join((holds.__doc__ or "").split())
            if not says.endswith("."):
                raise TypeError(f"fact {holds.__name__} needs a docstring: one whole sentence")
            names = tuple(fact.__name__ for fact in after)
            self.facts.append(Fact(holds.__name__, says, holds, names))
            return holds

        return add(function) if function else add

    def mistake(
        self, name: str, hint: str, *, remembers: bool = False
    ) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        """Adds a misconception: decorates a wrong implementation of the exercise.

        With ``remembers``, the decorated function *makes* the implementation: for a mistake that
        carries something over from one object to the next.
        """

        def add(wrong: Callable[..., Any]) -> Callable[..., Any]:
            self.misconceptions.append(Misconception(name, hint, wrong, remembers))
            return wrong

        return add


@dataclass(frozen=True)
class Checks:
    """All that is graded under a slug.

    ``provides`` names what of ``attn`` a submission may import while it is graded: never a module
    that holds an answer, nor one that imports such a module.
    """

    slug: str
    title: str
    exercises: tuple[Exercise, ...]
    provides: tuple[str, ...] = ()

    def __iter__(self) -> Iterator[Exercise]:
        return iter(self.exercises)

    def __getitem__(self, name: str) -> Exercise:
        for exercise in self.exercises:
            if exercise.name == name:
                return exercise
        raise KeyError(name)
