"""Which known mistake an answer makes: it is compared with what the mistakes reply."""

import contextlib
from typing import Any

from autograder.compare import Refuted, agree, describe_form, leaves, same_form
from autograder.questions import Questions
from autograder.spec import Answers, Case, Exercise
from autograder.subject import Lost, Reply
from autograder.verdict import Diagnosis


def diagnose(exercise: Exercise, answers: Answers, questions: Questions) -> Diagnosis | None:
    """The mistake whose implementation answers exactly as this one does, on every case.

    Where none does, the one that explains most of the wrong answers, marked as incomplete. Compares
    what was already returned: the answer is not run again.
    """
    replies = []
    for case in questions.cases:
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
        wrong = questions.wrong(mistake)
        runs = [(case, reply, other) for (case, reply), other in zip(replies, wrong, strict=True)]
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
        if answers.device != "cpu" and any(leaf.device == "cpu" for leaf in leaves(mine.form)):
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
            _close(case, mine.gradients[name], wrong.gradients[name], device)
            for name in mine.gradients
        ):
            return False
    if a.error is None and exercise.alike is not None:
        with contextlib.suppress(Exception):  # values so odd that it cannot compare them
            return exercise.alike(case, a.value, b.value)
        return False
    pairs = zip(a.results, b.results, strict=True)
    return all(_close(case, x.value, y.value, device) for x, y in pairs)


def _close(case: Case, a: Any, b: Any, device: str) -> bool:
    try:
        agree(a, b, device=device, dtypes=case.dtypes)
    except Refuted:
        return False
    return True
