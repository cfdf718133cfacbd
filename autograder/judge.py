"""Facts against a subject: the verdict on one exercise."""

import time
from collections.abc import Iterable, Sequence
from typing import Any

from autograder.compare import Refuted, agree, ensure, leaves, same_form
from autograder.diagnosis import diagnose
from autograder.questions import Memory, Questions
from autograder.show import brief
from autograder.spec import Answers, Case, Exercise, Fact, Raised
from autograder.subject import LocalSubject, Lost, Subject
from autograder.verdict import Evidence, ExerciseVerdict, FactVerdict


def judge(
    exercise: Exercise,
    subject: Subject,
    *,
    seed: int,
    devices: Sequence[str] = ("cpu",),
    memory: Memory | None = None,
) -> ExerciseVerdict:
    """Tries an answer on the cases drawn from ``seed``, on each device, until a fact fails.

    ``memory`` spares what was computed for an earlier answer; the verdict is the same without.
    Never raises for what the answer does; an exception of ours ends in the status "broke".
    """
    start = time.perf_counter()
    memory = memory or Memory()
    verdict = None
    for device in devices if exercise.tensors else ("cpu",):
        try:
            questions = memory.questions(exercise, seed)
            verdict = _judge_on(exercise, subject, questions, seed, device)
        except Exception as error:
            verdict = _broke(exercise, seed, device, f"{type(error).__name__}: {error}")
        if verdict.status != "passed":
            break
    assert verdict is not None, "judge needs at least one device"
    return verdict.model_copy(update={"seconds": round(time.perf_counter() - start, 4)})


def _judge_on(
    exercise: Exercise, subject: Subject, questions: Questions, seed: int, device: str
) -> ExerciseVerdict:
    cases = questions.cases
    answers = Answers(exercise, subject, device, questions.expected)
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
    mistaken = None if passed else diagnose(exercise, answers, questions)
    questions.keep(answers.known())
    return ExerciseVerdict(
        exercise=exercise.name,
        status="passed" if passed else "failed",
        points=exercise.points if passed else 0.0,
        max_points=exercise.points,
        facts=tuple(facts),
        evidence=evidence,
        misconception=mistaken,
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
            if not _is_the_answers_fault(error, fact, answers, case):
                raise
            because = f"the answer is of a kind that cannot be tested ({type(error).__name__})"
            return case, because, answers(case), answers.expected(case), ""
    return None


def _is_the_answers_fault(error: Exception, fact: Fact, answers: Answers, case: Case) -> bool:
    """Whether a fact breaks on this answer: again, in the same way, and not on the right one."""
    if isinstance(error, MemoryError | OSError | RecursionError):
        return False  # of this machine, not of the answer
    right = Answers(answers.exercise, LocalSubject(answers.exercise.reference))
    return _breaks(fact, right, case) is None and _breaks(fact, answers, case) is type(error)


def _breaks(fact: Fact, answers: Answers, case: Case) -> type[Exception] | None:
    try:
        fact.holds(answers, case)
    except Exception as error:
        return type(error)
    return None


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
        for leaf in leaves(mine.form):
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
        for a, b in zip(leaves(mine.form), leaves(reference.form), strict=True):
            ensure(a.dtype == b.dtype, f"the answer is {a.dtype}; it should be {b.dtype}")


def is_right(answers: Answers, case: Case) -> None:
    """Gives the right values on every example."""
    mine, expected = answers(case), answers.expected(case)
    agree(mine, expected, device=answers.device, dtypes=case.dtypes)


def has_the_right_gradients(answers: Answers, case: Case) -> None:
    """Its gradients are right too: to its inputs and to its parameters."""
    mine = answers.gradients(case)
    reference = answers.expected_reply(case).results[-1].gradients
    scale = max((abs(g).max().item() for g in reference.values() if g is not None), default=1.0)
    for name, gradient in reference.items():
        ensure(
            gradient is None or mine.get(name) is not None,
            f"no gradient reaches {name}: was the graph cut by detach, item, numpy or no_grad?",
        )
        if gradient is not None:
            what = f"gradient to {name}"
            rest: Any = {"scale": scale, "device": answers.device, "dtypes": case.dtypes}
            agree(mine[name], gradient, what=what, **rest)


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
