"""The generated class: deterministic, no two submissions alike, and its mistakes are mistakes."""

import math
from itertools import islice

import nbformat
import numpy as np
import pytest
import torch

from autograder import checks
from autograder.judge import judge
from autograder.manifest import MANIFESTS
from autograder.subject import LocalSubject
from benchmarks import crowd

SLUGS = sorted(path.stem for path in MANIFESTS.glob("*.json"))
EXERCISES = [exercise for slug in SLUGS for exercise in checks.load(slug)]


def defined(source, name):
    namespace = {"__name__": "answer", "math": math, "np": np, "torch": torch, "nn": torch.nn}
    exec(source, namespace)
    return namespace[name]


@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda exercise: exercise.name)
def test_what_is_written_out_is_what_it_was(exercise):
    answer = defined(crowd.reference(exercise), exercise.name)
    assert judge(exercise, LocalSubject(answer), seed=0).status == "passed"
    written = crowd.written_out(exercise)
    assert set(written) == {mistake.name for mistake in exercise.misconceptions}
    for name, source in written.items():
        verdict = judge(exercise, LocalSubject(defined(source, exercise.name)), seed=0)
        assert verdict.misconception.name == name


@pytest.mark.parametrize("slug", SLUGS)
def test_answers_do_not_disturb_each_other_in_one_notebook(slug):
    namespace = {"__name__": "answer"}
    for exercise in checks.load(slug):
        exec(crowd.reference(exercise), namespace)
    for exercise in checks.load(slug):
        verdict = judge(exercise, LocalSubject(namespace[exercise.name]), seed=0)
        assert verdict.status == "passed", verdict.error


def test_a_class_repeats_itself_and_no_two_students_are_alike():
    slug = "queries_keys_values"
    first, again = (list(islice(crowd.students(slug, seed=1), 50)) for _ in range(2))
    assert first == again
    assert len({str(student) for student in first}) == 50
    drawn = [answer for student in first for answer in student.values()]
    assert 0.6 < sum(not answer.mistake for answer in drawn) / (50 * 6) < 0.8


def test_it_is_handed_in_as_nbgrader_wants_it(tmp_path):
    crowd.hand_in(tmp_path, 2, ("human_attention",))
    files = sorted(tmp_path.glob("*/*/*.ipynb"))
    assert [str(file.relative_to(tmp_path)) for file in files] == [
        f"s{number:05}/human_attention/human_attention.ipynb" for number in range(2)
    ]
    for file in files:
        nbformat.validate(nbformat.read(file, 4))
