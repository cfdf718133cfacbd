"""Whatever breaks on our side, nobody gets a zero for it: it is tried again, then ungraded."""

from collections.abc import Mapping
from contextlib import contextmanager
from dataclasses import replace

import pytest
import torch
from bank.build import CLASS, filled
from hypothesis import given, settings
from hypothesis import strategies as st

from autograder import checks, compare, diagnosis, grade, judge, questions, spec, subject
from autograder.grade import How, grade_notebook
from autograder.manifest import Manifest
from autograder.sandbox import CellLog, SandboxMissing
from autograder.spec import Case, Exercise
from autograder.subject import LocalSubject, Lost, Program, Reply
from autograder.submission import Notebook
from autograder.values import CannotCross

SLUG = "queries_keys_values"
MANIFEST = Manifest.load(SLUG)
ANSWERS = (CLASS / "amara" / f"{SLUG}.py").read_text()
RIGHT = Notebook(filled(SLUG, ANSWERS), "f" * 64)
EXERCISES = [exercise for slug in checks.slugs() for exercise in checks.load(slug)]
FAST = [exercise for exercise in EXERCISES if exercise.name != "train_kernel_width"]

# What the judge is made of: a module, and what it calls by this name.
OURS = {
    (module, name): getattr(module, name)
    for module, names in {
        judge: "agree same_form ensure leaves diagnose ExerciseVerdict FactVerdict",
        compare: "tolerance _numbers _is_numeric",
        diagnosis: "same_form agree",
        questions: "LocalSubject",
        spec: "LocalSubject",
        subject: "pack unpack decode_reply",
    }.items()
    for name in names.split()
}
ERRORS = [
    *(ValueError, KeyError, TypeError, AttributeError, ZeroDivisionError, AssertionError),
    *(RuntimeError, RecursionError, MemoryError, OSError, TimeoutError, EOFError, StopIteration),
    *(UnicodeError, CannotCross, torch.OutOfMemoryError),
]


@contextmanager
def replaced(values: Mapping):
    before = {(module, name): getattr(module, name) for module, name in values}
    for (module, name), value in values.items():
        setattr(module, name, value)
    try:
        yield
    finally:
        for (module, name), value in before.items():
            setattr(module, name, value)


def breaking(original, error, first, last):
    """The function, which raises from its ``first`` call to its ``last``."""
    calls = 0

    def broken(*args, **kwargs):
        nonlocal calls
        calls += 1
        if first <= calls <= last:
            raise error("ours")
        return original(*args, **kwargs)

    return broken


class Apart:
    """A subject in another process, as it were: what breaks here does not break there."""

    def __init__(self, target):
        self.target = target

    def run(self, program: Program, device: str = "cpu") -> Reply:
        with replaced(OURS):
            return LocalSubject(self.target).run(program)


@settings(max_examples=300)
@given(
    exercise=st.sampled_from(FAST),
    place=st.sampled_from(list(OURS)),
    error=st.sampled_from(ERRORS),
    first=st.integers(1, 60),
    often=st.sampled_from([1, 10**9]),
)
def test_what_breaks_in_the_judge_costs_a_right_answer_nothing(
    exercise, place, error, first, often
):
    broken = breaking(OURS[place], error, first, first + often - 1)
    with replaced({place: broken}):
        try:
            verdict = judge.judge(exercise, Apart(exercise.reference), seed=1)
        except error:
            return  # the verdict itself cannot be made: whoever grades tries again
    assert (verdict.status, verdict.points) in [("passed", exercise.points), ("broke", None)]


@settings(max_examples=100)
@given(
    exercise=st.sampled_from(FAST),
    which=st.integers(0, 99),
    error=st.sampled_from(ERRORS),
    first=st.integers(1, 12),
    often=st.sampled_from([1, 10**9]),
)
def test_what_breaks_in_a_fact_or_a_case_costs_a_right_answer_nothing(
    exercise, which, error, first, often
):
    facts = list(exercise.facts)
    cases = exercise.cases
    if facts and which % 4:
        fact = facts[which % len(facts)]
        holds = breaking(fact.holds, error, first, first + often - 1)
        facts[which % len(facts)] = replace(fact, holds=holds)
    else:
        cases = breaking(cases, error, 1, often)
    wrong = replace(exercise, facts=facts, cases=cases)
    verdict = judge.judge(wrong, LocalSubject(exercise.reference), seed=1)
    assert (verdict.status, verdict.points) in [("passed", exercise.points), ("broke", None)]


def numbers(rng):
    yield Case("one", x=torch.ones(1))


def test_a_reference_that_is_lost_is_ours():
    exercise = Exercise("odd", points=1, reference=lambda x: x, cases=numbers)
    with replaced({(spec, "LocalSubject"): lambda target: Gone("student")}):
        verdict = judge.judge(exercise, LocalSubject(lambda x: x), seed=1)
    assert (verdict.status, verdict.points) == ("broke", None)
    assert "the reference of odd fails on one" in verdict.error


class Gone:
    def __init__(self, fault):
        self.fault = fault

    def run(self, program, device="cpu"):
        raise Lost("the process ended", self.fault)


def test_a_case_that_cannot_be_sent_is_ours():
    exercise = Exercise(
        "huge",
        points=1,
        reference=lambda x: x,
        cases=lambda rng: [Case("80 MB", x=torch.zeros(20_000_000))],
    )
    verdict = judge.judge(exercise, LocalSubject(lambda x: x), seed=1)
    assert (verdict.status, verdict.points) == ("broke", None)
    assert "what is asked is a value of more than 64 MB" in verdict.error


# ---------------------------------------------------------------- a whole submission


class Session:
    """A session without a sandbox, for right answers."""

    isolation = "none, a test"

    def __init__(self, cells):
        self.names = {}
        for cell in cells:
            if "%pip" not in cell.source:
                exec(cell.source, self.names)
        self.log = tuple(CellLog(cell.id, "ok") for cell in cells)

    def subject(self, name):
        return LocalSubject(self.names[name])


@pytest.fixture
def session(monkeypatch):
    """``open_session`` without a sandbox. Set ``at`` to "enter", "ask" or "leave" to break it."""

    class Breaks:
        at, times = "", 0

        def now(self, place):
            if self.at == place and self.times > 0:
                self.times -= 1
                raise OSError("the worker's host is gone")

    breaks = Breaks()

    class Fragile(Session):
        def subject(self, name):
            breaks.now("ask")
            return super().subject(name)

    @contextmanager
    def open_session(cells, provides, limits, backend, device):
        breaks.now("enter")
        yield Fragile(cells)
        breaks.now("leave")

    monkeypatch.setattr(grade, "open_session", open_session)
    return breaks


@pytest.mark.parametrize("at", ["enter", "ask", "leave"])
def test_a_worker_that_is_lost_once_costs_nothing(session, at):
    session.at, session.times = at, 1
    verdict = grade_notebook(RIGHT, "ada", MANIFEST, How(seed=1))
    assert (verdict.status, verdict.points) == ("graded", 14)
    assert verdict.isolation == "none, a test"
    assert len([cell for cell in verdict.cells if cell.exercise]) == 6


def test_a_worker_that_stays_lost_leaves_exercises_ungraded(session):
    session.at, session.times = "enter", 99
    verdict = grade_notebook(RIGHT, "ada", MANIFEST)
    assert verdict.status == "incomplete"
    assert {e.points for e in verdict.exercises} == {None}
    assert "the worker's host is gone" in verdict.exercises[0].error


@pytest.mark.parametrize(
    "name", ["extract", "exercises_of", "forbidden_calls", "readable", "verdict_of", "judge"]
)
@pytest.mark.parametrize("error", [MemoryError, KeyError, ValueError, RecursionError, OSError])
def test_what_breaks_around_the_judge_is_tried_again(session, monkeypatch, name, error):
    original = getattr(grade, name)
    monkeypatch.setattr(grade, name, breaking(original, error, 1, 1))
    assert grade_notebook(RIGHT, "ada", MANIFEST, How(seed=1)).points == 14
    monkeypatch.setattr(grade, name, breaking(original, error, 1, 10**9))
    verdict = grade_notebook(RIGHT, "ada", MANIFEST, How(seed=1))
    assert verdict.status == "incomplete"
    assert {e.points for e in verdict.exercises} == {None}
    assert {e.status for e in verdict.exercises} == {"broke"}
    assert error.__name__ in verdict.exercises[0].error
    assert (verdict.student, verdict.submission_sha256) == ("ada", RIGHT.sha256)


def test_the_others_are_judged_all_the_same(session, monkeypatch):
    original = grade.forbidden_calls

    def broken(exercise, cells):
        if exercise.name == "entropy":
            raise ZeroDivisionError
        return original(exercise, cells)

    monkeypatch.setattr(grade, "forbidden_calls", broken)
    verdict = grade_notebook(RIGHT, "ada", MANIFEST)
    assert {e.exercise for e in verdict.exercises if e.points is None} == {"entropy"}
    assert verdict.points == 13


def test_a_sandbox_that_is_missing_still_stops_everything(session, monkeypatch):
    monkeypatch.setattr(grade, "extract", breaking(grade.extract, SandboxMissing, 1, 1))
    with pytest.raises(SandboxMissing):
        grade_notebook(RIGHT, "ada", MANIFEST)


def test_a_verdict_has_a_size_whatever_the_notebook_says(session, monkeypatch):
    class Loud(Session):
        def __init__(self, cells):
            super().__init__(cells)
            self.log = tuple(CellLog(c.id, "ok", stderr="é" * 200_000) for c in cells)

    @contextmanager
    def open_session(cells, provides, limits, backend, device):
        yield Loud(cells)

    monkeypatch.setattr(grade, "open_session", open_session)
    noise = "\n".join(f"# %% own\nx = '{'y' * 9000}'\n" for _ in range(300))
    calls = "# %% own\ndef f(x):\n" + "    x.softmax(-1)\n" * 3000
    notebook = Notebook(filled(SLUG, noise + calls + ANSWERS), "")
    verdict = grade_notebook(notebook, "ada", MANIFEST)
    assert verdict.points == 14
    assert len(verdict.model_dump_json()) < 2 << 20
    assert max(len(e.flags) for e in verdict.exercises) == grade.MAX_FLAGS


def test_the_verdict_says_which_limits_were_in_force(session, monkeypatch):
    seen = []
    original = grade.open_session

    def open_session(cells, provides, limits, backend, device):
        seen.append(limits)
        return original(cells, provides, limits, backend, device)

    monkeypatch.setattr(grade, "open_session", open_session)
    monkeypatch.setattr(grade.calibration, "factor", lambda: 2.5)
    verdict = grade_notebook(RIGHT, "ada", MANIFEST, How())
    assert verdict.limits is not None
    assert verdict.limits.calibration == 2.5
    assert verdict.limits.seconds_per_check == How().limits.seconds_per_check * 2.5
    assert verdict.limits.seconds_per_cell == seen[0].seconds_per_cell
    assert verdict.limits.memory_mb == How().limits.memory_mb
