"""``autograder verify`` finds what is wrong with a course, and nothing in ours."""

import shutil
from pathlib import Path

import pytest

from autograder import checks, verify
from autograder.spec import Checks, Exercise

ROOT = Path(__file__).parent.parent


@pytest.fixture
def course(tmp_path, monkeypatch):
    """A copy of the course's notebooks, with the checks of one exercise each."""
    small = {
        slug: Checks(slug, "", tuple(e for e in checks.load(slug) if e.name == name))
        for slug, name in (
            ("human_attention", "kernel_weights"),
            ("queries_keys_values", "entropy"),
        )
    }
    for slug in small:
        shutil.copytree(ROOT / "exercises" / slug, tmp_path / "exercises" / slug)
        (tmp_path / "solutions").mkdir(exist_ok=True)
        shutil.copy(ROOT / f"solutions/{slug}.md", tmp_path / "solutions")
    monkeypatch.setattr(checks, "load", small.__getitem__)
    monkeypatch.setattr(checks, "slugs", lambda: sorted(small))
    return tmp_path


def problems(root):
    """What is found, apart from manifests, which still list every exercise."""
    found = verify.verify(seeds=(0,), root=root).problems
    return [problem for problem in found if "manifest" not in problem]


def test_a_sound_course_has_no_problems(course):
    assert problems(course) == []


def test_a_solution_that_is_wrong_is_found(course):
    path = course / "solutions/queries_keys_values.md"
    text = path.read_text()
    assert "xlogy" in text or "log" in text
    start = text.index("### BEGIN SOLUTION", text.index("def entropy("))
    end = text.index("### END SOLUTION", start)
    path.write_text(text[:start] + "return weights.sum(-1)\n    " + text[end:])
    assert any("the solution of entropy is refused" in p for p in problems(course))


def test_a_release_that_gives_its_answer_away_is_found(course):
    path = course / "exercises/queries_keys_values/queries_keys_values.ipynb"
    text = path.read_text()
    assert "raise NotImplementedError()" in text
    answer = "return -torch.special.xlogy(weights, weights).sum(-1)"
    path.write_text(text.replace("raise NotImplementedError()", answer))
    assert any("entropy is not unsolved in its release" in p for p in problems(course))


def test_a_missing_solution_and_a_stray_file_are_found(course):
    (course / "solutions/human_attention.md").rename(course / "solutions/humans.md")
    (course / "exercises/human_attention/notes.txt").touch()
    found = problems(course)
    assert "solutions/humans.md belongs to no checks" not in found
    assert "solutions/humans belongs to no checks" in found
    assert any("human_attention.md is missing" in problem for problem in found)
    assert "exercises/human_attention/notes.txt is astray" in found


def test_a_mistake_that_passes_or_hides_behind_another_is_found(course, monkeypatch):
    entropy: Exercise = checks.load("queries_keys_values")["entropy"]
    twin = entropy.misconceptions[0]
    monkeypatch.setattr(
        entropy,
        "misconceptions",
        [
            twin,
            type(twin)("a renamed copy", "It is the same.", twin.wrong),
            type(twin)("no mistake", "It is right.", entropy.reference),
        ],
    )
    found = problems(course)
    assert any("'a renamed copy' is not named as itself" in problem for problem in found)
    assert any("'no mistake' passes" in problem for problem in found)
