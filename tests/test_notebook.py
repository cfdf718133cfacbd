"""``check``: what a student sees, as HTML and as text."""

import subprocess
import sys

import pytest
import torch

from autograder import notebook
from autograder.notebook import check


def entropy(weights):
    return (weights * weights.log2()).sum(-1)


def test_the_same_sentences_stand_in_text_and_html():
    feedback = check(entropy, seed=3)
    assert "Entropy is never negative" in repr(feedback)
    assert "Entropy is never negative" in feedback._repr_html_()
    assert "check(entropy, seed=3)" in repr(feedback)


def test_a_right_answer_is_told_so():
    right = check(lambda_named("entropy", lambda w: -torch.special.xlogy(w, w).sum(-1)))
    assert repr(right).startswith("entropy: right, 1 of 1 point")
    assert "The smallest input" not in repr(right)


def lambda_named(name, function):
    def answer(*args):
        return function(*args)

    answer.__name__ = name
    return answer


def test_what_the_student_wrote_is_escaped():
    def answer(weights):
        raise ValueError("<script>alert(1)</script>")

    page = check(lambda_named("entropy", answer))._repr_html_()
    assert "<script>" not in page
    assert "&lt;script&gt;" in page


def test_a_result_instead_of_a_function_is_explained():
    with pytest.raises(TypeError, match="not what it returns"):
        check(torch.zeros(2))


def test_a_misspelt_name_is_met_with_the_nearest():
    with pytest.raises(LookupError, match="did you mean 'entropy'"):
        check(lambda_named("entrpy", entropy))


def test_a_mistake_in_part_is_called_that():
    verdict = check(entropy, seed=1).verdict
    partly = verdict.misconception.model_copy(update={"complete": False})
    assert notebook.resemblance(partly).startswith("On some inputs")


def test_an_error_of_ours_costs_nothing_and_says_so():
    verdict = check(entropy, seed=1).verdict
    broke = verdict.model_copy(update={"status": "broke", "points": None})
    assert "our fault" in notebook.headline(broke)


def test_a_gpu_is_named_where_one_was_used():
    verdict = check(entropy, seed=1).verdict.model_copy(update={"device": "cuda"})
    assert "cuda" in notebook.text(verdict)
    assert "cuda" in notebook.html(verdict)


def test_importing_it_needs_no_grader():
    code = (
        "import sys, autograder.notebook;"
        "bad = {'nbgrader', 'sqlalchemy', 'distributed', 'dask', 'nbconvert'} & set(sys.modules);"
        "sys.exit(str(bad) if bad else 0)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
