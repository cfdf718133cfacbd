"""The misconception bank proves itself: right passes, each mistake fails and is named as itself."""

import pytest

from autograder import checks
from autograder.judge import judge
from autograder.subject import LocalSubject

EXERCISES = [exercise for slug in checks.slugs() for exercise in checks.load(slug)]
MISTAKES = [(exercise, mistake) for exercise in EXERCISES for mistake in exercise.misconceptions]
SEEDS = range(3)


@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda exercise: exercise.name)
def test_the_reference_passes(exercise, device):
    for seed in SEEDS:
        verdict = judge(
            exercise, LocalSubject(exercise.reference), seed=seed, devices=(device.type,)
        )
        assert verdict.status == "passed", (seed, verdict.error, verdict.facts)


@pytest.mark.parametrize(
    ("exercise", "mistake"), MISTAKES, ids=[f"{e.name}: {m.name}" for e, m in MISTAKES]
)
def test_each_mistake_fails_and_is_named_as_itself(exercise, mistake):
    for seed in SEEDS:
        verdict = judge(exercise, LocalSubject(mistake.implementation()), seed=seed)
        assert verdict.status == "failed"
        assert verdict.misconception is not None
        assert (verdict.misconception.name, verdict.misconception.complete) == (mistake.name, True)


@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda exercise: exercise.name)
def test_each_exercise_is_worth_its_place(exercise):
    assert exercise.points > 0
    assert len(exercise.misconceptions) >= 4
    names = [mistake.name for mistake in exercise.misconceptions]
    assert len(names) == len(set(names))
    assert all(mistake.hint.endswith((".", "?")) for mistake in exercise.misconceptions)


def test_exercise_names_are_unique_in_the_course():
    names = [exercise.name for exercise in EXERCISES]
    assert len(names) == len(set(names))


def test_find_knows_every_exercise_and_suggests_the_nearest():
    assert checks.find("entropy").name == "entropy"
    with pytest.raises(LookupError, match="did you mean 'stable_softmax'"):
        checks.find("stabel_softmax")
    with pytest.raises(LookupError, match="human_attention"):
        checks.load("humans")


@pytest.mark.parametrize(
    ("slug", "name", "seed"),
    [
        ("bahdanau", "AdditiveAttention", 191688356),  # every tanh of a case is at its end
        ("transformer", "DecoderBlock", 1051),  # a softmax is at its end
    ],
)
def test_a_seed_that_once_refused_the_right_answer(slug, name, seed):
    exercise = checks.load(slug)[name]
    assert judge(exercise, LocalSubject(exercise.reference), seed=seed).status == "passed"


@pytest.mark.parametrize("seed", [1010, 1016])
def test_a_seed_that_once_passed_a_mistake(seed):
    exercise = checks.load("seq2seq_bottleneck")["write_greedily"]
    mistakes = {mistake.name: mistake for mistake in exercise.misconceptions}
    wrong = LocalSubject(mistakes["BOS is fed at every step"].implementation())
    assert judge(exercise, wrong, seed=seed).misconception.name == "BOS is fed at every step"
