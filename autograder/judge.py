"""Facts against a subject: the verdict on one exercise."""

import contextlib
import time
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from autograder.compare import Refuted, agree, describe_form, ensure, same_form
from autograder.show import brief
from autograder.spec import Answers, Case, Exercise, Fact, Raised
from autograder.subject import LocalSubject, Lost, Reply, Subject
from autograder.values import Leaf
from autograder.verdict import Diagnosis, Evidence, ExerciseVerdict, FactVerdict


def judge(
    exercise: Exercise, subject: Subject, *, seed: int, devices: Sequence[str] = ("cpu",)
) -> ExerciseVerdict:
    """Tries an answer on the cases drawn from ``seed``, on each device, until a fact fails.

    Never raises for what the answer does; an exception of ours ends in the status "broke".
    """
    start = time.perf_counter()
    verdict = None
    for device in devices if exercise.tensors else devices[:1]:
        try:
            verdict = _judge_on(exercise, subject, seed, device)
        except Exception as error:
            verdict = _broke(exercise, seed, device, f"{type(error).__name__}: {error}")
        if verdict.status != "passed":
            break
    assert verdict is not None, "judge needs at least one device"
    return verdict.model_copy(update={"seconds": round(time.perf_counter() - start, 4)})


def _judge_on(exercise: Exercise, subject: Subject, seed: int, device: str) -> ExerciseVerdict:
    cases = list(exercise.cases(np.random.default_rng(seed)))
    answers = Answers(exercise, subject, device)
    facts: list[FactVerdict] = []
    evidence: Evidence | None = None
    error = ""
    failed: set[str] = set()
    for fact in (*_before(exercise, cases, device), *exercise.facts, *_after(exercise, cases)):
        blocked = next((name for name in (*_ALWAYS, *fact.after) if name in failed), None)
        if blocked is not None and blocked != fact.name:
            failed.add(fact.name)
            facts.append(_said(fact, "skipped", "waits for a fact above that does not hold"))
            continue
        refuted = _first_refutation(fact, answers, cases)
        if refuted is None:
            facts.append(_said(fact, "held"))
            continue
        case, because, yours, expected, raised = refuted
        failed.add(fact.name)
        facts.append(_said(fact, "failed", because))
        if evidence is None:
            error = raised
            evidence = _evidence(case, yours, expected)
    passed = not failed
    return ExerciseVerdict(
        exercise=exercise.name,
        status="passed" if passed else "failed",
        points=exercise.points if passed else 0.0,
        max_points=exercise.points,
        facts=tuple(facts),
        evidence=evidence,
        misconception=None if passed else diagnose(exercise, answers, cases),
        error=error,
        device=device,
        seed=seed,
        seconds=0.0,
    )


def _said(fact: Fact, status: Any, because: str = "") -> FactVerdict:
    return FactVerdict(name=fact.name, says=fact.says, status=status, because=because)


def _broke(exercise: Exercise, seed: int, device: str, error: str) -> ExerciseVerdict:
    return ExerciseVerdict(
        exercise=exercise.name,
        status="broke",
        points=None,
        max_points=exercise.points,
        error=error,
        device=device,
        seed=seed,
        seconds=0.0,
    )


def _first_refutation(
    fact: Fact, answers: Answers, cases: Iterable[Case]
) -> tuple[Case, str, Any, Any, str] | None:
    for case in cases:
        try:
            fact.holds(answers, case)
        except Refuted as refuted:
            return case, refuted.because, refuted.yours, refuted.expected, ""
        except Raised as raised:
            because = f"your code raises {raised.error.type}"
            return raised.case, because, None, None, str(raised.error)
        except Lost as lost:
            if lost.fault == "ours":
                raise
            return case, "your code gave no answer", None, None, lost.reason
        except Exception as error:
            if not _holds_of_the_reference(fact, answers, case):
                raise  # the fact itself is at fault
            because = f"the answer is of a kind that cannot be tested ({type(error).__name__})"
            return case, because, answers(case), answers.expected(case), ""
    return None


def _holds_of_the_reference(fact: Fact, answers: Answers, case: Case) -> bool:
    try:
        fact.holds(Answers(answers.exercise, LocalSubject(answers.exercise.reference)), case)
    except Exception:
        return False
    return True


def _evidence(case: Case, yours: Any, expected: Any) -> Evidence:
    inputs: dict[str, str] = {}
    if case.program.init:
        inputs |= {name: brief(value) for name, value in case.program.init.items()}
    calls = case.program.calls
    for call in calls[:6]:
        prefix = "" if call.method in ("__call__", "forward") else f"{call.method}: "
        inputs |= {
            _fresh(f"{prefix}{name}", inputs): brief(value) for name, value in call.args.items()
        }
    if len(calls) > 6:
        inputs["…"] = f"and {len(calls) - 6} more calls"
    nothing = yours is None and expected is None
    return Evidence(
        case=case.name,
        inputs=inputs,
        yours="" if nothing else brief(yours),
        expected="" if expected is None else brief(expected),
    )


def _fresh(name: str, taken: dict[str, str]) -> str:
    n = 2
    fresh = name
    while fresh in taken:
        fresh, n = f"{name} ({n})", n + 1
    return fresh


# Facts that every exercise has. The first three are what all the others build on.
_ALWAYS = ("runs", "has_the_right_form", "stays_on_its_device")


def runs(answers: Answers, case: Case) -> None:
    """Runs on every example without an error."""
    answers(case)


def has_the_right_form(answers: Answers, case: Case) -> None:
    """Returns what the task asks for: the right kind of value, in the right shape."""
    for mine, reference in _results(answers, case):
        wrong = same_form(mine.form, reference.form)
        if wrong:
            raise Refuted(wrong, mine.value, reference.value)


def stays_on_its_device(answers: Answers, case: Case) -> None:
    """Answers on the device of its inputs."""
    for mine, _ in _results(answers, case):
        for leaf in _leaves(mine.form):
            on = leaf.device.split(":")[0]
            ensure(
                not on or on == answers.device.split(":")[0],
                f"the answer is on {on}, the inputs are on {answers.device}",
            )


def leaves_inputs_alone(answers: Answers, case: Case) -> None:
    """Leaves its inputs as they were."""
    for mine, reference in _results(answers, case):
        extra = [name for name in mine.changed if name not in reference.changed]
        ensure(not extra, f"after the call, {' and '.join(extra)} had changed")


def keeps_the_dtype(answers: Answers, case: Case) -> None:
    """Answers in the dtype of its inputs."""
    for mine, reference in _results(answers, case):
        for a, b in zip(_leaves(mine.form), _leaves(reference.form), strict=True):
            ensure(a.dtype == b.dtype, f"the answer is {a.dtype}; it should be {b.dtype}")


def is_right(answers: Answers, case: Case) -> None:
    """Gives the right values on every example."""
    agree(answers(case), answers.expected(case), device=answers.device)


def has_the_right_gradients(answers: Answers, case: Case) -> None:
    """Its gradients are right too: to its inputs and to its parameters."""
    mine = answers.gradients(case)
    reference = answers.expected_reply(case).results[-1].gradients
    for name, gradient in reference.items():
        ensure(
            gradient is None or mine.get(name) is not None,
            f"no gradient reaches {name}: was the graph cut by detach, item, numpy or no_grad?",
        )
        if gradient is not None:
            agree(mine[name], gradient, what=f"gradient to {name}", device=answers.device)


def _before(exercise: Exercise, cases: list[Case], device: str) -> list[Fact]:
    functions = [runs, has_the_right_form]
    if device != "cpu":
        functions.append(stays_on_its_device)
    functions.append(leaves_inputs_alone)
    if exercise.keeps_dtype:
        functions.append(keeps_the_dtype)
    return [Fact(f.__name__, f.__doc__ or "", f) for f in functions]


def _after(exercise: Exercise, cases: list[Case]) -> list[Fact]:
    functions = [is_right] if exercise.matches else []
    if any(case.program.calls[-1].backward is not None for case in cases):
        functions.append(has_the_right_gradients)
    return [Fact(f.__name__, f.__doc__ or "", f) for f in functions]


def _results(answers: Answers, case: Case) -> list[tuple[Any, Any]]:
    answers(case)
    reference = answers.expected_reply(case).results
    return list(zip(answers.reply(case).results, reference, strict=True))


def _leaves(form: Any) -> list[Leaf]:
    if isinstance(form, Leaf):
        return [form]
    inner = form.values() if isinstance(form, dict) else form if isinstance(form, list) else ()
    return [leaf for item in inner for leaf in _leaves(item)]


def diagnose(exercise: Exercise, answers: Answers, cases: list[Case]) -> Diagnosis | None:
    """The mistake whose implementation answers exactly as this one does, on every case.

    Where none does, the one that explains most of the wrong answers, marked as incomplete. Compares
    what was already returned: the answer is not run again.
    """
    replies = []
    for case in cases:
        try:
            replies.append((case, answers.reply(case)))
        except Lost:
            return None
    for case, reply in replies:
        common = _common_mistake(answers, case, reply)
        if common is not None:
            return common
    best, most = None, 0
    for mistake in exercise.misconceptions:
        subject = LocalSubject(mistake.implementation())
        runs = [(case, reply, subject.run(case.program)) for case, reply in replies]
        alike = [_behaves_alike(exercise, *run, answers.device) for run in runs]
        if all(alike):
            return Diagnosis(name=mistake.name, hint=mistake.hint)
        explained = sum(
            same and reply.error is None and not _is_as_expected(answers, case, reply)
            for same, (case, reply, _) in zip(alike, runs, strict=True)
        )
        if explained > most:
            best, most = mistake, explained
    return Diagnosis(name=best.name, hint=best.hint, complete=False) if best else None


def _is_as_expected(answers: Answers, case: Case, reply: Reply) -> bool:
    expected = answers.expected_reply(case)
    return _behaves_alike(answers.exercise, case, reply, expected, answers.device)


def _common_mistake(answers: Answers, case: Case, reply: Reply) -> Diagnosis | None:
    if reply.error is not None:
        if reply.error.type == "NotImplementedError":
            return Diagnosis(name="not started yet", hint="Replace the line that raises it.")
        if "same device" in reply.error.message or "on device" in reply.error.message:
            return _WRONG_DEVICE
        return None
    for mine, reference in zip(reply.results, answers.expected_reply(case).results, strict=True):
        if mine.form == "none" and reference.form != "none":
            wanted = describe_form(reference.form)
            hint = f"The function ends without `return`; it should give {wanted}."
            return Diagnosis(name="nothing is returned", hint=hint)
        if answers.device != "cpu" and any(leaf.device == "cpu" for leaf in _leaves(mine.form)):
            return _WRONG_DEVICE
    return None


_WRONG_DEVICE = Diagnosis(
    name="a tensor made on the wrong device",
    hint="A new tensor lands on the CPU unless you say where: pass device=x.device, "
    "or make it from x, as in x.new_zeros(...) or torch.zeros_like(x).",
)


def _behaves_alike(exercise: Exercise, case: Case, a: Reply, b: Reply, device: str) -> bool:
    if (a.error is None) != (b.error is None) or len(a.results) != len(b.results):
        return False
    if a.error is not None and b.error is not None and a.error.type != b.error.type:
        return False
    for mine, wrong in zip(a.results, b.results, strict=True):
        if same_form(mine.form, wrong.form) or mine.changed != wrong.changed:
            return False
        if mine.gradients.keys() != wrong.gradients.keys():
            return False
        if not all(
            _close(mine.gradients[name], wrong.gradients[name], device) for name in mine.gradients
        ):
            return False
    if a.error is None and exercise.alike is not None:
        with contextlib.suppress(Exception):  # values so odd that it cannot compare them
            return exercise.alike(case, a.value, b.value)
        return False
    return all(_close(x.value, y.value, device) for x, y in zip(a.results, b.results, strict=True))


def _close(a: Any, b: Any, device: str) -> bool:
    try:
        agree(a, b, device=device)
    except Refuted:
        return False
    return True
