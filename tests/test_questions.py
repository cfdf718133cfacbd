"""What is computed once for a class changes no verdict, and is computed once."""

import pytest

from autograder import checks
from autograder.judge import judge
from autograder.questions import Memory, Questions
from autograder.subject import LocalSubject
from autograder.verdict import ExerciseVerdict

EXERCISES = [exercise for slug in checks.slugs() for exercise in checks.load(slug)]


def untimed(verdict: ExerciseVerdict) -> ExerciseVerdict:
    return verdict.model_copy(update={"seconds": 0.0})


@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda exercise: exercise.name)
def test_a_verdict_is_the_same_with_and_without_a_memory(exercise):
    memory = Memory()
    right = [lambda: exercise.reference]
    answers = right + [mistake.implementation for mistake in exercise.misconceptions[:3]]
    for answer in [*answers, *answers]:
        alone = judge(exercise, LocalSubject(answer()), seed=5)
        again = judge(exercise, LocalSubject(answer()), seed=5, memory=memory)
        assert untimed(alone) == untimed(again)


def test_reference_and_mistakes_run_once_for_all_who_are_asked(monkeypatch):
    exercise, memory, runs = checks.find("entropy"), Memory(), []
    run = LocalSubject.run
    monkeypatch.setattr(
        LocalSubject, "run", lambda self, *args: runs.append(self) or run(self, *args)
    )

    def wrong(*args):
        return None

    first = judge(exercise, LocalSubject(wrong), seed=5, memory=memory)
    ran = len(runs)
    assert judge(exercise, LocalSubject(wrong), seed=5, memory=memory).facts == first.facts
    cases = memory.questions(exercise, 5).cases
    assert len(runs) - ran <= len(cases), "only the answer itself runs again"


def test_another_seed_has_other_questions():
    exercise, memory = checks.find("entropy"), Memory()
    first = memory.questions(exercise, 5)
    assert memory.questions(exercise, 5) is first
    assert memory.questions(exercise, 6) is not first
    assert memory.questions(exercise, 5) is not first


def test_only_everybodys_cases_are_kept():
    questions = Questions(checks.find("entropy"), 5)
    reply = LocalSubject(checks.find("entropy").reference).run(questions.cases[0].program)
    other = Questions(checks.find("entropy"), 5).cases[0]
    questions.keep([(questions.cases[0], reply), (other, reply)])
    assert list(questions.expected) == [id(questions.cases[0])]
